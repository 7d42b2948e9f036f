// Statements 6 to 8 and 11 to 14 of the contract: cancellation, in every model.

#include <random>

#include "ringback/async/completion.h"
#include "ringback/async/gather.h"
#include "ringback/async/on.h"
#include "ringback/async/race.h"
#include "ringback/async/scope.h"
#include "ringback/async/shield.h"
#include "ringback/io/pipe.h"
#include "ringback/sync/queue.h"
#include "ringback/sync/semaphore.h"
#include "ringback/testing/census.h"
#include "ringback/testing/unhandled_log.h"
#include "tests/contract/models.h"

namespace ringback {
namespace {

using testing::Census;
using testing::UnhandledLog;

class Cancellation : public InEveryModel {};
RINGBACK_IN_EVERY_MODEL(Cancellation);

// Long enough for what is to be cancelled, and short enough for a test.
constexpr Duration kSoon = 200us;
constexpr int kItems = 300;

Task<std::size_t> read_some(PipeEnd& reader, std::vector<std::byte>& into) { co_return co_await reader.read(into); }
std::size_t drain(PipeEnd& reader) {
  std::byte bytes[256];
  std::size_t sum = 0;
  for (ssize_t got = 0; (got = ::read(reader.fd(), bytes, sizeof bytes)) > 0;) sum += static_cast<std::size_t>(got);
  return sum;
}

TEST_P(Cancellation, what_timed_out_did_not_happen_contract_06) {
  run_here([]() -> Task<> {
    Queue<int> queue(1);
    auto no_item = co_await outcome(timeout(kSoon, queue.get()));
    EXPECT_EQ(end_of(no_item), "timed_out");
    EXPECT_TRUE(queue.try_put(1));
    auto no_room = co_await outcome(timeout(kSoon, queue.put(2)));
    EXPECT_EQ(end_of(no_room), "timed_out");
    EXPECT_EQ(queue.try_get(), 1);
    EXPECT_EQ(queue.try_get(), std::nullopt);

    Semaphore gate(1);
    {
      auto held = co_await gate.acquire();
      auto no_permit = co_await outcome(timeout(kSoon, gate.acquire()));
      EXPECT_EQ(end_of(no_permit), "timed_out");
    }
    EXPECT_EQ(gate.available(), 1U);

    Pipe pipe = make_pipe();
    std::vector<std::byte> into(8);
    auto no_bytes = co_await outcome(timeout(kSoon, pipe.reader.read(into)));
    EXPECT_EQ(end_of(no_bytes), "timed_out");
    co_await pipe.writer.write("four");
    const std::size_t got = co_await pipe.reader.read(into);
    EXPECT_EQ(got, 4U);
  });
}

TEST_P(Cancellation, a_write_of_all_says_what_has_left_contract_06) {
  run_here([]() -> Task<> {
    Pipe pipe = make_pipe();
    const std::string much(1 << 20, 'x');
    Progress progress;
    auto end = co_await outcome(timeout(kSoon, pipe.writer.write(much, &progress)));
    EXPECT_EQ(end_of(end), "timed_out");
    EXPECT_GT(progress.bytes, 0U);
    EXPECT_EQ(progress.bytes, drain(pipe.reader));
  });
}

TEST_P(Cancellation, completion_wins_and_the_next_await_is_cancelled_contract_07) {
  run_here([]() -> Task<> {
    Queue<int> queue(1);
    Record record;
    auto end = co_await outcome(with_scope([&](Scope& scope) -> Task<> {
      const Alone alone;
      scope.spawn([&]() -> Task<> {
        const int item = co_await queue.get();
        record.note(item);
        auto next = co_await outcome(sleep(1h));
        record.note(end_of(next));
      });
      co_await yield();
      co_await yield();  // It waits by now.
      EXPECT_TRUE(queue.try_put(7));
      scope.cancel(Reason::overload);
    }));
    EXPECT_EQ(end_of(end), "ok");
    EXPECT_EQ(record.text(), "7 cancelled: overload");
  });
}

TEST_P(Cancellation, a_get_under_a_limit_loses_no_item_contract_07) {
  run_here([]() -> Task<> {
    Queue<int> queue(4);
    const auto produce = [](Queue<int>& queue) -> Task<> {
      for (int i = 0; i < kItems; ++i) {
        co_await queue.put(i);
        if (i % 3 == 0) co_await sleep(i % 40 * 1us);
      }
      queue.close();
    };
    const auto consume = [](Queue<int>& queue) -> Task<int> {
      int expected = 0;
      int timed_out = 0;
      for (bool more = true; more;) {
        auto got = co_await outcome(timeout((1 + expected % 25) * 1us, queue.next()));
        if (!got.ok()) {
          ++timed_out;
          continue;
        }
        more = got->has_value();
        if (more) {
          EXPECT_EQ(**got, expected++);
        }
      }
      EXPECT_GT(timed_out, 0);
      co_return expected;
    };
    auto [none, got] = co_await gather(produce(queue), consume(queue));
    EXPECT_EQ(got, kItems);
  });
}

TEST_P(Cancellation, is_a_state_every_later_await_fails_before_doing_anything_contract_08) {
  run_here([]() -> Task<> {
    Queue<int> queue(2);
    Semaphore gate(1);
    Gate waits(1);
    std::ignore = queue.try_put(1);
    Future<int> refused = spawn(executor_here(), [&]() -> Task<int> {
      int refused = 0;
      const auto count = [&refused](const std::string& end) { refused += end == "cancelled: requested" ? 1 : 0; };
      waits.arrive();
      auto first = co_await outcome(sleep(1h));
      count(end_of(first));
      for (int i = 0; i < 3; ++i) {
        auto item = co_await outcome(queue.get());
        count(end_of(item));
        auto put = co_await outcome(queue.put(2));
        count(end_of(put));
        auto permit = co_await outcome(gate.acquire());
        count(end_of(permit));
        auto task = co_await outcome(value_after(0us, 1));
        count(end_of(task));
        auto both = co_await outcome(gather(queue.get(), sleep(1h)));
        count(end_of(both));
      }
      co_return refused;
    });
    co_await waits.all_here();
    refused.cancel();
    const int times = co_await refused;
    EXPECT_EQ(times, 16);
    EXPECT_EQ(queue.size(), 1U);
    EXPECT_EQ(gate.available(), 1U);
  });
}

TEST_P(Cancellation, a_retry_loop_that_catches_errors_does_not_swallow_it_contract_08) {
  run_here([]() -> Task<> {
    Gate waits(3);
    std::atomic<int> attempts{0};
    Future<void> future = spawn(executor_here(), [&]() -> Task<> {
      while (attempts < 1000) {
        try {
          ++attempts;
          waits.arrive();
          if (attempts >= 3) co_await sleep(1h);
          throw Error(ErrorKind::refused, "try", "no");
        } catch (const Error&) {
        } catch (const std::exception&) {
        }
      }
    });
    co_await waits.all_here();
    future.cancel();
    auto end = co_await outcome(future);
    EXPECT_EQ(end_of(end), "aborted: requested");
    EXPECT_EQ(attempts, 3);
  });
}

TEST_P(Cancellation, who_swallows_it_for_ever_still_lets_others_run_contract_08) {
  run_here([]() -> Task<> {
    const Alone alone;
    bool stop = false;
    int refusals = 0;
    Future<void> future = spawn(executor_here(), [&]() -> Task<> {
      while (!stop) {
        try {
          co_await sleep(1h);
        } catch (...) {
          ++refusals;
        }
      }
    });
    co_await yield();
    co_await yield();
    future.cancel();
    co_await yield();
    co_await yield();
    stop = true;
    EXPECT_GE(refusals, 1);
    EXPECT_LE(refusals, 4 * 64);
    std::ignore = co_await outcome(future);
  });
}

TEST_P(Cancellation, who_waits_for_what_was_cancelled_elsewhere_gets_aborted_contract_08) {
  run_here([]() -> Task<> {
    Gate waits(1);
    Record record;
    Future<int> future = spawn(executor_here(), never(waits, record, "cleaned"));
    co_await waits.all_here();
    future.cancel(Reason::overload);
    auto of_future = co_await outcome(future);
    EXPECT_EQ(end_of(of_future), "aborted: overload");
    auto of_scope = co_await outcome(with_scope([](Scope& scope) -> Task<> {
      co_await yield();
      scope.cancel(Reason::requested);
      co_await sleep(1h);
    }));
    EXPECT_EQ(end_of(of_scope), "aborted: requested");
    {
      std::optional<Loop> ended(std::in_place);
      Loop& loop = *ended;
      std::thread thread([&loop] { loop.run(); });
      Gate there(1);
      std::ignore = spawn(executor_here(), [&]() -> Task<> {
        co_await there.all_here();
        loop.stop();
      });
      auto of_other_executor = co_await outcome(on(loop, never(there, record, "cleaned")));
      EXPECT_EQ(end_of(of_other_executor), "aborted: shutdown");
      thread.join();
    }
    co_await sleep(1us);  // This scope goes on.
    EXPECT_EQ(record.text(), "cleaned cleaned");
  });
}

TEST_P(Cancellation, reaches_a_read_in_the_kernel_and_its_buffer_outlives_it_contract_11) {
  run_here([]() -> Task<> {
    Pipe pipe = make_pipe();
    for (int round = 0; round < 20; ++round) {
      auto into = std::make_unique<std::vector<std::byte>>(64);
      Future<std::size_t> reading = spawn(executor_here(), read_some(pipe.reader, *into));
      if (round % 2 == 0) {
        co_await sleep(50us);  // Half of them have been submitted.
      } else {
        co_await yield();
      }
      reading.cancel();
      auto end = co_await outcome(reading);
      EXPECT_EQ(end_of(end), "aborted: requested");
      into.reset();  // The kernel must not write here any more.
      EXPECT_EQ(::write(pipe.writer.fd(), "xy", 2), 2);
      std::vector<std::byte> next(64);
      const std::size_t got = co_await pipe.reader.read(next);
      EXPECT_EQ(got, 2U);
      EXPECT_EQ(next[1], static_cast<std::byte>('y'));
    }
  });
}

// Cancels futures on a thread of its own, each after a moment drawn from a seed.
class Canceller {
 public:
  struct Ask {
    Future<int> future;
    Completer<bool> done;
  };
  explicit Canceller(std::uint32_t seed) : thread_([this, seed] { cancel_all(seed); }) {}
  ~Canceller() {
    asked_.close();
    thread_.join();
  }
  // Gives what cancel() gave.
  Task<bool> cancel(Future<int> future) {
    Completion<bool> done;
    co_await asked_.put(Ask{std::move(future), done.completer()});
    co_return co_await done;
  }

 private:
  void cancel_all(std::uint32_t seed) {
    std::mt19937 random(seed);
    while (auto ask = wait(asked_.next())) {
      for (std::atomic<std::uint32_t> left = random() % 4'000; left > 0; --left) {
      }
      ask->done.complete(ask->future.cancel());
    }
  }

  Queue<Ask> asked_{1};
  std::thread thread_;
};

// What the trials share, and what must add up in the end.
struct Shared {
  Census census;
  Semaphore gate{2};
  Queue<int> queue{1000};
  Pipe pipe = make_pipe();
  int put = 0;
  std::size_t written = 0;
  std::atomic<int> taken{0};
  std::atomic<std::size_t> read{0};
  std::atomic<int> begun{0};
  std::atomic<int> cleaned{0};
};
Task<> count_clean_up(Shared& shared) {
  co_await yield();
  ++shared.cleaned;
}
Task<int> a_bit_of_everything(Shared& shared, Census::Member) {
  const Census::Member alive(shared.census);
  co_await on_exit(count_clean_up(shared));
  ++shared.begun;
  std::vector<std::byte> into(1);
  for (int round = 0; round < 3; ++round) {
    auto permit = co_await shared.gate.acquire();
    co_await gather(sleep(5us), yield());
    const std::size_t got = co_await shared.pipe.reader.read(into);
    shared.read += got;
    auto first = co_await race(shared.queue.get(), sleep(5us));
    if (first.index() == 0) ++shared.taken;
    auto item = co_await outcome(timeout(10us, shared.queue.get()));
    if (item.ok()) ++shared.taken;
    co_await shield(yield());
  }
  co_return 1;
}

TEST_P(Cancellation, from_another_thread_at_any_moment_nothing_is_lost_or_delivered_twice_contract_12) {
  constexpr std::uint32_t kSeed = 12;
  SCOPED_TRACE(::testing::Message() << "seed " << kSeed);
  UnhandledLog log;
  run_here([]() -> Task<> {
    Shared shared;
    Canceller canceller(kSeed);
    for (int trial = 0; trial < 40; ++trial) {
      for (int i = 0; i < 3; ++i, ++shared.put) std::ignore = shared.queue.try_put(i);
      EXPECT_EQ(::write(shared.pipe.writer.fd(), "abc", 3), 3);
      shared.written += 3;
      Future<int> victim = spawn(executor_here(), a_bit_of_everything(shared, Census::Member(shared.census)));
      const bool was_recorded = co_await canceller.cancel(victim);
      auto end = co_await outcome(victim);
      EXPECT_TRUE(end.ok() || end_of(end) == "aborted: requested") << end_of(end);
      if (!was_recorded) {
        EXPECT_TRUE(end.ok()) << "cancelled, though cancel() came after the end";
      }
      EXPECT_EQ(shared.census.alive(), 0) << "trial " << trial;
      EXPECT_EQ(shared.gate.available(), 2U);
      EXPECT_EQ(shared.cleaned, shared.begun);
    }
    const int left = static_cast<int>(shared.queue.size());
    EXPECT_EQ(shared.put, shared.taken + left);
    EXPECT_EQ(shared.written, shared.read + drain(shared.pipe.reader));
  });
  EXPECT_TRUE(log.empty()) << log.text();
}

TEST_P(Cancellation, before_the_first_step_the_body_never_runs_contract_13) {
  UnhandledLog log;
  run_here([]() -> Task<> {
    Census census;
    bool ran = false;
    const auto body = [](bool& ran, Census::Member) -> Task<int> {
      ran = true;
      co_return 1;
    };
    const Alone alone;
    Future<int> task = spawn(executor_here(), body(ran, Census::Member(census)));
    Future<int> function = spawn(executor_here(), [&ran, member = Census::Member(census)] {
      ran = true;
      return 1;
    });
    EXPECT_TRUE(task.cancel());
    EXPECT_TRUE(function.cancel());
    auto task_end = co_await outcome(task);
    auto function_end = co_await outcome(function);
    EXPECT_EQ(end_of(task_end), "aborted: requested");
    EXPECT_EQ(end_of(function_end), "aborted: requested");
    auto in_scope = co_await outcome(with_scope([&](Scope& scope) -> Task<> {
      scope.spawn(body(ran, Census::Member(census)));
      scope.cancel();
      co_return;
    }));
    EXPECT_FALSE(ran);
    EXPECT_EQ(census.alive(), 0) << "what was captured is destroyed";
    EXPECT_FALSE(task.cancel()) << "after the end";
    EXPECT_FALSE(function.cancel());
    Future<int> done = spawn(executor_here(), [] { return 1; });
    co_await done;
    EXPECT_FALSE(done.cancel());
  });
  EXPECT_TRUE(log.empty()) << log.text();
}

TEST_P(Cancellation, carries_its_reason_inside_and_outside_contract_14) {
  run_here([]() -> Task<> {
    Record inside;
    const auto note_reason = [](Gate& waits, Record& record) -> Task<int> {
      waits.arrive();
      auto end = co_await outcome(sleep(1h));
      record.note(end_of(end));
      co_await sleep(1h);
      co_return 0;
    };
    for (const Reason reason :
         {Reason::requested, Reason::deadline, Reason::sibling_failed, Reason::shutdown, Reason::overload}) {
      Gate waits(1);
      Future<int> future = spawn(executor_here(), note_reason(waits, inside));
      co_await waits.all_here();
      future.cancel(reason);
      auto end = co_await outcome(future);
      EXPECT_EQ(end_of(end), "aborted: " + std::string(to_string(reason)));
    }
    EXPECT_EQ(inside.text(),
              "cancelled: requested cancelled: deadline cancelled: sibling_failed cancelled: shutdown "
              "cancelled: overload");
    Record by_others;
    Gate in_timeout(1);
    std::ignore = co_await outcome(timeout(kSoon, note_reason(in_timeout, by_others)));
    Gate in_gather(1);
    const auto fail = [](Gate& begun) -> Task<> {
      co_await begun.all_here();
      throw Error(ErrorKind::io, "sibling", "failed");
    };
    std::ignore = co_await outcome(gather(note_reason(in_gather, by_others), fail(in_gather)));
    EXPECT_EQ(by_others.text(), "cancelled: deadline cancelled: sibling_failed");
  });
}

}  // namespace
}  // namespace ringback
