// A piece of work that an executor runs once: the node that queues link, with no allocation.
#pragma once

#include <utility>

namespace ringback {

// Lifetime: belongs to the executor from post() until run() is entered; run() may destroy it or
// post it again. Threads: run() is called on the executor's thread (Loop) or on a worker (Pool).
class Job {
 public:
  virtual void run() noexcept = 0;

  // For whatever queue holds the job; nobody else reads or writes it.
  Job* next_job = nullptr;

 protected:
  Job() noexcept = default;
  ~Job() = default;
  // Moving gives a job that is in no queue: only one that has not been posted may be moved.
  Job(Job&&) noexcept : next_job(nullptr) {}
  Job& operator=(Job&&) = delete;
};

// Jobs in the order they were put in. Threads: none of its own.
class JobQueue {
 public:
  bool empty() const noexcept { return first_ == nullptr; }

  void push(Job& job) noexcept {
    job.next_job = nullptr;
    if (last_ == nullptr) {
      first_ = &job;
    } else {
      last_->next_job = &job;
    }
    last_ = &job;
  }

  // Null where the queue is empty.
  Job* pop() noexcept {
    Job* job = first_;
    if (job != nullptr) {
      first_ = job->next_job;
      if (first_ == nullptr) last_ = nullptr;
    }
    return job;
  }

  // Takes everything out, as a chain of next_job that ends in null.
  Job* pop_all() noexcept {
    last_ = nullptr;
    return std::exchange(first_, nullptr);
  }

  // Moves all of `other` behind what is here.
  void append(JobQueue& other) noexcept {
    if (other.first_ == nullptr) return;
    if (last_ == nullptr) {
      first_ = other.first_;
    } else {
      last_->next_job = other.first_;
    }
    last_ = other.last_;
    other.first_ = other.last_ = nullptr;
  }

  // Takes everything, leaving this queue empty.
  JobQueue take() noexcept { return JobQueue(std::exchange(first_, nullptr), std::exchange(last_, nullptr)); }

  JobQueue() noexcept = default;
  JobQueue(JobQueue&& other) noexcept
      : first_(std::exchange(other.first_, nullptr)), last_(std::exchange(other.last_, nullptr)) {}
  JobQueue& operator=(JobQueue&&) = delete;

 private:
  JobQueue(Job* first, Job* last) noexcept : first_(first), last_(last) {}

  Job* first_ = nullptr;
  Job* last_ = nullptr;
};

}  // namespace ringback
