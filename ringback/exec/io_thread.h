// The loop that keeps a Pool's timers and carries out its kernel operations, on a thread of its own.
//
// Threads: the owner calls start() and end(), once each. Lifetime: the home executor outlives it.
// It never counts as a running Loop: requests that stay armed between calls are not made here.
#pragma once

#include <string>
#include <thread>

#include "ringback/exec/loop.h"

namespace ringback {

namespace runtime {

class IoThread final : public Loop {
 public:
  // Expired timers are posted to `home`.
  IoThread(LoopOptions options, Executor& home) : Loop(std::move(options), home) {}
  ~IoThread() override {
    end();
    leave_list();
  }

  // Errors: exhausted where no thread can be made.
  void start(const std::string& name);

  // Runs what was posted before, waits until the kernel owes no result, and joins the thread.
  void end() noexcept;

 private:
  class EndJob final : public Job {
   public:
    bool has_run() const noexcept { return has_run_; }
    void run() noexcept override { has_run_ = true; }

   private:
    bool has_run_ = false;
  };

  std::thread thread_;
  EndJob end_job_;
};

}  // namespace runtime

namespace internal {

// A thread of that name (15 bytes of it) which runs body(). Errors: exhausted.
std::thread make_thread(const std::string& name, void (*body)(void*), void* argument);

}  // namespace internal
}  // namespace ringback
