// What an Emitter is without its types: who is registered, and whose turn it is.
//
// Protocol. All that changes in a listener is guarded by the emitter's lock_. A listener is `is_on_` from
// its registration until it is removed or, of once(), its call begins. Only while it is on a call may
// begin; `calls_` counts those under way. Whoever finds it off without calls takes the callback out, and
// destroys it outside the lock. `listeners_` has those that the next event is for, by number: the order
// of registration. A listener with an executor has a line there: `pending_`, and `is_draining_` while a
// root (see root.h) works that off, one call after the other.
// waiters_lock_ guards the line of those who wait in next(). Nothing but giving is done under it.
#pragma once

#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <optional>

#include "ringback/async/completion.h"
#include "ringback/async/locals.h"
#include "ringback/async/task.h"
#include "ringback/base/unique_function.h"
#include "ringback/sync/waiter_list.h"

namespace ringback::internal {

// What was emitted, a tuple: shared by those who have not been told yet.
using Emission = std::shared_ptr<const void>;

// One of the two, until the last call has ended.
struct ListenerCallback {
  unique_function<void(const Emission&)> call;
  unique_function<Task<void>(const Emission&)> coroutine;
};

class EmitterCore;

class Listener {
 public:
  Listener(Ref<EmitterCore> emitter, Executor* executor, bool is_once, ListenerCallback callback,
           std::source_location place) noexcept;
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  void add_reference() noexcept { references_.fetch_add(1, std::memory_order_relaxed); }
  void drop_reference() noexcept {
    if (references_.fetch_sub(1, std::memory_order_acq_rel) == 1) delete this;
  }

  // False: it was off before, or is being called.
  bool remove() noexcept;

 private:
  friend class EmitterCore;
  friend class ListenerCall;
  friend class ListenerLine;

  // An event on its way; `told` is whoever waits until the call has ended.
  struct Pending {
    Emission emission;
    std::optional<Completer<void>> told;
  };

  ~Listener() = default;

  // On the executor that runs here; nothing of it is awaited.
  void ring(const Emission& emission) noexcept;
  // True: a call has begun, end_call() follows.
  bool begin_call() noexcept;
  void end_call() noexcept;
  void call_now(const Emission& emission) noexcept;
  Task<void> make_task(const Emission& emission);
  void line_up(Emission emission, std::optional<Completer<void>> told) noexcept;
  void start_draining();
  // Begins the call of the next one. Nothing: the line is empty, and nobody works it off any more.
  std::optional<Pending> take_pending() noexcept;
  void drop_pending() noexcept;
  void emitter_is_gone() noexcept;
  void report(const Failure& failure) const noexcept;
  // Under the lock: the callback, where it is off and nobody calls it. To be given to bury() outside.
  ListenerCallback take_dead() noexcept;
  void bury(ListenerCallback dead) noexcept;

  const Ref<EmitterCore> emitter_;
  Executor* const executor_;  // null: wherever is emitted
  const bool is_once_;
  const bool is_coroutine_;
  const std::source_location place_;
  const Locals locals_;  // bound where it was registered
  std::atomic<std::uint32_t> references_{1};
  ListenerCallback callback_;
  std::uint64_t number_ = 0;
  std::uint32_t calls_ = 0;
  bool is_on_ = true;
  bool is_due_ = false;   // of once(): the one event has come
  bool is_last_ = false;  // the emitter is gone: off once nothing is pending
  bool is_draining_ = false;
  std::list<Pending> pending_;  // needs no memory while it is empty
};

class EmitterCore {
 public:
  EmitterCore() noexcept = default;
  EmitterCore(const EmitterCore&) = delete;
  EmitterCore& operator=(const EmitterCore&) = delete;

  void add_reference() noexcept { references_.fetch_add(1, std::memory_order_relaxed); }
  void drop_reference() noexcept {
    if (references_.fetch_sub(1, std::memory_order_acq_rel) == 1) delete this;
  }

  Ref<Listener> add(Executor* executor, bool is_once, ListenerCallback callback, std::source_location place);
  void emit(const Emission& emission) noexcept;
  static Task<void> emit_in_turn(Ref<EmitterCore> emitter, Emission emission);
  std::size_t listeners() const;
  // Nobody is registered any more; what has been emitted still reaches those it was for.
  void close() noexcept;

  // Waiting for the next event.
  class Wait : public WaitLeaf {
   public:
    void request_cancel(Reason reason) noexcept override;
    std::string_view what() const noexcept override { return "event of an emitter"; }

   protected:
    explicit Wait(Ref<EmitterCore> emitter) noexcept : emitter_(std::move(emitter)) {}
    Wait(Wait&& other) noexcept : WaitLeaf(std::move(other)), emitter_(std::move(other.emitter_)) {}
    bool begin_wait(Waiter& waiter) noexcept;
    Outcome<Emission> take_emission();

   private:
    friend class EmitterCore;
    static constexpr End kClosed = End::closed;
    bool line_up() noexcept;

    Ref<EmitterCore> emitter_;
    Emission emission_;
  };

 private:
  friend class Listener;

  ~EmitterCore() = default;
  void give(const Emission& emission) noexcept;
  std::uint64_t last_number() const noexcept;
  // The first after `number`, up to `last`; null at the end.
  Ref<Listener> next_after(std::uint64_t number, std::uint64_t last) noexcept;

  std::atomic<std::uint32_t> references_{1};
  mutable std::mutex lock_;
  std::map<std::uint64_t, Ref<Listener>> listeners_;
  std::uint64_t last_number_ = 0;
  SpinLock waiters_lock_;
  WaiterList waiters_;
  bool is_closed_ = false;  // under waiters_lock_
};

}  // namespace ringback::internal
