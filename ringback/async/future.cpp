#include "ringback/async/future.h"

#include <chrono>
#include <thread>

#include "ringback/exec/adaptive_spin.h"

namespace ringback::internal {

void CallbackNode::call() noexcept {
  const SeesLocals sees(locals_);
  try {
    call_();
  } catch (...) {
    report_unhandled({Failure::from_current(), place_, "a done callback threw"});
  }
}

// Protocol. Under lock_: `queue_` holds what is to be called, `is_active_` says that somebody (a
// posted drain, or the completing worker) is calling. Whoever finds it false sets it and calls until
// the queue is empty. Who takes a node out of the queue under lock_ calls or drops it: so it is either
// called or removed. The runner is owned by its future; a posted drain keeps the future alive. The
// runner without an executor is Inline's: whoever activates it calls at once. A queued callback holds its
// future, so none is left when the runner goes. Another executor than
// the future's own counts what is queued for it, and may not go before that has left.
class CallbackRunner final : public Job {
 public:
  CallbackRunner(FutureCore& future, Executor* executor, std::unique_ptr<CallbackRunner> next) noexcept
      : next(std::move(next)),
        future_(future),
        executor_(executor),
        is_counted_(executor != nullptr && executor != &future.root().home()) {}

  Executor* executor() const noexcept { return executor_; }

  // True: nobody is calling yet, the caller must see to it.
  bool add(CallbackNode& node, bool is_done) noexcept {
    std::lock_guard guard(lock_);
    queue_.push_back(node);
    if (is_counted_) executor_->expect_callback();
    if (!is_done || is_active_) return false;
    return is_active_ = true;
  }
  bool remove(CallbackNode& node) noexcept {
    {
      std::lock_guard guard(lock_);
      if (!node.is_linked()) return false;
      node.unlink();
      if (is_counted_) executor_->callback_left();
    }
    node.drop_call();
    node.drop_reference();
    return true;
  }
  bool activate() noexcept {
    std::lock_guard guard(lock_);
    if (is_active_ || queue_.empty()) return false;
    return is_active_ = true;
  }
  void post_drain() noexcept {
    future_.root().add_reference();
    if (executor_ == nullptr) {
      run();
    } else {
      executor_->post(*this);
    }
  }
  void drain() noexcept {
    for (;;) {
      CallbackNode* node = nullptr;
      {
        std::lock_guard guard(lock_);
        node = queue_.pop_front();
        if (node == nullptr) {
          is_active_ = false;
          return;
        }
      }
      node->call();
      node->drop_call();
      node->drop_reference();
      if (is_counted_) executor_->callback_left();
    }
  }
  void run() noexcept override {
    Root& root = future_.root();
    drain();
    root.drop_reference();
  }

  std::unique_ptr<CallbackRunner> next;

 private:
  FutureCore& future_;
  Executor* const executor_;
  const bool is_counted_;
  SpinLock lock_;
  IntrusiveList<CallbackNode, CallbackTag> queue_;
  bool is_active_ = false;
};

FutureCore::FutureCore(bool is_inline) noexcept : is_inline_work_(is_inline) {}
FutureCore::~FutureCore() = default;

bool FutureCore::WaitLeaf::begin_wait(Waiter& waiter) noexcept {
  if (!attach(waiter)) {
    cancelled_ = true;
    return true;
  }
  if (core_->is_done()) return true;
  core_->process_.check();
  const Parked parked = suspend([this]() noexcept {
    std::lock_guard guard(core_->lock_);
    if (core_->done_.load(std::memory_order_relaxed)) return false;
    core_->waiters_.push_back(*this);
    return true;
  });
  if (parked == Parked::suspended) return false;  // On a Pool `this` may be gone.
  cancelled_ = parked == Parked::refused;
  return true;
}

void FutureCore::WaitLeaf::request_cancel(Reason) noexcept {
  {
    std::lock_guard guard(core_->lock_);
    if (!is_linked()) return;  // Done: completion wins.
    unlink();
    cancelled_ = true;
  }
  deliver();
}

void FutureCore::set_done() noexcept {
  Executor& own = root().home();
  CallbackRunner* first = nullptr;
  {
    std::lock_guard guard(lock_);
    done_.store(true, std::memory_order_release);
    first = runners_.get();  // Later ones are put before it, by callers who saw done_.
    // Taken out one by one under the lock: a cancellation tells by is_linked() who delivers.
    while (WaitLeaf* leaf = waiters_.pop_front()) leaf->deliver();
  }
  done_.notify_all();  // We are still here: the executor lets go of the work later.
  for (CallbackRunner* runner = first; runner != nullptr; runner = runner->next.get()) {
    if (!runner->activate()) continue;
    if (runner->executor() == &own && own.is_concurrent()) {
      runner->drain();
    } else {
      runner->post_drain();
    }
  }
}

FutureCore::Added FutureCore::add_callback(Executor* executor, unique_function<void()> call,
                                           std::source_location place) {
  Executor* where = executor;
  if (where == nullptr && !is_inline_work_) where = &root().home();
  if (where != nullptr && where->is_inline()) where = nullptr;
  auto node = Ref<CallbackNode>::adopt(new CallbackNode(std::move(call), place));
  auto fresh = std::make_unique<CallbackRunner>(*this, where, nullptr);
  CallbackRunner* runner = nullptr;
  bool is_done = false;
  {
    std::lock_guard guard(lock_);
    for (runner = runners_.get(); runner != nullptr && runner->executor() != where;) runner = runner->next.get();
    if (runner == nullptr) {
      fresh->next = std::move(runners_);
      runners_ = std::move(fresh);
      runner = runners_.get();
    }
    is_done = done_.load(std::memory_order_relaxed);
    node->add_reference();
    if (!runner->add(*node, is_done)) return {runner, std::move(node)};
  }
  runner->post_drain();
  return {runner, std::move(node)};
}

// Without a loop: a thread that only waits for others needs no driver and no descriptors.
void FutureCore::block() noexcept {
  process_.check();
  thread_local AdaptiveSpin spin;
  static const bool has_cores = std::thread::hardware_concurrency() > 1;
  const TimePoint since = std::chrono::steady_clock::now();
  const bool spins = has_cores && spin.is_worthwhile();
  for (unsigned round = 1; spins && !is_done(); ++round) {
    cpu_pause();
    if (round % 32 == 0 && std::chrono::steady_clock::now() - since > AdaptiveSpin::kMost) break;
  }
  done_.wait(false, std::memory_order_acquire);
  spin.record(std::chrono::steady_clock::now() - since);
}

void block_for(FutureCore& future) {
  if (future.is_done()) return;
  Root& root = future.root();
  Executor* here = this_thread.executor;
  check_may_wait("Future::get");
  if (here == nullptr) return future.block();
  if (here == &root.home() && root.run_here_if_queued() && future.is_done()) return;
  if (!here->begin_blocking()) {
    throw Error(
        ErrorKind::would_deadlock, "Future::get",
        "every worker would be blocked and no more may be added; await the future, or raise blocking_threads_max");
  }
  struct EndBlocking {
    Executor& executor;
    ~EndBlocking() { executor.end_blocking(); }
  } end_blocking{*here};
  future.block();
}

}  // namespace ringback::internal

namespace ringback {

using namespace runtime;

bool DoneCallback::remove() const noexcept { return node_ && runner_->remove(*node_); }

}  // namespace ringback
