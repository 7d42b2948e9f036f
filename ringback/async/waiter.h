// Who is told when an operation completes. The four waits are four Waiters.
#pragma once

#include <algorithm>
#include <atomic>
#include <source_location>

#include "ringback/async/context.h"
#include "ringback/exec/job.h"

namespace ringback {

namespace runtime {

class Waiter;

// One word that decides a race: operations that hand something over (an item, a permit) must win it
// before they do, so that only the winner of a race takes anything. Threads: any.
class Claim {
 public:
  // True for the first caller, and again for that same waiter.
  bool try_win(const Waiter& waiter) noexcept {
    const Waiter* none = nullptr;
    return winner_.compare_exchange_strong(none, &waiter, std::memory_order_acq_rel, std::memory_order_acquire) ||
           none == &waiter;
  }
  // Gives a claim that was won back, where the handing over could not happen after all.
  void give_back() noexcept { winner_.store(nullptr, std::memory_order_release); }
  bool is_won() const noexcept { return winner_.load(std::memory_order_acquire) != nullptr; }
  bool is_won_by(const Waiter& waiter) const noexcept { return winner_.load(std::memory_order_acquire) == &waiter; }

 private:
  std::atomic<const Waiter*> winner_{nullptr};
};

// Lifetime: outlives the operation it waits for. A job too, so that it can be posted where it
// cannot go on at once; its place() is where the task was created that waits.
class Waiter : public Job {
 public:
  // The operation has ended; take() of it may be called from here on. Called once, in a job of
  // context().executor(), never from inside begin().
  virtual void complete() noexcept = 0;

  // For operations that claim before they take: true where `this` may have what is on offer. A
  // waiter outside every race always may. Once true, the operation must complete.
  virtual bool try_claim() noexcept { return true; }

  Context& context() const noexcept { return *context_; }

  // The task that awaits this one directly; null where there is none. For reports, while this waits.
  virtual const Waiter* awaited_by() const noexcept { return nullptr; }

 protected:
  Waiter() noexcept = default;
  explicit Waiter(Context& context) noexcept : context_(&context) {}
  ~Waiter() = default;
  Waiter(Waiter&&) noexcept = default;

  void run() noexcept override { complete(); }

  Context* context_ = nullptr;
};

}  // namespace runtime

namespace internal {

// Of kAtOnceMost, refusals of a cancelled scope weigh four times as much (64), since a loop that swallows
// them does nothing else.
inline constexpr std::uint32_t kRefusalWeight = 4;

// An await ended with the cancellation of its scope.
inline void note_cancelled(Context& context) noexcept {
  context.harden();
  std::uint32_t& left = this_thread.at_once_left;
  left -= std::min(left, kRefusalWeight - 1);
}

}  // namespace internal

}  // namespace ringback
