// What a Stream is without its type: the producer's beginning, its end, and who may ask for it.
//
// Not used by programs directly. The producer (a coroutine's body, or the pumps of a merge) is a root of
// its own (see root.h), made by the first next(), on its executor. It is tied to no scope:
// neither a timeout nor a race around one next() reaches it, so what it had begun to make is not lost.
//
// Protocol. `phase_`, `root_`, `is_closed_` and `failure_` are guarded by lock_. The phases:
//
//   created -> begun   by the first next()
//   begun -> over      by the root's end, which writes `failure_` before it closes the items
//   created -> over    by close()
//
// close() cancels the root of a begun producer. Before `root_` is written there is none to cancel: then next()
// finds `is_closed_` and cancels it. The root holds a reference here, and is held by
// `root_` until its end.
#pragma once

#include <atomic>
#include <source_location>

#include "ringback/async/root.h"
#include "ringback/async/task.h"
#include "ringback/sync/event.h"

namespace ringback::internal {

class StreamCore {
 public:
  StreamCore(const StreamCore&) = delete;
  StreamCore& operator=(const StreamCore&) = delete;

  void add_reference() noexcept { references_.fetch_add(1, std::memory_order_relaxed); }
  void drop_reference() noexcept {
    if (references_.fetch_sub(1, std::memory_order_acq_rel) == 1) delete this;
  }

  // Begins the producer where that has not been done: on the executor that `waiter` is on.
  void begin_for(const Waiter& waiter);
  // Asks the producer to end; items not taken are destroyed. Threads: any.
  void close() noexcept;
  // Set when the producer has ended, with its clean-up, or will never begin.
  Event& ended() noexcept { return ended_; }
  bool is_closed() noexcept;
  // What it failed with: to the first who asks. aborted where it was cancelled, and not by close().
  Failure take_failure();
  // The same as it ended.
  Failure take_end();
  // The producer's end. In its executor.
  void finish(Outcome<void> end) noexcept;

  std::source_location place() const noexcept { return place_; }

 protected:
  explicit StreamCore(std::source_location place) noexcept : place_(place) {}
  virtual ~StreamCore();

  // The producer as a root, or nothing of it any more.
  virtual Ref<Root> make_root(Executor& home) = 0;
  virtual void drop_producer() noexcept = 0;
  // No more items; `discards`: also not those that are there.
  virtual void close_items(bool discards) noexcept = 0;

 private:
  enum class Phase : std::uint8_t { created, begun, over };

  bool leave_created() noexcept;
  void give_up_beginning() noexcept;

  const std::source_location place_;
  std::atomic<std::uint32_t> references_{1};
  SpinLock lock_;
  Phase phase_ = Phase::created;
  bool is_closed_ = false;
  Failure failure_;
  Ref<Root> root_;
  Event ended_;
};

// close() and its end, as a task. Cancel: the closing goes on.
Task<void> close_stream(Ref<StreamCore> core);

// A producer as a root.
template <Operation Op>
class StreamRoot final : public RootOf<Op> {
 public:
  StreamRoot(Executor& home, Op&& op, Ref<StreamCore> stream) noexcept
      : RootOf<Op>(home, std::move(op), stream->place()), stream_(std::move(stream)) {}

 private:
  void work_ended() noexcept override { stream_->finish(this->take_outcome()); }

  const Ref<StreamCore> stream_;
};

}  // namespace ringback::internal
