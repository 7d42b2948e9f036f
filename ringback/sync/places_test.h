// The places in which every test of this layer's semantics runs.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "ringback/async/future.h"
#include "ringback/async/gather.h"
#include "ringback/async/outcome_of.h"
#include "ringback/async/race.h"
#include "ringback/async/run.h"
#include "ringback/async/scope.h"
#include "ringback/async/shield.h"
#include "ringback/async/sleep.h"
#include "ringback/async/task.h"
#include "ringback/async/timeout.h"
#include "ringback/async/wait.h"
#include "ringback/driver/virtual_driver.h"
#include "ringback/exec/pool.h"

namespace ringback {

enum class Place { caller, loop, single_pool, pool };

inline std::string name_of(Place place) {
  switch (place) {
    case Place::caller: return "inline";
    case Place::loop: return "loop";
    case Place::single_pool: return "pool_on_virtual_time";
    case Place::pool: return "pool_of_two";
  }
  return "";
}

// Runs `work` to its end; on virtual time but for the pool of two.
template <typename Work>
auto run_at(Place place, Work work) {
  if (place == Place::loop) {
    RunOptions options;
    options.loop.driver = std::make_unique<VirtualDriver>();
    return run(std::move(work), std::move(options));
  }
  if (place == Place::caller) {
    set_inline_driver(std::make_unique<VirtualDriver>());
    return wait(std::move(work));
  }
  PoolOptions options;
  options.threads = 2;
  if (place == Place::single_pool) options.driver = std::make_unique<VirtualDriver>();
  Pool pool(std::move(options));
  return spawn(pool, std::move(work)).get();
}

// A test whose body runs in each place: TEST_P(Suite, name) { everywhere(task()); }
class InEveryPlace : public testing::TestWithParam<Place> {
 protected:
  template <typename Work>
  auto here(Work work) {
    return run_at(GetParam(), std::move(work));
  }
};
inline const auto kEveryPlace = testing::Values(Place::caller, Place::loop, Place::single_pool, Place::pool);
// Where time is virtual, and jobs of one executor run one at a time.
inline const auto kPlacesInOrder = testing::Values(Place::caller, Place::loop, Place::single_pool);
inline const auto kPlaceName = [](const testing::TestParamInfo<Place>& info) { return name_of(info.param); };

// What happened, in order. Threads: any.
class Log {
 public:
  void add(int entry) {
    std::lock_guard guard(lock_);
    entries_.push_back(entry);
  }
  std::vector<int> entries() {
    std::lock_guard guard(lock_);
    return entries_;
  }

 private:
  std::mutex lock_;
  std::vector<int> entries_;
};

// An operation that writes down when its value is taken; what it gave is dropped inside take(). So
// permits and locks are given back after the entry: the log shows the order of the hand-overs.
template <Operation Op>
class [[nodiscard]] Noted {
 public:
  using value_type = void;
  Noted(Op&& op, Log& log, int entry) noexcept : op_(std::move(op)), log_(&log), entry_(entry) {}
  bool begin(runtime::Waiter& waiter) noexcept { return op_.begin(waiter); }
  Outcome<void> take() {
    auto ended = op_.take();
    if (!ended.ok()) return ended.failure();
    log_->add(entry_);
    return {};
  }

 private:
  Op op_;
  Log* log_;
  int entry_;
};
template <Operation Op>
Noted<Op> noted(Op op, Log& log, int entry) {
  return {std::move(op), log, entry};
}

}  // namespace ringback
