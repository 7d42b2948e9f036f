// Statement 47 of the contract: clean-up that may wait, in every model.

#include "ringback/async/gather.h"
#include "ringback/async/scope.h"
#include "ringback/testing/unhandled_log.h"
#include "tests/contract/models.h"

namespace ringback {
namespace {

using testing::UnhandledLog;

class CleanUp : public InEveryModel {};
RINGBACK_IN_EVERY_MODEL(CleanUp);

enum class How : std::uint8_t { gives, fails, waits };

Task<> note_after_a_while(Record& record, std::string what) {
  co_await sleep(100us);
  record.note(what);
}
Task<int> cleans_up(Record& record, Gate& waits, How how) {
  co_await on_exit(note_after_a_while(record, "first"));
  co_await on_exit(note_after_a_while(record, "second"));
  waits.arrive();
  if (how == How::fails) throw Error(ErrorKind::io, "work", "failed");
  if (how == How::waits) co_await sleep(1h);
  co_return 5;
}

TEST_P(CleanUp, runs_in_reverse_order_whichever_way_the_task_ends_contract_47) {
  run_here([]() -> Task<> {
    Record record;
    Gate any(1);
    const int five = co_await cleans_up(record, any, How::gives);
    EXPECT_EQ(five, 5);
    auto failed = co_await outcome(cleans_up(record, any, How::fails));
    EXPECT_EQ(end_of(failed), "io: work: failed");
    Gate waits(1);
    Future<int> cancelled = spawn(executor_here(), cleans_up(record, waits, How::waits));
    co_await waits.all_here();
    cancelled.cancel();
    auto end = co_await outcome(cancelled);
    EXPECT_EQ(end_of(end), "aborted: requested");
    EXPECT_EQ(record.text(), "second first second first second first");
  });
}

TEST_P(CleanUp, of_a_scopes_children_runs_before_the_scope_is_left_contract_47) {
  run_here([]() -> Task<> {
    Record record;
    Gate waits(1);
    auto end = co_await outcome(with_scope([&](Scope& scope) -> Task<> {
      co_await on_exit(note_after_a_while(record, "body"));
      scope.spawn(cleans_up(record, waits, How::waits));
      co_await waits.all_here();
      scope.cancel(Reason::overload);
      co_await sleep(1h);
    }));
    record.note("left");
    EXPECT_EQ(end_of(end), "aborted: overload");
    const std::string text = record.text();
    EXPECT_LT(text.find("second"), text.find("first"));
    EXPECT_LT(text.find("first"), text.find("left"));
    EXPECT_LT(text.find("body"), text.find("left"));
  });
}

TEST_P(CleanUp, is_shielded_from_the_cancellation_and_has_a_limit_of_its_own_contract_47) {
  run_here([&]() -> Task<> {
    Record record;
    const auto hang = [](Record& record) -> Task<> {
      auto end = co_await outcome(sleep(1h));
      record.note(end_of(end));
      co_await sleep(1h);
    };
    const auto work = [](Task<> cleanup, Duration limit) -> Task<int> {
      co_await on_exit(std::move(cleanup), limit);
      co_return 5;
    };
    auto hung = co_await outcome(work(hang(record), 200us));
    EXPECT_EQ(end_of(hung), "timed_out");
    EXPECT_EQ(record.text(), "cancelled: deadline");
    // The deadline around it does not cut it short.
    auto end = co_await outcome(timeout(100us, work(note_after_a_while(record, "cleaned"), 1h)));
    EXPECT_EQ(*end, 5);
    EXPECT_EQ(record.text(), "cancelled: deadline cleaned");
    if (has_own_time()) {
      const auto with_the_default_limit = [](Task<> cleanup) -> Task<> { co_await on_exit(std::move(cleanup)); };
      const TimePoint start = now();
      std::ignore = co_await outcome(with_the_default_limit(hang(record)));
      EXPECT_EQ(now() - start, 5s);
    }
  });
}

TEST_P(CleanUp, that_fails_is_suppressed_under_an_earlier_error_or_else_thrown_contract_47) {
  UnhandledLog log;
  run_here([]() -> Task<> {
    const auto bad = []() -> Task<> {
      co_await yield();
      throw Error(ErrorKind::io, "clean-up", "failed");
    };
    const auto work = [](Task<> cleanup, bool fails) -> Task<int> {
      co_await on_exit(std::move(cleanup));
      if (fails) throw Error(ErrorKind::io, "work", "failed");
      co_return 5;
    };
    auto thrown = co_await outcome(work(bad(), false));
    EXPECT_EQ(end_of(thrown), "io: clean-up: failed");
    auto suppressed = co_await outcome(work(bad(), true));
    EXPECT_EQ(end_of(suppressed), "io: work: failed");
    const std::vector<Failure> later = suppressed.failure().error()->suppressed();
    EXPECT_EQ(later.size(), 1U);
    if (later.size() == 1) {
      EXPECT_EQ(end_of(later[0]), "io: clean-up: failed");
    }
  });
  EXPECT_TRUE(log.empty()) << log.text();
}

}  // namespace
}  // namespace ringback
