// Writes down, in the measured process, which call was under way when and which thread worked on it.
//
// Threads: any; a lock is taken for each work. Lifetime: outlives its Calls and Works.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <mutex>
#include <vector>

#include "demo/measured.h"

namespace ringback::demo {

class Recorder {
 public:
  // From its construction to its destruction the call is under way.
  class Call {
   public:
    Call(Recorder& recorder, std::size_t index);
    ~Call();
    Call(const Call&) = delete;
    Call& operator=(const Call&) = delete;

   private:
    Recorder& recorder_;
    const std::size_t index_;
  };

  // From its construction to its destruction this thread computes for the call. Not across an await.
  class Work {
   public:
    Work(Recorder& recorder, std::size_t index);
    ~Work();
    Work(const Work&) = delete;
    Work& operator=(const Work&) = delete;

   private:
    Recorder& recorder_;
    const std::size_t index_;
    const std::int64_t begin_ns_;
  };

  explicit Recorder(std::size_t calls);

  // Measures `job` as a whole, from now on the time is zero; gives all but the answers.
  Measured measure(const std::function<void()>& job);

  std::int64_t now_ns() const;

 private:
  std::uint32_t this_thread_index();

  std::chrono::steady_clock::time_point start_;
  std::mutex lock_;
  std::vector<pid_t> thread_ids_;
  Measured measured_;
};

// Of this process, so far.
std::int64_t process_cpu_ns();
// Of the process `pid`, from /proc: the threads it has now, and its greatest resident memory.
// Zero where it is gone.
std::uint64_t thread_count_of(pid_t pid);
std::uint64_t peak_bytes_of(pid_t pid);

}  // namespace ringback::demo
