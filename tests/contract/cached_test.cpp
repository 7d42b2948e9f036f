// Statement 32 of the contract, its second half: answers that are kept by key.

#include "ringback/pipeline/cached.h"
#include "ringback/async/gather.h"
#include "ringback/async/race.h"
#include "ringback/async/scope.h"
#include "ringback/testing/census.h"
#include "ringback/testing/unhandled_log.h"
#include "tests/contract/models.h"

namespace ringback {
namespace {

using testing::Census;

class CachedAnswers : public InEveryModel {};
RINGBACK_IN_EVERY_MODEL(CachedAnswers);

// What answers while it is open: counts how often it was asked, and fails as often as it is told to.
struct Service {
  Service() { open.set(); }

  Event open;
  std::atomic<int> asked{0};
  std::atomic<int> fails{0};
  Census busy;

  // Until that many have been asked for.
  Task<> wait_until_asked(int number) {
    while (asked < number) co_await yield();
  }
  Task<std::string> answer(std::string key) {
    const int number = ++asked;
    const Census::Member here(busy);
    co_await open.wait();
    co_await yield();
    if (fails > 0) {
      --fails;
      throw Error(ErrorKind::io, "service", "out of order");
    }
    co_return key + std::to_string(number);
  }
};
using Answers = Cached<std::string, std::string>;
auto asking(Service& service) {
  return [&service](const std::string& key) { return service.answer(key); };
}
std::string state_of(const Answers::Seen& seen) {
  std::string text;
  switch (seen.state) {
    case CacheState::none: text = "none"; break;
    case CacheState::loading: text = "loading"; break;
    case CacheState::value: text = "value"; break;
    case CacheState::stale: text = "stale"; break;
    case CacheState::error: text = "error"; break;
  }
  if (seen.value != nullptr) text += ":" + *seen.value;
  if (seen.is_fetching) text += "...";
  return text;
}

TEST_P(CachedAnswers, are_asked_for_once_however_many_want_them_contract_32) {
  run_here([]() -> Task<> {
    Service service;
    Answers answers(asking(service), {.fresh_for = 1h});
    auto [one, two, three, other] =
        co_await gather(answers.get("a"), answers.get("a"), answers.get("a"), answers.get("b"));
    EXPECT_EQ(one, two);
    EXPECT_EQ(two, three);
    EXPECT_EQ(other.substr(0, 1), "b");
    EXPECT_EQ(service.asked, 2);
    auto later = co_await answers.get("a");
    EXPECT_EQ(later, one);
    EXPECT_EQ(service.asked, 2);
  });
}

TEST_P(CachedAnswers, can_be_looked_at_without_waiting_contract_32) {
  run_here([]() -> Task<> {
    Service service;
    Answers answers(asking(service), {.fresh_for = 1h});
    Record record;
    auto listener = answers.on_change([&](const std::string& key) { record.note(state_of(answers.peek(key))); });
    EXPECT_EQ(state_of(answers.peek("a")), "none");
    co_await answers.get("a");
    EXPECT_FALSE(answers.peek("a").is_loading());
    answers.invalidate("a");
    co_await answers.get("a");
    service.fails = 1;
    auto failed = co_await outcome(answers.refetch("a"));
    EXPECT_EQ(end_of(failed), "io: service: out of order");
    EXPECT_EQ(answers.peek("a").failure.describe(), "service: out of order");
    co_await answers.refetch("a");
    EXPECT_EQ(record.text(),
              "loading... value:a1 stale:a1 stale:a1... value:a2 value:a2... error:a2 error:a2... value:a4");
  });
}

TEST_P(CachedAnswers, are_fetched_anew_when_they_are_old_contract_32) {
  run_here([]() -> Task<> {
    Service service;
    Answers answers(asking(service), {.fresh_for = 300us});
    auto first = co_await answers.get("a");
    co_await sleep(400us);
    EXPECT_EQ(state_of(answers.peek("a")), "stale:a1");
    auto second = co_await answers.get("a");
    EXPECT_EQ(first + second, "a1a2");
  });
}

TEST_P(CachedAnswers, that_are_stale_are_given_while_a_new_one_is_fetched_contract_32) {
  Service service;
  run_here([&]() -> Task<> {
    Answers answers(asking(service), {.fresh_for = 100us, .stale_for = 1h});
    auto first = co_await answers.get("a");
    co_await sleep(200us);
    Event landed;
    auto listener = answers.on_change([&](const std::string& key) {
      if (!answers.peek(key).is_fetching) landed.set();
    });
    service.open.reset();
    auto stale = co_await answers.get("a");
    EXPECT_EQ(stale, first);
    EXPECT_EQ(state_of(answers.peek("a")), "stale:a1...");
    auto impatient = co_await outcome(timeout(20us, answers.refetch("a")));
    EXPECT_EQ(end_of(impatient), "timed_out");
    service.open.set();  // Nobody waits for the fetch any more: it was begun behind a stale value.
    co_await landed.wait();
    EXPECT_EQ(*answers.peek("a").value, "a2");
  });
  EXPECT_EQ(service.asked, 2);
}

TEST_P(CachedAnswers, on_inline_are_fetched_to_the_end_before_wait_returns_contract_32) {
  Service service;
  Answers answers(asking(service), {.fresh_for = 0s, .stale_for = 1h});
  run_here([&]() -> Task<> {
    co_await answers.get("a");
    auto stale = co_await answers.get("a");
    EXPECT_EQ(stale, "a1");
  });
  // Elsewhere the end of the executor has ended it, or waited for it.
  EXPECT_EQ(service.busy.alive(), 0);
  if (is_inline()) {
    EXPECT_EQ(*answers.peek("a").value, "a2");
  }
}

Task<> give_up_after(Answers& answers, Duration patience) {
  auto ended = co_await outcome(timeout(patience, answers.get("a")));
  EXPECT_EQ(end_of(ended), "timed_out");
}
Task<> wait_until_waiting(Answers& answers, std::size_t number) {
  while (answers.peek("a").waiting != number) co_await yield();
}

TEST_P(CachedAnswers, reach_those_who_go_on_waiting_when_others_are_cancelled_contract_32) {
  run_here([]() -> Task<> {
    Service service;
    Answers answers(asking(service));
    service.open.reset();
    std::vector<Future<std::string>> asking_for_it;
    for (std::size_t number = 1; number <= 3; ++number) {
      asking_for_it.push_back(spawn(executor_here(), answers.get("a")));
      co_await wait_until_waiting(answers, number);
    }
    asking_for_it[0].cancel();  // The first to ask is the first to leave.
    asking_for_it[2].cancel();
    co_await wait_until_waiting(answers, 1);
    service.open.set();
    auto value = co_await asking_for_it[1];
    EXPECT_EQ(value, "a1");
    EXPECT_EQ(service.asked, 1);
  });
}

TEST_P(CachedAnswers, are_no_longer_fetched_when_the_last_who_waits_is_cancelled_contract_32) {
  run_here([]() -> Task<> {
    Service service;
    Answers answers(asking(service));
    service.open.reset();
    co_await gather(give_up_after(answers, 50us), give_up_after(answers, 100us));
    EXPECT_EQ(state_of(answers.peek("a")), "none");
    while (service.busy.alive() != 0) co_await yield();
    service.open.set();
    auto anew = co_await answers.get("a");
    EXPECT_EQ(anew, "a" + std::to_string(service.asked.load()));
  });
}

TEST_P(CachedAnswers, that_are_errors_are_given_to_all_who_wait_and_not_kept_contract_32) {
  run_here([]() -> Task<> {
    Service service;
    service.fails = 1;
    service.open.reset();
    Answers answers(asking(service), {.fresh_for = 1h});
    const auto open_soon = [](Answers& answers, Service& service) -> Task<> {
      co_await wait_until_waiting(answers, 2);
      service.open.set();
    };
    auto [one, two, none] = co_await gather_outcomes(answers.get("a"), answers.get("a"), open_soon(answers, service));
    EXPECT_TRUE(none.ok());
    EXPECT_EQ(end_of(one), "io: service: out of order");
    EXPECT_EQ(end_of(two), "io: service: out of order");
    EXPECT_EQ(state_of(answers.peek("a")), "error");
    auto good = co_await answers.get("a");
    EXPECT_EQ(good, "a2");
  });
}

TEST_P(CachedAnswers, that_are_errors_are_kept_as_long_as_was_asked_contract_32) {
  run_here([]() -> Task<> {
    Service service;
    service.fails = 1;
    Answers answers(asking(service), {.errors_for = 1h});
    for (int i = 0; i < 3; ++i) {
      auto failed = co_await outcome(answers.get("a"));
      EXPECT_EQ(end_of(failed), "io: service: out of order");
    }
    EXPECT_EQ(service.asked, 1);
    auto anew = co_await answers.refetch("a");
    EXPECT_EQ(anew, "a2");
  });
}

TEST_P(CachedAnswers, invalidated_while_they_are_fetched_are_not_kept_contract_32) {
  run_here([]() -> Task<> {
    Service service;
    Answers answers(asking(service), {.fresh_for = 1h});
    service.open.reset();
    const auto invalidate_soon = [](Answers& answers, Service& service) -> Task<std::string> {
      co_await service.wait_until_asked(1);
      answers.invalidate("a");
      EXPECT_EQ(state_of(answers.peek("a")), "none");
      service.open.set();
      co_return co_await answers.get("a");
    };
    auto [before, after] = co_await gather(answers.get("a"), invalidate_soon(answers, service));
    EXPECT_EQ(before, "a1");
    EXPECT_EQ(after, "a2");
    EXPECT_EQ(state_of(answers.peek("a")), "value:a2");
    answers.invalidate_all();
    EXPECT_EQ(state_of(answers.peek("a")), "stale:a2");
  });
}

TEST_P(CachedAnswers, asked_for_longest_ago_are_forgotten_for_room_contract_32) {
  run_here([]() -> Task<> {
    Service service;
    Answers answers(asking(service), {.fresh_for = 1h, .entries_max = 2});
    for (const char* key : {"a", "b", "a", "c"}) co_await answers.get(key);
    EXPECT_EQ(answers.size(), 2U);
    EXPECT_EQ(state_of(answers.peek("a")), "value:a1");
    EXPECT_EQ(state_of(answers.peek("b")), "none");
    EXPECT_EQ(state_of(answers.peek("c")), "value:c3");
  });
}

TEST_P(CachedAnswers, that_arrive_as_their_waiter_is_cancelled_win_or_are_fetched_anew_contract_32) {
  run_here([]() -> Task<> {
    for (int turns = 0; turns < 10; ++turns) {
      Service service;
      Answers answers(asking(service), {.fresh_for = 1h});
      const auto patience = [](int turns) -> Task<> {
        for (int turn = 0; turn < turns; ++turn) co_await yield();
      };
      std::ignore = co_await race(answers.get("a"), patience(turns));
      auto value = co_await answers.get("a");
      EXPECT_EQ(value, "a" + std::to_string(service.asked.load()));
      EXPECT_LE(service.asked, 2);
      co_await answers.close();
      EXPECT_EQ(service.busy.alive(), 0);
    }
  });
}

TEST_P(CachedAnswers, that_are_closed_end_those_who_wait_contract_32) {
  run_here([]() -> Task<> {
    Service service;
    Answers answers(asking(service), {.fresh_for = 1h});
    co_await answers.get("kept");
    service.open.reset();
    const auto close_soon = [](Answers& answers, Service& service) -> Task<> {
      co_await service.wait_until_asked(2);
      co_await answers.close();
      EXPECT_EQ(service.busy.alive(), 0);
    };
    const auto closed = [](Answers& answers) -> Task<> {
      auto ended = co_await outcome(answers.get("a"));
      EXPECT_EQ(end_of(ended), "closed");
    };
    co_await gather(closed(answers), close_soon(answers, service));
    co_await closed(answers);
    auto kept = co_await answers.get("kept");
    EXPECT_EQ(kept, "kept1");

    auto dropped = std::make_unique<Answers>(asking(service));
    const auto drop_soon = [](std::unique_ptr<Answers>& dropped, Service& service) -> Task<> {
      co_await service.wait_until_asked(3);
      dropped.reset();
    };
    co_await gather(closed(*dropped), drop_soon(dropped, service));
  });
}

}  // namespace
}  // namespace ringback
