#include <array>
#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "ringback/async/gather.h"
#include "ringback/async/outcome_of.h"
#include "ringback/async/scope.h"
#include "ringback/pipeline/branch.h"
#include "ringback/pipeline/cached.h"
#include "ringback/pipeline/emitter.h"
#include "ringback/pipeline/pipeline.h"
#include "ringback/pipeline/resource_pool.h"
#include "ringback/pipeline/stage.h"
#include "ringback/sync/event.h"
#include "ringback/trace/tasks.h"
#include "tests/faults/allocation_program.h"

namespace ringback::allocation_programs {
namespace {

using namespace std::chrono_literals;
using ringback::testing::Census;

// Whatever fails, each run that was heard to begin was heard to end.
class CountsRuns final : public Observer {
 public:
  void on_event(const RunEvent& event) override {
    if (event.kind == RunEventKind::start) ++open_;
    const bool is_last =
        event.kind == RunEventKind::end || event.kind == RunEventKind::error || event.kind == RunEventKind::cancelled;
    if (is_last) --open_;
  }
  int open() const noexcept { return open_; }

 private:
  std::atomic<int> open_{0};
};
Stream<int> counted_to(Stage stage, int last) {
  Census::Member member(stage.census);
  for (int value = 1; value <= last; ++value) co_yield value;
}

Task<std::string> observes(Stage stage) {
  CountsRuns counts;
  const auto all = parallel(ringback::stage("number", [stage](int value) { return number(stage, value); }),
                            ringback::stage("same", [](int value) { return value; })) |
                   ringback::stage("sum", [](int one, int two) { return one + two; }) |
                   ringback::stage("count", [stage](int last) { return counted_to(stage, last); }) | buffered(2) |
                   ringback::stage("again", [stage](int value) { return number(stage, value); }) |
                   ringback::stage("size", [](std::vector<int> items) { return static_cast<int>(items.size()); });
  auto end = co_await outcome(all.ainvoke(1, {.observers = {&counts}}));
  if (counts.open() != 0) co_return "wrong";
  co_return said(end.value() == 2);
}

using Heard = std::shared_ptr<std::atomic<int>>;
Task<> add_soon(Stage stage, Heard heard, int value) {
  Census::Member member(stage.census);
  co_await sleep(1ms);
  *heard += value;
}
// An event that was lost for want of memory is told to the hook alone.
Task<std::string> listens(Stage stage) {
  const Heard heard = std::make_shared<std::atomic<int>>(0);
  const auto hear = [stage, heard](int value) { return add_soon(stage, heard, value); };
  Emitter<int> emitter;
  const Registration here = emitter.on([heard](int value) { *heard += value; });
  const Registration there = emitter.on(stage.here, [heard](int value) { *heard += value; });
  const Registration awaited = emitter.on(hear);
  const Registration once = emitter.once(stage.here, hear);
  co_await emitter.emit_in_turn(1);
  co_await emitter.emit_in_turn(10);
  if (*heard != 34) throw std::bad_alloc();
  co_return said(emitter.listeners() == 3);
}

Task<std::string> pools(Stage stage) {
  ResourcePool<int> pool([stage](const std::string&) { return number(stage, 7); }, {.per_key_max = 1});
  const auto use = [stage](int& resource) { return number(stage, resource); };
  auto [one, two] = co_await gather(pool.with("a", use), pool.with("a", use));
  const int three = co_await pool.with("b", [](int& resource) { return resource; });
  co_await pool.close();
  co_return said(one + two + three == 21 && pool.idle() == 0);
}

Task<std::string> caches(Stage stage) {
  Cached<int, int> numbers([stage](int key) { return number(stage, key); });
  const auto changes = std::make_shared<std::atomic<int>>(0);
  const Registration listener = numbers.on_change(stage.here, [changes](int) { *changes += 1; });
  auto [one, again] = co_await gather(numbers.get(1), numbers.get(1));
  numbers.invalidate(1);
  const int anew = co_await numbers.get(1);
  co_await numbers.close();
  auto closed = co_await outcome(numbers.get(2));
  co_return said(one + again + anew == 3 && kind_of(closed) == ErrorKind::closed);
}

Task<> wait_for(Stage stage, Event& event) {
  Census::Member member(stage.census);
  co_await event.wait();
}
Task<std::string> tells_what_waits(Stage stage) {
  Event event;
  std::string stuck;
  std::string dumped;
  bool has_thrown = false;
  co_await with_scope([&](Scope& scope) -> Task<> {
    scope.spawn(wait_for(stage, event));
    co_await sleep(1ms);
    try {
      stage.here.for_each_owned([&](runtime::OwnedWork& work) { work.describe_waiting(stuck); });
    } catch (const std::bad_alloc&) {
      has_thrown = true;  // Its locks are held meanwhile.
    }
    dumped = trace::dump(1ms);
    scope.cancel();
  });
  if (stuck.find("waits for event") == std::string::npos && !has_thrown) throw std::bad_alloc();
  co_return said(!has_thrown && dumped.find("waits for event") != std::string::npos);
}

constexpr std::array kPrograms = {
    Program{"observes", observes, false},
    Program{"listens", listens, false},
    Program{"pools", pools, false},
    Program{"caches", caches, false},
    Program{"tells_what_waits", tells_what_waits, false},
};

}  // namespace

std::span<const Program> pipeline_programs() noexcept { return kPrograms; }

}  // namespace ringback::allocation_programs
