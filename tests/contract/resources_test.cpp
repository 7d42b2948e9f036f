// Statement 44 of the contract: what is dear to make is kept, handed to a callback, and taken back or discarded.

#include "ringback/async/gather.h"
#include "ringback/async/race.h"
#include "ringback/async/scope.h"
#include "ringback/pipeline/resource_pool.h"
#include "tests/contract/models.h"

namespace ringback {
namespace {

class Resources : public InEveryModel {};
RINGBACK_IN_EVERY_MODEL(Resources);

// What a back end knows: how many connections were made, and how many of them live.
struct BackEnd {
  std::string name;
  std::atomic<int> made{0};
  std::atomic<int> alive{0};
  std::atomic<int> most{0};
};

class Connection {
 public:
  Connection(BackEnd& end, std::string key) : end_(&end), key_(std::move(key)), number_(++end.made) {
    const int now = ++end.alive;
    int before = end.most;
    while (before < now && !end.most.compare_exchange_weak(before, now)) {
    }
  }
  Connection(Connection&& other) noexcept
      : end_(std::exchange(other.end_, nullptr)),
        key_(std::move(other.key_)),
        number_(other.number_),
        is_sick(other.is_sick) {}
  ~Connection() {
    if (end_ != nullptr) --end_->alive;
  }
  std::string name() const { return end_->name + ":" + key_ + ":" + std::to_string(number_); }

 private:
  BackEnd* end_;
  std::string key_;
  int number_;

 public:
  bool is_sick = false;
};

// A connector that has to wait for it.
auto connector_of(BackEnd& end) {
  return [&end](std::string key) { return value_after(20us, std::make_unique<Connection>(end, std::move(key))); };
}
using Connected = std::unique_ptr<Connection>;
using Connections = ResourcePool<Connected>;

std::string name_of(Connected& connection) { return connection->name(); }
Task<std::string> name_later(Connected& connection) {
  co_await yield();
  co_return connection->name();
}
Task<> hold(Connected& connection, Record& record, std::string user, Duration length) {
  record.note(user + "(" + connection->name());
  co_await sleep(length);
  record.note(user + ")");
}
auto holding(Record& record, std::string user, Duration length) {
  return [&record, user, length](Connected& connection) { return hold(connection, record, user, length); };
}

TEST_P(Resources, are_made_kept_and_given_to_functions_and_coroutines_contract_44) {
  run_here([]() -> Task<> {
    BackEnd kvm{"kvm"};
    BackEnd container{"container"};
    Connections machines(connector_of(kvm));
    Connections boxes([&](const std::string& key) { return std::make_unique<Connection>(container, key); });
    std::vector<std::string> names;
    for (Connections* pool : {&machines, &boxes}) {
      auto by_function = co_await pool->with("a", name_of);
      auto by_coroutine = co_await pool->with("a", name_later);
      auto of_another = co_await pool->with("b", name_later);
      names.insert(names.end(), {by_function, by_coroutine, of_another});
      co_await pool->with("b", [](Connected&) {});
    }
    EXPECT_EQ(names, (std::vector<std::string>{"kvm:a:1", "kvm:a:1", "kvm:b:2", "container:a:1", "container:a:1",
                                               "container:b:2"}));
    EXPECT_EQ(machines.idle(), 2U);
    EXPECT_EQ(machines.busy(), 0U);
  });
}

TEST_P(Resources, serve_their_users_first_come_first_served_and_never_more_at_once_contract_44) {
  run_here([this]() -> Task<> {
    BackEnd end{"end"};
    Record record;
    Connections pool(connector_of(end), {.per_key_max = 1});
    co_await with_scope([&](Scope& scope) -> Task<> {
      const Alone alone;
      for (const char* user : {"x", "y", "z"}) scope.spawn(pool.with("a", holding(record, user, 50us)));
      co_return;
    });
    if (!is_pool()) {
      EXPECT_EQ(record.text(), "x(end:a:1 x) y(end:a:1 y) z(end:a:1 z)");
    }
    EXPECT_EQ(end.most, 1);
    EXPECT_EQ(end.made, 1);
  });
}

TEST_P(Resources, of_one_key_make_room_for_another_where_there_may_be_no_more_contract_44) {
  run_here([]() -> Task<> {
    BackEnd end{"end"};
    Record record;
    Connections pool(connector_of(end), {.per_key_max = 2, .total_max = 2});
    for (const char* key : {"a", "b", "c"}) {
      auto name = co_await pool.with(key, name_later);
      record.note(name);
      EXPECT_LE(end.alive, 2);
    }
    EXPECT_EQ(record.text(), "end:a:1 end:b:2 end:c:3");
    auto kept = co_await pool.with("b", name_later);
    EXPECT_EQ(kept, "end:b:2") << "the oldest was to go";
    EXPECT_EQ(end.most, 2);
  });
}

TEST_P(Resources, are_waited_for_as_long_as_was_said_and_used_for_longer_contract_44) {
  run_here([]() -> Task<> {
    BackEnd end{"end"};
    Event taken;
    Event release;
    // Made at once: so nobody is late because the machine is slow.
    Connections pool([&](const std::string& key) { return std::make_unique<Connection>(end, key); },
                     {.per_key_max = 1, .acquire_limit = 1ms});
    auto user = pool.with("a", [&](Connected&) {
      taken.set();
      return release.wait();
    });
    const auto in_line = [](Connections& pool, Event& taken, Event& release) -> Task<> {
      co_await taken.wait();
      auto late = co_await outcome(pool.with("a", name_of));
      EXPECT_EQ(end_of(late), "timed_out");
      release.set();
    };
    co_await gather(std::move(user), in_line(pool, taken, release));
    auto after = co_await pool.with("a", name_of);
    EXPECT_EQ(after, "end:a:1");
  });
}

Task<> fail_with(Connected&) {
  co_await yield();
  throw Error(ErrorKind::malformed, "test", "what is this?");
}
Task<> hang(Event& has_begun) {
  has_begun.set();
  co_await sleep(1h);
}
// Takes no notice of being cancelled.
Task<> stubborn(Event& has_begun) {
  has_begun.set();
  std::ignore = co_await outcome(sleep(1h));
}
// Cancels the user as soon as it has begun.
Task<Outcome<void>> outcome_when_cancelled_in_use(Connections& pool, Task<> (*use)(Event&)) {
  Event has_begun;
  Future<void> user = spawn(executor_here(), pool.with("a", [&](Connected&) { return use(has_begun); }));
  co_await has_begun.wait();
  user.cancel();
  co_return co_await outcome(user);
}

TEST_P(Resources, whose_use_failed_or_was_cancelled_are_discarded_contract_44) {
  run_here([]() -> Task<> {
    BackEnd end{"end"};
    Connections pool(connector_of(end), {.per_key_max = 1});
    auto name = co_await pool.with("a", name_of);
    EXPECT_EQ(name, "end:a:1");
    auto failed = co_await outcome(pool.with("a", fail_with));
    EXPECT_EQ(end_of(failed), "malformed");
    EXPECT_EQ(end.alive, 0) << "before the error reaches the caller";
    auto thrown = co_await outcome(pool.with("a", [](Connected&) { throw Error(ErrorKind::io, "test", "plain"); }));
    EXPECT_EQ(end_of(thrown), "io: test: plain");
    EXPECT_EQ(end.alive, 0);
    auto stopped = co_await outcome_when_cancelled_in_use(pool, hang);
    EXPECT_EQ(end_of(stopped), "aborted: requested");
    EXPECT_EQ(end.alive, 0);
    auto swallowed = co_await outcome_when_cancelled_in_use(pool, stubborn);
    EXPECT_EQ(end_of(swallowed), "ok");
    EXPECT_EQ(end.alive, 0) << "nobody knows what state it is in";
    auto fresh = co_await pool.with("a", name_of);
    EXPECT_EQ(fresh, "end:a:5");
  });
}

Task<> arrive_and_wait(Gate& gate) {
  gate.arrive();
  co_await gate.all_here();
}

TEST_P(Resources, are_checked_before_they_are_used_again_contract_44) {
  run_here([]() -> Task<> {
    BackEnd end{"end"};
    std::atomic<int> checks{0};
    const auto is_well = [&](Connected& connection) {
      ++checks;
      if (connection->name() == "end:a:2") throw Error(ErrorKind::io, "test", "dead");
      return value_after(10us, !connection->is_sick);
    };
    Connections pool(connector_of(end), is_well, {.per_key_max = 2});
    Gate both(2);
    const auto together = [&](Connected&) { return arrive_and_wait(both); };
    co_await gather(pool.with("a", together), pool.with("a", together));
    EXPECT_EQ(checks, 0) << "new ones need no check";
    EXPECT_EQ(pool.idle(), 2U);
    co_await pool.with("a", [](Connected& connection) { connection->is_sick = true; });
    checks = 0;
    auto name = co_await pool.with("a", name_of);
    EXPECT_EQ(name, "end:a:3") << "one was sick, the check of the other threw";
    EXPECT_EQ(end.alive, 1);
  });
}

Task<Connected> connect_later(BackEnd& end, int attempt, std::string key) {
  co_await sleep(50us);
  if (attempt <= 2) throw Error(ErrorKind::refused, "connect", "nobody listens");
  co_return std::make_unique<Connection>(end, key);
}

TEST_P(Resources, that_cannot_be_made_fail_their_user_and_the_next_gets_a_try_contract_44) {
  run_here([]() -> Task<> {
    BackEnd end{"end"};
    std::atomic<int> tries{0};
    const auto connect = [&](std::string key) { return connect_later(end, ++tries, std::move(key)); };
    Connections pool(connect, {.per_key_max = 1});
    auto [one, two, three] =
        co_await gather_outcomes(pool.with("a", name_of), pool.with("a", name_of), pool.with("a", name_of));
    int refused = 0;
    for (const auto* user : {&one, &two, &three}) {
      if (!user->ok()) {
        EXPECT_EQ(end_of(*user), "refused");
      }
      refused += user->ok() ? 0 : 1;
    }
    EXPECT_EQ(refused, 2);
    EXPECT_EQ(pool.busy(), 0U);
  });
}

TEST_P(Resources, that_were_idle_for_too_long_are_made_anew_contract_44) {
  run_here([]() -> Task<> {
    BackEnd end{"end"};
    Connections pool(connector_of(end), {.idle_time = 500us});
    auto first = co_await pool.with("a", name_of);
    EXPECT_EQ(first, "end:a:1");
    co_await sleep(600us);
    auto second = co_await pool.with("a", name_of);
    EXPECT_EQ(second, "end:a:2");
    EXPECT_EQ(end.alive, 1);
    Connections keeps_none(connector_of(end), {.idle_time = 0s});
    co_await keeps_none.with("a", [](Connected&) {});
    EXPECT_EQ(end.alive, 1);
    pool.discard_idle();
    EXPECT_EQ(end.alive, 0);
  });
}

Task<> turns_after(Duration length, int turns) {
  co_await sleep(length);
  for (int turn = 0; turn < turns; ++turn) co_await yield();
}
Task<> set_after(Event& event, Duration length, int turns) {
  co_await turns_after(length, turns);
  event.set();
}
Task<> give_up_after(Connections& pool, int turns) {
  std::ignore = co_await race(pool.with("a", name_of), turns_after(100us, turns));
}
Task<> use_after(Connections& pool, Duration length, Record& record) {
  co_await sleep(length);
  auto name = co_await pool.with("a", name_of);
  record.note(name);
}

TEST_P(Resources, handed_to_a_user_that_is_cancelled_just_then_go_to_the_next_contract_44) {
  run_here([]() -> Task<> {
    for (int turns = 0; turns < 12; ++turns) {  // before, with and after the one that lets go
      BackEnd end{"end"};
      Record record;
      Connections pool(connector_of(end), {.per_key_max = 1});
      Event release;
      auto first = pool.with("a", [&](Connected&) { return release.wait(); });
      co_await gather(std::move(first), give_up_after(pool, turns), use_after(pool, 60us, record),
                      set_after(release, 100us, 5));
      EXPECT_EQ(pool.busy(), 0U) << turns;
      EXPECT_LE(end.most, 1) << turns;
      EXPECT_FALSE(record.text().empty()) << turns;
    }
  });
}

TEST_P(Resources, are_closed_when_those_who_came_before_have_left_contract_44) {
  run_here([]() -> Task<> {
    BackEnd end{"end"};
    Event release;
    Record record;
    Connections pool(connector_of(end));
    const auto use = [&](Connected&) { return release.wait(); };
    const auto close_soon = [](Connections& pool, BackEnd& end, Record& record, Event& release) -> Task<> {
      while (pool.busy() != 2) co_await yield();
      auto impatient = co_await outcome(timeout(100us, pool.close()));
      EXPECT_EQ(end_of(impatient), "timed_out");
      auto refused = co_await outcome(pool.with("a", name_of));
      EXPECT_EQ(end_of(refused), "closed");
      release.set();
      co_await pool.close();
      record.note("closed");
      EXPECT_EQ(end.alive, 0);
    };
    co_await gather(pool.with("a", use), pool.with("b", use), close_soon(pool, end, record, release));
    EXPECT_EQ(record.text(), "closed");
    EXPECT_EQ(end.made, 2);
  });
}

}  // namespace
}  // namespace ringback
