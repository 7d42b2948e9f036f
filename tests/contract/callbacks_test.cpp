// What statements 23, 27 and 42 of the contract say of removal and of task-locals, in every model.

#include <gmock/gmock.h>

#include "ringback/async/gather.h"
#include "ringback/async/on.h"
#include "ringback/async/task_local.h"
#include "ringback/sync/queue.h"
#include "ringback/testing/census.h"
#include "tests/contract/models.h"

namespace ringback {
namespace {

using testing::Census;

const TaskLocal<std::string> request("none");

class Callbacks : public InEveryModel {};
RINGBACK_IN_EVERY_MODEL(Callbacks);

TEST_P(Callbacks, one_that_was_removed_is_never_called_and_destroyed_right_then_contract_23) {
  run_here([]() -> Task<> {
    Census census;
    Event may_end;
    Event last_called;
    std::string called;  // The callbacks of one executor never overlap.
    Future<void> work = spawn(executor_here(), may_end.wait());
    work.on_done([&](const Outcome<void>&) { called += "1"; });
    runtime::DoneCallback second =
        work.on_done([&, member = Census::Member(census)](const Outcome<void>&) { called += "2"; });
    runtime::DoneCallback third = work.on_done([&](const Outcome<void>&) {
      called += "3";
      last_called.set();
    });
    EXPECT_EQ(census.alive(), 1);
    EXPECT_TRUE(second.remove());
    EXPECT_EQ(census.alive(), 0);
    EXPECT_FALSE(second.remove()) << "removed before";
    may_end.set();
    co_await last_called.wait();
    co_await work;
    EXPECT_EQ(called, "13");
    EXPECT_FALSE(third.remove()) << "called before";
  });
}

TEST_P(Callbacks, each_sees_what_was_bound_where_it_was_registered_contract_27) {
  run_here([]() -> Task<> {
    Event may_end;
    Queue<std::string> seen(8);
    const auto look = [&seen](const char* who) {
      return [&seen, who](const Outcome<void>&) { seen.try_put(std::string(who) + "=" + request.get()); };
    };
    Future<void> work =
        spawn(executor_here(), request.with("the work's", [&]() -> Task<> { co_await may_end.wait(); }));
    work.on_done(look("outside"));
    co_await request.with("A", [&]() -> Task<> {
      work.on_done(look("inside"));
      start(may_end.wait(), on(executor_here()), look("started"));
      co_return;
    });
    may_end.set();
    co_await work;
    std::vector<std::string> all;
    for (int i = 0; i < 3; ++i) {
      std::string one = co_await seen.get();
      all.push_back(std::move(one));
    }
    EXPECT_THAT(all, ::testing::UnorderedElementsAre("outside=none", "inside=A", "started=A"));
  });
}

Task<std::string> bound_here() {
  std::string before = request.get();
  co_await sleep(1us);
  co_return before == request.get() ? before : before + " and then " + request.get();
}

TEST_P(Callbacks, task_locals_are_inherited_and_survive_hops_and_offload_contract_42) {
  run_here([]() -> Task<> {
    Pool other({.threads = 1});
    co_await request.with("A", [&]() -> Task<> {
      auto [same, own] = co_await gather(bound_here(), request.with("B", bound_here()));
      EXPECT_EQ(same, "A");
      EXPECT_EQ(own, "B");
      std::string hopped = co_await on(other, bound_here());
      EXPECT_EQ(hopped, "A");
      std::string offloaded = co_await offload(other, [] { return request.get(); });
      EXPECT_EQ(offloaded, "A");
      std::string spawned = co_await spawn(executor_here(), bound_here());
      EXPECT_EQ(spawned, "A");
      EXPECT_EQ(request.get(), "A") << "back from all of these";
    });
    EXPECT_EQ(request.get(), "none");
  });
}

}  // namespace
}  // namespace ringback
