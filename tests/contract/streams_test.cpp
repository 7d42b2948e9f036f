// Statement 45 of the contract, and what 6, 7, 16, 27 and 47 mean for streams, in every model.

#include "ringback/async/gather.h"
#include "ringback/async/race.h"
#include "ringback/async/scope.h"
#include "ringback/stream/operators.h"
#include "ringback/testing/unhandled_log.h"
#include "tests/contract/models.h"

namespace ringback {
namespace {

using testing::UnhandledLog;

class Streams : public InEveryModel {};
RINGBACK_IN_EVERY_MODEL(Streams);

Stream<int> up_to(int last) {
  for (int value = 1; value <= last; ++value) {
    co_await yield();
    co_yield value;
  }
}
Task<> note_after_a_while(Record& record, std::string what) {
  co_await sleep(100us);
  record.note(what);
}
// Endless; says when it has been cleaned up, which takes awaits.
Stream<int> cleaned_up(Record& record, std::string what) {
  co_await on_exit(note_after_a_while(record, std::move(what)));
  for (int value = 1;; ++value) {
    co_await yield();
    co_yield value;
  }
}
Stream<int> cleaned_up_once_begun(Record& record, Gate& begun, std::string what) {
  co_await on_exit(note_after_a_while(record, std::move(what)));
  begun.arrive();
  for (int value = 1;; ++value) {
    co_await yield();
    co_yield value;
  }
}
Stream<int> fails_beside(Gate& others, int last) {
  for (int value = 1; value <= last; ++value) co_yield value;
  co_await others.all_here();
  throw Error(ErrorKind::io, "stream", "broke");
}
Stream<int> fails_after(int last) {
  for (int value = 1; value <= last; ++value) co_yield value;
  throw Error(ErrorKind::io, "stream", "broke");
}
Stream<int> every(Duration length, int first, int step) {
  for (int value = first;; value += step) {
    co_await sleep(length);
    co_yield value;
  }
}
bool is_even(int value) { return value % 2 == 0; }
Task<int> square_later(int value) {
  co_await yield();
  co_return value* value;
}

TEST_P(Streams, give_every_item_in_order_through_a_chain_contract_01) {
  const std::vector<int> squares = run_here([]() -> Task<std::vector<int>> {
    auto squared = up_to(10) | stream::filter(is_even) | stream::map(square_later) | stream::buffer(2);
    co_return co_await stream::collect(std::move(squared));
  });
  EXPECT_EQ(squares, (std::vector<int>{4, 16, 36, 64, 100}));
}

TEST_P(Streams, are_closed_with_their_clean_up_before_a_consumer_that_stops_early_goes_on_contract_45) {
  run_here([]() -> Task<> {
    Record record;
    auto doubled = [](int value) { return 2 * value; };
    auto three = cleaned_up(record, "cleaned") | stream::map(doubled) | stream::take(3);
    co_await stream::for_each(std::move(three), [&](int value) { record.note(value); });
    record.note("on");
    EXPECT_EQ(record.text(), "2 4 6 cleaned on");
  });
}

TEST_P(Streams, are_closed_where_a_callback_throws_contract_45) {
  run_here([]() -> Task<> {
    Record record;
    auto end = co_await outcome(stream::for_each(cleaned_up(record, "cleaned"), [](int value) {
      if (value == 2) throw Error(ErrorKind::invalid, "callback", "two");
    }));
    EXPECT_EQ(end_of(end), "invalid");
    EXPECT_EQ(record.text(), "cleaned");
  });
}

TEST_P(Streams, are_closed_where_the_consumer_is_cancelled_contract_45) {
  run_here([]() -> Task<> {
    Record record;
    auto timed_out = co_await outcome(timeout(2ms, stream::for_each(every(1h, 1, 1), [](int) {})));
    EXPECT_EQ(end_of(timed_out), "timed_out");
    auto end = co_await outcome(with_scope([&](Scope& scope) -> Task<> {
      auto stop_at_three = [&](int value) {
        if (value == 3) scope.cancel();
      };
      co_await stream::for_each(cleaned_up(record, "cleaned"), stop_at_three);
    }));
    EXPECT_EQ(end_of(end), "aborted: requested");
    EXPECT_EQ(record.text(), "cleaned");
  });
}

TEST_P(Streams, that_are_dropped_are_cleaned_up_before_their_model_ends_contract_45) {
  const UnhandledLog log;
  Record record;
  run_here([&]() -> Task<> {
    Stream<int> numbers = cleaned_up(record, "cleaned");
    auto first = co_await numbers.next();
    EXPECT_EQ(first, 1);
    Stream<int> never_begun = cleaned_up(record, "not this");
  });
  EXPECT_EQ(record.text(), "cleaned");
  EXPECT_TRUE(log.empty()) << log.text();
}

TEST_P(Streams, lose_no_item_to_a_next_that_timed_out_or_lost_a_race_contract_06) {
  run_here([]() -> Task<> {
    Stream<int> slow = every(300us, 1, 1);
    co_await on_exit(slow.close());
    std::vector<int> seen;
    while (seen.size() < 6) {
      if (seen.size() % 2 == 0) {
        auto number = co_await outcome(timeout(100us, slow.next()));
        if (number.ok()) seen.push_back(**number);
      } else {
        auto first = co_await race(slow.next(), sleep(100us));
        if (first.index() == 0) seen.push_back(*std::get<0>(first));
      }
    }
    EXPECT_EQ(seen, (std::vector<int>{1, 2, 3, 4, 5, 6}));
  });
}

TEST_P(Streams, may_be_opened_inside_a_race_and_go_on_outside_contract_45) {
  run_here([]() -> Task<> {
    Stream<int> numbers = every(200us, 1, 1);
    const auto pull = [](Stream<int>& numbers) -> Task<int> {
      auto number = co_await numbers.next();
      co_return number.value_or(0);
    };
    auto first = co_await race(pull(numbers), sleep(1h));
    EXPECT_EQ(std::get<0>(first), 1);
    auto [second, none] = co_await gather(pull(numbers), yield());
    EXPECT_EQ(second, 2);
    co_await numbers.close();
    auto end = co_await numbers.next();
    EXPECT_EQ(end, std::nullopt);
  });
}

TEST_P(Streams, throw_what_their_body_threw_after_the_items_before_it_once_contract_45) {
  run_here([]() -> Task<> {
    Stream<int> failing = fails_after(2) | stream::buffer(5);
    for (int expected : {1, 2}) {
      auto item = co_await failing.next();
      EXPECT_EQ(item, expected);
    }
    auto failed = co_await outcome(failing.next());
    EXPECT_EQ(end_of(failed), "io: stream: broke");
    auto end = co_await failing.next();
    EXPECT_EQ(end, std::nullopt);
    auto closed = co_await outcome(failing.close());
    EXPECT_TRUE(closed.ok()) << "the error was given before";
  });
}

Task<> fail_to_clean_up() {
  co_await yield();
  throw Error(ErrorKind::io, "clean-up", "failed");
}
Stream<int> cleans_up_badly() {
  co_await on_exit(fail_to_clean_up());
  for (int value = 1;; ++value) co_yield value;
}

TEST_P(Streams, give_a_failure_of_their_clean_up_to_whoever_closes_them_contract_47) {
  const UnhandledLog log;
  run_here([]() -> Task<> {
    Stream<int> numbers = cleans_up_badly();
    auto first = co_await numbers.next();
    EXPECT_EQ(first, 1);
    auto closed = co_await outcome(numbers.close());
    EXPECT_EQ(end_of(closed), "io: clean-up: failed");
    auto taken = co_await outcome(stream::collect(stream::take(cleans_up_badly(), 1)));
    EXPECT_EQ(end_of(taken), "io: clean-up: failed");
  });
  EXPECT_TRUE(log.empty()) << log.text();
}

TEST_P(Streams, that_were_dropped_and_fail_are_reported_contract_22) {
  const UnhandledLog log;
  run_here([]() -> Task<> {
    Stream<int> numbers = cleans_up_badly();
    auto first = co_await numbers.next();
    EXPECT_EQ(first, 1);
  });
  EXPECT_EQ(log.size(), 1U) << log.text();
}

TEST_P(Streams, for_each_calls_back_for_each_item_and_once_with_the_end_contract_27) {
  run_here([]() -> Task<> {
    Record record;
    auto on_item = [&](int value) { record.note(value); };
    auto on_end = [&](Outcome<void> end) { record.note(end_of(end)); };
    co_await stream::for_each(up_to(2), on_item, on_end);
    co_await stream::for_each(fails_after(1), on_item, on_end);
    std::ignore = co_await outcome(timeout(1ms, stream::for_each(every(1h, 1, 1), on_item, on_end)));
    EXPECT_EQ(record.text(), "1 2 ok 1 io: stream: broke cancelled: deadline");
  });
}

TEST_P(Streams, for_each_awaits_a_callback_that_is_a_coroutine_contract_27) {
  run_here([]() -> Task<> {
    Record record;
    const auto slow = [](Record* record, int value) -> Task<> {
      record->note(value);
      co_await sleep(100us);
      record->note("-");
    };
    co_await stream::for_each(up_to(2), std::bind_front(slow, &record));
    EXPECT_EQ(record.text(), "1 - 2 -");
  });
}

TEST_P(Streams, merged_give_all_items_each_source_in_its_order_contract_16) {
  run_here([]() -> Task<> {
    auto odd = every(100us, 1, 2) | stream::take(5);
    auto even = every(150us, 2, 2) | stream::take(5);
    auto items = co_await stream::collect(stream::merge(std::move(odd), std::move(even)));
    std::vector<int> odds;
    std::vector<int> evens;
    for (int item : items) (is_even(item) ? evens : odds).push_back(item);
    EXPECT_EQ(odds, (std::vector<int>{1, 3, 5, 7, 9}));
    EXPECT_EQ(evens, (std::vector<int>{2, 4, 6, 8, 10}));
    auto nothing = co_await stream::collect(stream::merge(std::vector<Stream<int>>()));
    EXPECT_TRUE(nothing.empty());
  });
}

TEST_P(Streams, merged_with_one_that_fails_close_the_others_and_keep_what_was_made_contract_16) {
  run_here([]() -> Task<> {
    Record record;
    Gate others(2);
    Stream<int> merged = stream::merge(cleaned_up_once_begun(record, others, "a"), fails_beside(others, 2),
                                       cleaned_up_once_begun(record, others, "b"));
    int from_the_failing = 0;
    bool is_over = false;
    while (!is_over) {
      auto item = co_await outcome(merged.next());
      is_over = !item.ok();
      if (is_over) {
        EXPECT_EQ(end_of(item), "io: stream: broke");
      }
      if (!is_over && *item == 2) ++from_the_failing;
    }
    EXPECT_GE(from_the_failing, 1);
    const std::string text = record.text();
    EXPECT_TRUE(text == "a b" || text == "b a") << text;
  });
}

// Counts what was made and not yet taken.
struct InFlight {
  std::atomic<int> made{0};
  std::atomic<int> taken{0};
  std::atomic<int> most{0};

  void make() {
    const int now = ++made - taken;
    int before = most;
    while (before < now && !most.compare_exchange_weak(before, now)) {
    }
  }
};
Stream<int> counted(InFlight& flight, int count) {
  for (int value = 0; value < count; ++value) {
    flight.make();
    co_yield value;
  }
}

TEST_P(Streams, buffered_run_ahead_by_as_many_items_as_were_allowed_and_no_more_contract_01) {
  run_here([&]() -> Task<> {
    for (std::size_t ahead : {0U, 1U, 4U}) {
      InFlight flight;
      Stream<int> numbers = counted(flight, 40);
      if (ahead != 0) numbers = stream::buffer(std::move(numbers), ahead);
      co_await on_exit(numbers.close());
      int expected = 0;
      for (;;) {
        auto item = co_await numbers.next();
        if (!item) break;
        EXPECT_EQ(*item, expected++);
        co_await sleep(20us);  // To run ahead in, as far as it can.
        ++flight.taken;
      }
      EXPECT_EQ(expected, 40);
      // `taken` counts after the item has been dealt with, so the one in hand is in flight too.
      EXPECT_LE(flight.most, static_cast<int>(ahead) + 1);
      // On a real clock the sleep may be over before it has run ahead as far as it can.
      if (has_own_time()) {
        EXPECT_EQ(flight.most, static_cast<int>(ahead) + 1);
      }
    }
  });
}

TEST_P(Streams, that_are_open_when_their_model_ends_are_ended_contract_41) {
  const UnhandledLog log;
  Record record;
  std::optional<Stream<int>> open;
  if (is_pool()) return;  // A Pool waits for what is open: nobody may keep a Stream of it past its block.
  run_here([&]() -> Task<> {
    open = cleaned_up(record, "cleaned");
    auto first = co_await open->next();
    EXPECT_EQ(first, 1);
  });
  set_inline_driver(nullptr);
  EXPECT_EQ(record.text(), "cleaned");
  open.reset();
  EXPECT_TRUE(log.empty()) << log.text();
}

// Closes what it takes from when it has cleaned up itself.
Stream<int> passed_on(Record& record, Stream<int> source) {
  co_await on_exit(source.close());
  co_await on_exit(note_after_a_while(record, "cleaned"));
  for (;;) {
    auto item = co_await source.next();
    if (!item) break;
    co_yield *std::move(item);
  }
}

TEST_P(Streams, in_a_chain_that_a_shutdown_cancels_close_what_it_has_cancelled_before_contract_41) {
  const UnhandledLog log;
  Record record;
  std::optional<Stream<int>> open;
  if (is_pool()) return;  // See above.
  run_here([&]() -> Task<> {
    open = passed_on(record, up_to(1000));
    auto first = co_await open->next();
    EXPECT_EQ(first, 1);
  });
  set_inline_driver(nullptr);
  EXPECT_EQ(record.text(), "cleaned");
  open.reset();
  EXPECT_TRUE(log.empty()) << log.text();
}

}  // namespace
}  // namespace ringback
