// Where the cases of async/ and sync/ run: an executor whose workers are the threads of the case.
#pragma once

#include <concepts>
#include <memory>
#include <mutex>
#include <optional>
#include <type_traits>
#include <utility>

#include "ringback/async/operation.h"
#include "ringback/driver/virtual_driver.h"
#include "ringback/exec/executor.h"
#include "ringback/exec/loop.h"
#include "tests/interleaving/case_test.h"

namespace ringback::interleaving {

// Concurrent, like a Pool: whoever calls work() is one of its workers for so long.
class HandPool : public Executor {
 public:
  explicit HandPool(Case& model) noexcept : HandPool(model, nullptr, nullptr) {}

  std::uint64_t random() noexcept override { return 0; }

  // Whoever blocks: the other threads are workers too.
  bool begin_blocking() noexcept override { return true; }

  // Runs what is posted, until nothing is.
  void work() noexcept {
    while (runtime::Job* const job = next()) run_here(*job);
  }
  // A thread that does something, and is one of the workers then.
  template <typename Before>
  void worker(const char* name, Before before) {
    model_.thread(name, [this, before] {
      before();
      work();
    });
  }
  void worker(const char* name) {
    model_.thread(name, [this] { work(); });
  }
  // Until all threads of the case have ended; then what they have left to do.
  void join() {
    model_.join();
    work();
  }
  // Calls `body` as one of its jobs would.
  template <typename Body>
  void call(Body body) noexcept {
    class Calling final : public runtime::Job {
     public:
      explicit Calling(Body& called) noexcept : called_(called) {}
      void run() noexcept override { called_(); }

     private:
      Body& called_;
    } calling(body);
    run_here(calling);
  }

 protected:
  HandPool(Case& model, Loop* io, runtime::TimerService* timers) noexcept
      : Executor(true, nullptr, io, timers), model_(model) {}

 private:
  void post_from_anywhere(runtime::Job& job) noexcept override {
    const std::lock_guard guard(lock_);
    posted_.push(job);
  }
  runtime::Job* next() noexcept {
    const std::lock_guard guard(lock_);
    return posted_.pop();
  }

  Case& model_;
  std::mutex lock_;
  runtime::JobQueue posted_;
};

struct HandTime {
  VirtualDriver& clock() noexcept { return static_cast<VirtualDriver&>(loop.driver()); }

  Loop loop;  // never run: it has the clock
};

// One with timers. Its time stands still, but for pass().
class TimedHandPool final : private HandTime, public HandPool {
 public:
  explicit TimedHandPool(Case& model) : HandPool(model, &loop, &timers_), timers_(loop, *this, true, loop.now()) {}

  // While nobody else runs.
  void pass(Duration time) noexcept { clock().advance(time); }
  // Has work() come to the timers whose moment is there.
  void expire() noexcept {
    runtime::JobQueue none;
    timers_.expire(loop.now(), none);
  }
  // What an I/O thread would do next.
  void wait(Duration time) noexcept {
    pass(time);
    expire();
    work();
  }

 private:
  runtime::TimerService timers_;
};

// The same for a case that has a HandPool, with or without time, on which nothing is left at its end.
template <std::invocable<Case&, TimedHandPool&> Body>
void in_every_order(Bounds bounds, Body body) {
  in_every_order(bounds, [&body](Case& model) {
    std::conditional_t<std::invocable<Body&, Case&, HandPool&>, HandPool, TimedHandPool> pool(model);
    body(model, pool);
    pool.work();
    model.expect(pool.owns_nothing(), "nothing is left");
  });
}

// Who waits for an operation, in a context of its own. The operation is freed as soon as it has ended, as the
// frame is in which it lies elsewhere.
template <Operation Op>
class Waiting final : public runtime::Waiter {
 public:
  using T = typename Op::value_type;

  Waiting(HandPool& pool, Op op) : pool_(pool), op_(std::make_unique<Op>(std::move(op))) {
    own_.begin_root(pool);
    context_ = &own_;
  }

  void begin() noexcept {
    pool_.call([this]() noexcept {
      if (op_->begin(*this)) complete();
    });
  }
  void cancel() noexcept {
    pool_.call([this]() noexcept { own_.cancel(Reason::requested); });
  }
  void complete() noexcept override {
    outcome_.emplace(take_from(*op_));
    op_.reset();
    ++told_;
  }

  bool was_told_once() const noexcept { return told_ == 1; }
  bool has_value() const noexcept { return outcome_.has_value() && outcome_->ok(); }
  // What it was given, to whoever lets go of it.
  std::optional<Outcome<T>>& outcome() noexcept { return outcome_; }

 private:
  static Outcome<T> take_from(Op& op) noexcept { return op.take(); }

  HandPool& pool_;
  runtime::Context own_;
  std::unique_ptr<Op> op_;
  std::optional<Outcome<T>> outcome_;
  int told_ = 0;
};

}  // namespace ringback::interleaving
