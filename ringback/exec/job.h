// A piece of work that an executor runs once: the node that queues link, with no allocation.
#pragma once

#include <source_location>
#include <utility>

#include "ringback/base/runtime.h"

namespace ringback::runtime {

// Lifetime: belongs to the executor from post() until run() is entered; run() may destroy it or
// post it again. Threads: run() is called on the executor's thread (Loop) or on a worker (Pool).
class Job {
 public:
  virtual void run() noexcept = 0;

  // Where the work was created that this is a step of, for a coroutine where it is defined; nowhere (line 0) where
  // that is not known. Before run(); for reports.
  virtual std::source_location place() const noexcept { return {}; }

  // For the queue that holds the job, which alone reads and writes it; not initialised before.
  Job* next_job;

 protected:
  Job() noexcept {}  // NOLINT(cppcoreguidelines-pro-type-member-init)
  ~Job() = default;
  // Moving gives a job that is in no queue: only one that has not been posted may be moved.
  Job(Job&&) noexcept {}  // NOLINT(cppcoreguidelines-pro-type-member-init)
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

  // The one that is next; behind it next_job leads on. For reports.
  const Job* first() const noexcept { return first_; }

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

  // Where jobs can be put in: in front of all, or behind what insert() put in and gave the place of,
  // as long as that is still here.
  using Place = Job**;
  Place front_place() noexcept { return &first_; }
  // Moves all of `other`, which is not empty, to `place`; gives the place behind it.
  Place insert(Place place, JobQueue& other) noexcept {
    const Place behind = other.last_link_;
    Job* const rest = *place;
    *behind = rest;
    *place = other.pop_all();
    if (rest == nullptr) last_link_ = behind;
    return behind;
  }

 private:
  Job* first_ = nullptr;
  Job** last_link_ = &first_;  // where the next job's address goes
};

}  // namespace ringback::runtime
