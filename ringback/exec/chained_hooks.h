// A listener to the hooks that hands on to the one that was there: several may come and go.
#pragma once

#include <cstddef>

#include "ringback/exec/hooks.h"

namespace ringback::runtime {

// Derive, and override what you want to hear of; call the overridden function too, which hands it on.
//
// Threads: any. Lifetime: as Hooks, to the end of the process; listen() and stop() may alternate.
class ChainedHooks : public Hooks {
 public:
  // From the first listen() to the stop() that answers it.
  void listen() noexcept;
  void stop() noexcept;

  void job_begins(Executor& executor, const Job& job) noexcept override {
    if (Hooks* const before = this->before()) before->job_begins(executor, job);
  }
  void job_goes_on(Executor& executor, const Job& step) noexcept override {
    if (Hooks* const before = this->before()) before->job_goes_on(executor, step);
  }
  void job_ended(Executor& executor) noexcept override {
    if (Hooks* const before = this->before()) before->job_ended(executor);
  }
  void sleep_begins(Executor& executor) noexcept override {
    if (Hooks* const before = this->before()) before->sleep_begins(executor);
  }
  void sleep_ended(Executor& executor) noexcept override {
    if (Hooks* const before = this->before()) before->sleep_ended(executor);
  }

 protected:
  ChainedHooks() noexcept = default;
  ~ChainedHooks() = default;

  // False after the last stop(): a call that still comes is for who was there before.
  bool is_listening() const noexcept { return is_on_.load(std::memory_order_relaxed); }

 private:
  Hooks* before() const noexcept { return before_.load(std::memory_order_acquire); }

  // Both under the lock of all chains.
  std::size_t listening_ = 0;
  bool is_behind_another_ = false;
  std::atomic<bool> is_on_{false};
  std::atomic<Hooks*> before_{nullptr};
};

}  // namespace ringback::runtime
