// Statements 9 and 10 of the contract: deadlines, in every model.

#include "ringback/async/shield.h"
#include "ringback/io/pipe.h"
#include "ringback/sync/queue.h"
#include "tests/contract/models.h"

namespace ringback {
namespace {

class Deadlines : public InEveryModel {};
RINGBACK_IN_EVERY_MODEL(Deadlines);

constexpr Duration kSoon = 200us;
constexpr Duration kLimit = 1ms;
constexpr Duration kCleanUp = 2ms;

TEST_P(Deadlines, a_deadline_cancels_awaits_the_clean_up_and_throws_contract_09) {
  run_here([&]() -> Task<> {
    Record record;
    const TimePoint start = now();
    const auto body = [](Record& record) -> Task<> {
      co_await on_exit([](Record& record) -> Task<> {
        co_await sleep(kCleanUp);
        record.note("cleaned");
      }(record));
      auto end = co_await outcome(sleep(1h));
      record.note(end_of(end));
      co_await sleep(1h);
    };
    try {
      co_await timeout(kLimit, body(record));
    } catch (const TimeoutError&) {
      record.note("thrown");
    }
    EXPECT_EQ(record.text(), "cancelled: deadline cleaned thrown");
    const Duration took = now() - start;
    EXPECT_GE(took, kLimit + kCleanUp);
    if (has_own_time()) {
      EXPECT_EQ(took, kLimit + kCleanUp) << "the limit, and exactly the clean-up";
    }
  });
}

TEST_P(Deadlines, a_body_that_ends_of_its_own_after_the_deadline_gives_that_contract_09) {
  run_here([]() -> Task<> {
    const auto stubborn = [](bool fails) -> Task<int> {
      std::ignore = co_await outcome(sleep(1h));
      if (fails) throw Error(ErrorKind::io, "body", "of its own");
      co_return 5;
    };
    const int five = co_await timeout(kSoon, stubborn(false));
    EXPECT_EQ(five, 5);
    auto failed = co_await outcome(timeout(kSoon, stubborn(true)));
    EXPECT_EQ(end_of(failed), "io: body: of its own");
    const int shielded = co_await timeout(kSoon, shield(value_after(2 * kSoon, 7)));
    EXPECT_EQ(shielded, 7);
  });
}

Task<std::string> nested(Duration inner_limit) {
  auto inner = co_await outcome(timeout(inner_limit, sleep(1h)));
  if (end_of(inner) == "timed_out") co_return "inner";
  co_await sleep(1h);  // Cancelled by the outer one.
  co_return "neither";
}
Task<std::string> nested_at(TimePoint moment) {
  auto inner = co_await outcome(deadline(Deadline::at(moment), sleep(1h)));
  if (end_of(inner) == "timed_out") co_return "inner";
  co_await sleep(1h);
  co_return "neither";
}

TEST_P(Deadlines, of_nested_deadlines_the_earlier_is_reported_and_of_equal_ones_the_outer_contract_09) {
  run_here([]() -> Task<> {
    const std::string inner = co_await timeout(1h, nested(kSoon));
    EXPECT_EQ(inner, "inner");
    auto outer = co_await outcome(timeout(kSoon, nested(1h)));
    EXPECT_EQ(end_of(outer), "timed_out");
    for (int round = 0; round < 20; ++round) {
      const TimePoint moment = now() + kSoon;
      auto equal = co_await outcome(deadline(Deadline::at(moment), nested_at(moment)));
      EXPECT_EQ(equal.ok() ? *equal : end_of(equal), "timed_out");
    }
  });
}

TEST_P(Deadlines, an_explicit_cancel_inside_a_deadline_stays_one_contract_09) {
  run_here([]() -> Task<> {
    Record record;
    Gate waits(1);
    Future<void> future = spawn(executor_here(), [&]() -> Task<> {
      try {
        waits.arrive();
        co_await timeout(1h, sleep(2h));
      } catch (const Error&) {
        record.note("error");
      } catch (const Cancelled& cancelled) {
        record.note(to_string(cancelled.reason));
        throw;
      }
    });
    co_await waits.all_here();
    future.cancel();
    auto end = co_await outcome(future);
    EXPECT_EQ(end_of(end), "aborted: requested");
    EXPECT_EQ(record.text(), "requested");
  });
}

TEST_P(Deadlines, past_a_deadline_what_completes_at_once_does_until_the_first_that_would_not_contract_10) {
  run_here([]() -> Task<> {
    Queue<int> queue(8);
    for (int i = 0; i < 4; ++i) std::ignore = queue.try_put(i);
    Record record;
    const auto body = [](Queue<int>& queue, Record& record) -> Task<> {
      for (int i = 0; i < 3; ++i) {
        const int item = co_await queue.get();
        record.note(item);
      }
      auto would_suspend = co_await outcome(sleep(1h));
      record.note(end_of(would_suspend));
      auto at_once = co_await outcome(queue.get());
      record.note(end_of(at_once));
    };
    for (const Duration limit : {Duration(0), Duration(-1s), Duration::min()}) {
      auto end = co_await outcome(timeout(limit, body(queue, record)));
      EXPECT_EQ(end_of(end), "ok");
      EXPECT_EQ(queue.size(), 1U);
      for (int i = 0; i < 3; ++i) std::ignore = queue.try_put(i);
    }
    const std::string one = "cancelled: deadline cancelled: deadline";
    EXPECT_EQ(record.text(), "0 1 2 " + one + " 3 0 1 " + one + " 2 0 1 " + one);
  });
}

TEST_P(Deadlines, no_time_at_all_is_one_attempt_also_in_the_kernel_contract_10) {
  run_here([]() -> Task<> {
    Pipe pipe = make_pipe();
    std::vector<std::byte> into(8);
    auto nothing = co_await outcome(timeout(0s, pipe.reader.read(into)));
    EXPECT_EQ(end_of(nothing), "timed_out");
    EXPECT_EQ(::write(pipe.writer.fd(), "abc", 3), 3);
    const std::size_t three = co_await timeout(0s, pipe.reader.read(into));
    EXPECT_EQ(three, 3U);
    const auto plain = []() -> Task<int> { co_return 3; };
    const int at_once = co_await timeout(-1h, plain());
    EXPECT_EQ(at_once, 3);
    auto waits = co_await outcome(timeout(0s, value_after(1ns, 1)));
    EXPECT_EQ(end_of(waits), "timed_out");
  });
}

}  // namespace
}  // namespace ringback
