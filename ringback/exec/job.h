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
  JobQueue() noexcept = default;
  JobQueue(JobQueue&& other) noexcept { append(other); }
  JobQueue& operator=(JobQueue&&) = delete;

  bool empty() const noexcept { return first_ == nullptr; }

  void push(Job& job) noexcept {
    job.next_job = nullptr;
    *last_link_ = &job;
    last_link_ = &job.next_job;
  }

  // Null where the queue is empty.
  Job* pop() noexcept {
    Job* job = first_;
    if (job != nullptr) {
      first_ = job->next_job;
      if (first_ == nullptr) last_link_ = &first_;
    }
    return job;
  }

  // Takes everything out, as a chain of next_job that ends in null.
  Job* pop_all() noexcept {
    last_link_ = &first_;
    return std::exchange(first_, nullptr);
  }

  // The same as a queue.
  JobQueue take() noexcept { return JobQueue(std::move(*this)); }

  // Moves all of `other` behind what is here.
  void append(JobQueue& other) noexcept {
    if (other.empty()) return;
    *last_link_ = other.first_;
    last_link_ = other.last_link_;
    other.pop_all();
  }

 private:
  Job* first_ = nullptr;
  Job** last_link_ = &first_;  // where the next job's address goes
};

}  // namespace ringback
