// Something that has happened or has not: all wait until it has.
#pragma once

#include "ringback/sync/waiter_list.h"

namespace ringback {

// Threads: any, for everything, from tasks, callbacks and wait() at once.
// Lifetime: must outlive everyone waiting in it; destroying it under a waiter aborts.
class Event {
 public:
  Event() noexcept = default;
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;

  class [[nodiscard]] Wait final : public internal::WaitLeaf {
   public:
    using value_type = void;
    Wait(Wait&& other) noexcept : WaitLeaf(std::move(other)), event_(other.event_) {}

    bool begin(runtime::Waiter& waiter) noexcept;
    Outcome<void> take() noexcept {
      if (end() == End::cancelled) [[unlikely]]
        return cancelled_failure();
      return {};
    }
    void request_cancel(Reason reason) noexcept override;
    std::string_view what() const noexcept override { return "event"; }

   private:
    friend class Event;
    explicit Wait(Event& event) noexcept : event_(&event) {}
    bool look() noexcept;
    bool look_and_line_up() noexcept;

    Event* event_;
  };

  // The event has happened: resumes all waiters, and wait() completes at once until reset(). A second set() does
  // nothing.
  void set() noexcept;

  // It is to happen anew. Waiters that were let go stay so.
  void reset() noexcept;

  // Threads: any; says nothing about whether set() has returned, so do not destroy the event on it.
  bool is_set() const noexcept { return is_set_.load(std::memory_order_acquire); }

  // Completes when it is set; at once where it is. A waiter that was let go sees that, whatever
  // reset() did since.
  //
  // Cancel: as if it had never waited. Cost: no allocation.
  Wait wait() noexcept { return Wait(*this); }

 private:
  runtime::SpinLock lock_;
  std::atomic<bool> is_set_{false};  // written under lock_
  internal::WaiterList line_;
};

}  // namespace ringback
