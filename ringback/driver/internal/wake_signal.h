// How another thread ends the wait of a driver: one word that says whether anybody sleeps, and an
// eventfd that is written only if so.
//
// Protocol. `state_` is awake (the owner is busy), asleep (it waits in the kernel, or somebody else
// does so on its descriptor) or woken (a raise() that no wait has seen yet).
//   raise(), any thread:   anything -> woken; writes the eventfd only where it found `asleep`.
//   begin_wait(), owner:   awake -> asleep; fails where it finds `woken`.
//   end_wait(), owner:     anything -> awake; true where it finds `woken`.
//   rest(), owner:         awake -> asleep, for an embedded driver between two polls.
// So any number of raises before one wait cost one write at most, and none while the owner is busy.
// The eventfd is never read: it is watched for edges, and its count cannot overflow in a lifetime.
// A write that comes late (its raise has been seen already) ends one wait for nothing; waits are
// written to go on then.
#pragma once

#include <atomic>
#include <cstdint>

namespace ringback::internal {

class WakeSignal {
 public:
  // Errors: exhausted where there is no descriptor.
  WakeSignal();
  ~WakeSignal();
  WakeSignal(const WakeSignal&) = delete;
  WakeSignal& operator=(const WakeSignal&) = delete;

  // Close-on-exec, for edge-triggered waiting.
  int descriptor() const noexcept { return descriptor_; }

  // Threads: any.
  void raise() noexcept;

  // False: do not wait, a raise is there.
  bool begin_wait() noexcept {
    State expected = State::awake;
    return state_.compare_exchange_strong(expected, State::asleep, std::memory_order_seq_cst) ||
           expected == State::asleep;
  }

  // After a wait, or instead of one. True: there was a raise since the last end_wait().
  bool end_wait() noexcept { return state_.exchange(State::awake, std::memory_order_seq_cst) == State::woken; }

  // From now on another loop sleeps for the owner between polls; the owner calls rest() at the end of each poll.
  // That loop sleeps on `eventfd`, which a wake then writes too; with -1, on what contains descriptor().
  void embed(int eventfd = -1) noexcept {
    eventfd_.store(eventfd, std::memory_order_relaxed);
    embedded_ = true;
    rest();
  }
  bool embedded() const noexcept { return embedded_; }
  void rest() noexcept;

 private:
  enum class State : std::uint8_t { awake, asleep, woken };

  void write_descriptors() noexcept;

  int descriptor_;
  std::atomic<int> eventfd_{-1};  // by the owner, before rest() says `asleep`
  bool embedded_ = false;
  std::atomic<State> state_{State::awake};
};

}  // namespace ringback::internal
