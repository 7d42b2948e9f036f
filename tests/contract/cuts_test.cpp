// Statements 8, 9, 18, 21, 47 and 48 of the contract where composites meet: what is cut from outside is no
// success, and what is protected is whole. In every model.

#include "ringback/async/completion.h"
#include "ringback/async/gather.h"
#include "ringback/async/map.h"
#include "ringback/async/on.h"
#include "ringback/async/race.h"
#include "ringback/async/scope.h"
#include "ringback/async/shield.h"
#include "ringback/stream/operators.h"
#include "tests/contract/models.h"

namespace ringback {
namespace {

class Cuts : public InEveryModel {};
RINGBACK_IN_EVERY_MODEL(Cuts);

constexpr Duration kSoon = 300us;

Task<> after(Duration length) { co_await sleep(length); }
Stream<int> never_an_item() {
  co_await sleep(1h);
  co_yield 1;
}

Task<> note_much_later(Record& record, std::string what) {
  co_await sleep(4 * kSoon);
  record.note(std::move(what));
}
Task<> spawn_and_wait(Record& record, std::string what) {
  Future<void> work = spawn(executor_here(), note_much_later(record, std::move(what)));
  co_await std::move(work);
}

TEST_P(Cuts, what_a_shield_or_a_clean_up_starts_is_protected_too_contract_47) {
  run_here([]() -> Task<> {
    Record record;
    auto shielded = co_await outcome(timeout(kSoon, with_scope([&](Scope&) -> Task<> {
                                               co_await shield(spawn_and_wait(record, "shielded"));
                                               co_await sleep(1h);
                                             })));
    EXPECT_EQ(end_of(shielded), "timed_out");
    auto cleaned = co_await outcome(timeout(kSoon, with_scope([&](Scope&) -> Task<> {
                                              co_await on_exit(spawn_and_wait(record, "cleaned"));
                                              co_await sleep(1h);
                                            })));
    EXPECT_EQ(end_of(cleaned), "timed_out");
    EXPECT_EQ(record.text(), "shielded cleaned");
  });
}

enum class Stage : std::uint8_t { queued, runs, ended };

Task<> run_on(std::atomic<Stage>& stage) {
  struct End {
    std::atomic<Stage>& stage;
    ~End() { stage = Stage::ended; }
  };
  const End end{stage};
  stage = Stage::runs;
  for (;;) co_await yield();
}

// A deadline leaves what completes at once: only the cancellation that comes after it ends this.
TEST_P(Cuts, a_cancellation_after_a_deadline_reaches_what_was_started_contract_08) {
  run_here([]() -> Task<> {
    std::atomic<Stage> stage{Stage::queued};
    std::atomic<bool> is_past{false};
    co_await with_scope([&](Scope& outer) -> Task<> {
      outer.spawn(with_scope([&](Scope& inner) -> Task<> {
        std::ignore = spawn(executor_here(), run_on(stage));
        while (stage == Stage::queued) co_await yield();
        inner.cancel(Reason::deadline);
        is_past = true;
      }));
      while (!is_past) co_await yield();
      for (int i = 0; i < 10; ++i) co_await yield();
      EXPECT_EQ(stage, Stage::runs);
      outer.cancel();
    });
    EXPECT_EQ(stage, Stage::ended);
  });
}

TEST_P(Cuts, outcomes_that_a_deadline_has_cut_are_no_success_contract_18) {
  run_here([]() -> Task<> {
    auto of_gather = co_await outcome(timeout(kSoon, gather_outcomes(sleep(1h), sleep(2h))));
    EXPECT_EQ(end_of(of_gather), "timed_out");
    std::vector<Task<>> many;
    many.push_back(after(1h));
    auto of_vector = co_await outcome(timeout(kSoon, gather_outcomes(std::move(many))));
    EXPECT_EQ(end_of(of_vector), "timed_out");
    auto of_race = co_await outcome(timeout(kSoon, race_outcomes(sleep(1h), sleep(2h))));
    EXPECT_EQ(end_of(of_race), "timed_out");
    auto [first, second] = co_await race_outcomes(sleep(kSoon), sleep(1h));
    EXPECT_TRUE(first.ok());
    EXPECT_FALSE(second.ok());
  });
}

TEST_P(Cuts, callbacks_that_hear_of_a_cut_do_not_make_it_a_success_contract_20) {
  run_here([]() -> Task<> {
    std::atomic<int> heard{0};
    std::vector<Task<>> two;
    two.push_back(after(1h));
    two.push_back(after(0s));
    auto completed =
        co_await outcome(timeout(5 * kSoon, as_completed(std::move(two), [&](Outcome<void>) { ++heard; })));
    EXPECT_EQ(end_of(completed), "timed_out");
    EXPECT_EQ(heard, 2);

    std::string end;
    auto streamed = co_await outcome(
        timeout(kSoon, stream::for_each(never_an_item(), [](int) {}, [&](Outcome<void> told) { end = end_of(told); })));
    EXPECT_EQ(end_of(streamed), "timed_out");
    EXPECT_EQ(end, "cancelled: deadline");
  });
}

TEST_P(Cuts, a_completion_that_is_not_waited_for_is_told_so_contract_48) {
  run_here([]() -> Task<> {
    Completion<int> completion;
    auto completer = completion.completer();
    int told = 0;
    completion.on_cancel([&told] { ++told; });
    auto late = co_await outcome(timeout(0s, completion));
    EXPECT_EQ(end_of(late), "timed_out");
    EXPECT_EQ(told, 1);
    EXPECT_FALSE(completer.is_wanted());
    EXPECT_FALSE(completer.try_complete(5));
  });
}

TEST_P(Cuts, a_body_that_throws_before_it_is_a_coroutine_cancels_what_it_spawned_contract_21) {
  run_here([]() -> Task<> {
    const TimePoint start = now();
    auto failed = co_await outcome(with_scope([](Scope& scope) -> Task<> {
      scope.spawn(sleep(1h));
      if (!scope.is_cancelled()) throw Error(ErrorKind::io, "body", "of its own");
      return after(0s);
    }));
    EXPECT_EQ(end_of(failed), "io: body: of its own");
    EXPECT_LT(now() - start, 1h);
  });
}

Task<> clean_up_until(TimePoint end, bool& is_cleaned) {
  while (now() < end) co_await sleep(kSoon);
  is_cleaned = true;
}

TEST_P(Cuts, a_scope_that_cut_itself_before_the_deadline_gives_its_value_contract_09) {
  run_here([]() -> Task<> {
    constexpr Duration kLimit = 20ms;
    const TimePoint start = now();
    bool is_cleaned = false;
    const int seven = co_await timeout(kLimit, with_scope([&](Scope& scope) -> Task<int> {
                                         scope.spawn([&]() -> Task<> {
                                           co_await on_exit(clean_up_until(start + 2 * kLimit, is_cleaned));
                                           scope.cancel();
                                           co_await sleep(1h);
                                         });
                                         co_return 7;
                                       }));
    EXPECT_EQ(seven, 7);
    EXPECT_TRUE(is_cleaned);
  });
}

}  // namespace
}  // namespace ringback
