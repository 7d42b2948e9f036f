// Statements 23, 24 and 27 of the contract, for the listeners of an Emitter, in every model.

#include "ringback/async/gather.h"
#include "ringback/async/race.h"
#include "ringback/async/task_local.h"
#include "ringback/pipeline/emitter.h"
#include "ringback/testing/census.h"
#include "ringback/testing/unhandled_log.h"
#include "tests/contract/models.h"

namespace ringback {
namespace {

using testing::Census;
using testing::UnhandledLog;

class Emitters : public InEveryModel {};
RINGBACK_IN_EVERY_MODEL(Emitters);

TEST_P(Emitters, call_in_the_order_of_registration_before_emit_returns_contract_23) {
  run_here([]() -> Task<> {
    Record record;
    Emitter<int> emitter;
    auto first = emitter.on([&](int value) { record.note(value); });
    auto second = emitter.once([&](const int& value) { record.note(10 * value); });
    auto third = emitter.on([&](int value) { record.note(100 * value); });
    emitter.emit(1);
    emitter.emit(2);
    EXPECT_EQ(record.text(), "1 10 100 2 200");
    EXPECT_EQ(emitter.listeners(), 2U);
    co_return;
  });
}

TEST_P(Emitters, let_listeners_be_added_and_removed_inside_a_call_contract_23) {
  run_here([]() -> Task<> {
    Record record;
    Emitter<> emitter;
    Registration itself;
    Registration later;
    Registration added;
    itself = emitter.on([&] {
      record.note("itself");
      EXPECT_FALSE(itself.remove()) << "it is being called";
      EXPECT_TRUE(later.remove());
      added = emitter.on([&] { record.note("added"); });
    });
    later = emitter.on([&] { record.note("removed before its turn"); });
    auto last = emitter.on([&] { record.note("last"); });
    emitter.emit();
    EXPECT_EQ(record.text(), "itself last");
    emitter.emit();
    EXPECT_EQ(record.text(), "itself last last added");
    co_return;
  });
}

TEST_P(Emitters, report_what_a_listener_throws_and_call_the_others_contract_23) {
  UnhandledLog log;
  run_here([]() -> Task<> {
    Record record;
    Emitter<> emitter;
    auto bad = emitter.on([] { throw Error(ErrorKind::io, "listener", "no"); });
    auto bad_later = emitter.on(executor_here(), []() -> Task<> {
      co_await yield();
      throw Error(ErrorKind::io, "listener", "no, later");
    });
    auto good = emitter.on([&] { record.note("good"); });
    co_await emitter.emit_in_turn();
    EXPECT_EQ(record.text(), "good");
  });
  EXPECT_EQ(log.size(), 2U) << log.text();
}

TEST_P(Emitters, destroy_a_callback_right_after_its_last_call_contract_23) {
  run_here([]() -> Task<> {
    Census census;
    Emitter<> emitter;
    auto once = emitter.once([here = Census::Member(census)] {});
    auto removed = emitter.on([here = Census::Member(census)] {});
    EXPECT_EQ(census.alive(), 2);
    emitter.emit();
    EXPECT_EQ(census.alive(), 1);
    EXPECT_TRUE(removed.remove());
    EXPECT_EQ(census.alive(), 0);
    {
      auto dropped = emitter.on([here = Census::Member(census)] {});
    }
    EXPECT_EQ(census.alive(), 0);
    auto removes_itself = std::make_unique<Registration>();
    *removes_itself = emitter.on([&, here = Census::Member(census)] {
      removes_itself.reset();
      EXPECT_EQ(census.alive(), 1);
    });
    emitter.emit();
    EXPECT_EQ(census.alive(), 0);
    co_return;
  });
}

TEST_P(Emitters, call_on_the_executor_that_a_listener_names_one_event_after_the_other_contract_24) {
  run_here([]() -> Task<> {
    Record record;
    Gate all(2);
    std::atomic<int> inside{0};
    std::atomic<int> inside_coroutine{0};
    Executor& here = executor_here();
    Emitter<int> emitter;
    const auto note = [&](int value) {
      EXPECT_TRUE(here.is_current());
      EXPECT_EQ(++inside, 1) << "calls of one listener overlap";
      record.note(value);
      --inside;
      if (value == 5) all.arrive();
    };
    auto listener = emitter.on(here, note);
    auto waits = emitter.on(here, [&](int value) -> Task<> {
      EXPECT_EQ(++inside_coroutine, 1) << "calls of one coroutine overlap";
      co_await yield();
      --inside_coroutine;
      if (value == 5) all.arrive();
    });
    {
      Alone alone;
      for (int value = 1; value <= 5; ++value) emitter.emit(value);
      EXPECT_EQ(record.text(), "") << "never inside emit()";
    }
    co_await all.all_here();
    EXPECT_EQ(record.text(), "1 2 3 4 5");
  });
}

TEST_P(Emitters, do_not_call_a_listener_that_was_removed_after_the_event_contract_23) {
  run_here([]() -> Task<> {
    Record record;
    Census census;
    Emitter<> emitter;
    {
      Alone alone;
      auto listener = emitter.on(executor_here(), [&, here = Census::Member(census)] { record.note("called"); });
      auto once = emitter.once(executor_here(), [&, here = Census::Member(census)] { record.note("called"); });
      emitter.emit();
      EXPECT_TRUE(listener.remove());
      EXPECT_TRUE(once.remove());
      EXPECT_EQ(census.alive(), 0);
    }
    co_await sleep(100us);
    EXPECT_EQ(record.text(), "");
  });
}

TEST_P(Emitters, await_coroutines_where_they_emit_in_turn_contract_27) {
  run_here([]() -> Task<> {
    Record record;
    Emitter<std::string> emitter;
    auto slow = emitter.on([&](const std::string& what) -> Task<> {
      record.note(what);
      co_await sleep(100us);
      record.note("awaited");
    });
    auto elsewhere = emitter.on(executor_here(), [&](std::string what) -> Task<> {
      co_await sleep(50us);
      record.note("there:" + what);
    });
    auto plain = emitter.on([&](const std::string&) { record.note("last"); });
    co_await emitter.emit_in_turn("lamp");
    EXPECT_EQ(record.text(), "lamp awaited there:lamp last");
  });
}

TEST_P(Emitters, own_coroutines_to_their_end_where_nobody_awaits_them_contract_27) {
  Gate ended(2);
  Emitter<> emitter;
  Registration here = emitter.on([&]() -> Task<> {
    co_await sleep(100us);
    ended.arrive();
  });
  Registration there;
  run_here([&]() -> Task<> {
    there = emitter.once(executor_here(), [&]() -> Task<> {
      co_await yield();
      ended.arrive();
    });
    emitter.emit();
    if (place() != Place::caller && place() != Place::pool) co_await ended.all_here();  // run() cancels what is left.
  });
  EXPECT_EQ(ended.arrived(), 2);
}

TaskLocal<std::string> name("none");

Task<> note_name_later(Record& record) {
  co_await yield();
  record.note(name.get());
}

TEST_P(Emitters, show_a_listener_the_task_locals_of_where_it_was_registered_contract_27) {
  run_here([]() -> Task<> {
    Record record;
    Emitter<> emitter;
    std::vector<Registration> listeners;
    const auto later = [&] { return note_name_later(record); };
    co_await name.with("registrar", [&]() -> Task<> {
      listeners.push_back(emitter.on([&] { record.note(name.get()); }));
      listeners.push_back(emitter.on(later));
      listeners.push_back(emitter.on(executor_here(), later));
      listeners.push_back(emitter.on(executor_here(), [&] { record.note(name.get()); }));
      co_return;
    });
    co_await name.with("emitter", emitter.emit_in_turn());
    EXPECT_EQ(record.text(), "registrar registrar registrar registrar");
  });
}

Task<> count_next(Emitter<int>& emitter, std::atomic<int>& told) {
  auto value = co_await emitter.next();
  EXPECT_EQ(value, 7);
  ++told;
}
// Again and again: whoever waits late is told too.
Task<> emit_until_told(Emitter<int>& emitter, std::atomic<int>& told, int wanted) {
  while (told < wanted) {
    emitter.emit(7);
    co_await sleep(20us);
  }
}

TEST_P(Emitters, give_the_next_event_to_all_who_wait_and_nothing_to_who_was_cancelled_contract_06) {
  run_here([]() -> Task<> {
    Emitter<int> emitter;
    std::atomic<int> told{0};
    auto late = co_await outcome(timeout(100us, emitter.next()));
    EXPECT_EQ(end_of(late), "timed_out");
    co_await gather(count_next(emitter, told), count_next(emitter, told), emit_until_told(emitter, told, 2));
    auto raced = co_await race(emitter.next(), emitter.next(), emit_until_told(emitter, told, 3));
    EXPECT_NE(raced.index(), 2U);
  });
}

TEST_P(Emitters, that_die_end_those_who_wait_and_those_who_listen_contract_23) {
  run_here([]() -> Task<> {
    Record record;
    Census census;
    auto emitter = std::make_unique<Emitter<>>();
    auto killer = emitter->on([&, here = Census::Member(census)] {
      emitter.reset();
      record.note("gone");
    });
    auto after = emitter->on([&, here = Census::Member(census)] { record.note("not called"); });
    auto there = emitter->on(executor_here(), [&, here = Census::Member(census)] { record.note("not called"); });
    emitter->emit();
    EXPECT_EQ(record.text(), "gone");
    EXPECT_EQ(census.alive(), 0);
    EXPECT_FALSE(after.remove());

    std::optional<Emitter<int>> dying(std::in_place);
    auto next = dying->next();
    const auto drop = [](std::optional<Emitter<int>>& dying) -> Task<> {
      co_await sleep(50us);
      dying.reset();
    };
    auto [ended, dropped] = co_await gather_outcomes(std::move(next), drop(dying));
    EXPECT_EQ(end_of(ended), "closed");
    EXPECT_TRUE(dropped.ok());
  });
}

}  // namespace
}  // namespace ringback
