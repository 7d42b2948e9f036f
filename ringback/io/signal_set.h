// Signals of the operating system as something to await.
//
//   SignalSet signals({SIGHUP, SIGUSR1});
//   const int which = co_await signals.next();
//
// Threads: made and destroyed on one thread; next() by one task at a time, from anywhere.
// While it lives its signals are blocked in the thread that made it, and in those started after; in
// older threads they keep their old effect. So make it first thing in main().
// Cancellation: no signal is lost. Of several equal ones that come before the next look, one is seen.
#pragma once

#include <csignal>
#include <initializer_list>

#include "ringback/io/ready_operation.h"

namespace ringback {

namespace runtime {
class SignalNext;
}

class SignalSet {
 public:
  // Errors: exhausted; invalid where a number is no signal.
  explicit SignalSet(std::initializer_list<int> signals);
  // Signals that came and were not asked for are dropped.
  ~SignalSet();
  SignalSet(const SignalSet&) = delete;
  SignalSet& operator=(const SignalSet&) = delete;

  // The next signal that comes.
  runtime::SignalNext next() noexcept;

 private:
  sigset_t mine_;
  sigset_t newly_blocked_;
  runtime::Resource resource_;
};

namespace runtime {

class [[nodiscard]] SignalNext : public ReadyOperation {
 public:
  using value_type = int;

  explicit SignalNext(Resource& resource) noexcept;
  SignalNext(SignalNext&&) noexcept = default;
  bool begin(Waiter& waiter) noexcept { return begin_when_ready(waiter); }
  Outcome<int> take();

 private:
  bool try_now() noexcept override;
};

}  // namespace runtime

}  // namespace ringback
