// A place among a Pool's new work, and the line of those who wait for one.
//
//   Admission place = co_await pool.admit();            // waits while the Pool is full
//   Future<int> sum = spawn(std::move(place), work);    // is not refused
//
// What has been admitted counts as accepted: it may begin also after the Pool was shut down, and a
// shutdown waits until the place has been used or dropped.
#pragma once

#include <atomic>
#include <cstdint>
#include <utility>

#include "ringback/base/intrusive_list.h"

namespace ringback {

class Executor;
class Pool;

namespace runtime {
class AdmissionSeeker;
class NewJob;
}  // namespace runtime

// Threads: one at a time; may be given to another thread. Lifetime: the Pool's shutdown waits for it.
class [[nodiscard]] Admission {
 public:
  // Holds nothing.
  Admission() noexcept = default;
  Admission(Admission&& other) noexcept : pool_(std::exchange(other.pool_, nullptr)) {}
  Admission& operator=(Admission&& other) noexcept {
    if (this != &other) {
      release();
      pool_ = std::exchange(other.pool_, nullptr);
    }
    return *this;
  }
  ~Admission() { release(); }

  // Gives the place to the next in line; later calls and the destructor do nothing.
  void release() noexcept {
    if (pool_ != nullptr) give_back();
  }
  explicit operator bool() const noexcept { return pool_ != nullptr; }

  // For spawn() and start(). Aborts where it holds nothing.
  Executor& executor() const noexcept;
  // Queues `job` in this place, which is the job's from here on.
  void use(runtime::NewJob& job) noexcept;

 private:
  friend class Pool;
  friend class runtime::AdmissionSeeker;
  explicit Admission(Pool& pool) noexcept : pool_(&pool) {}
  void give_back() noexcept;

  Pool* pool_ = nullptr;
};

namespace runtime {

// An operation in line for an Admission.
//
// Protocol. end_ is written under the line's lock (in the Pool): none -> given or lost, by the thread that
// serves the line; none -> refused, by a shutdown; none or lost -> cancelled, by cancel. The writer of given
// or refused tells the operation once, outside the lock; the canceller tells a cancelled one.
// Lost: another operation of its race has won; it is out of line and waits for its cancellation.
class AdmissionSeeker : public ListLink<class AdmissionTag> {
 protected:
  enum class End : std::uint8_t { none, lost, given, refused, cancelled };

  AdmissionSeeker() noexcept = default;
  ~AdmissionSeeker() = default;

  // Under the lock: false where it may not take anything any more.
  virtual bool may_take_admission() noexcept = 0;
  // Outside the lock; it may be gone when this returns.
  virtual void tell_admission() noexcept = 0;

  End end() const noexcept { return end_.load(std::memory_order_relaxed); }
  void set_end(End end) noexcept { end_.store(end, std::memory_order_relaxed); }
  // What the end `given` stands for, and the way back to it: the place is the seeker's, no longer `admission`'s.
  static Admission admission_to(Pool& pool) noexcept { return Admission(pool); }
  static void take_over(Admission& admission) noexcept { admission.pool_ = nullptr; }

 private:
  friend class ::ringback::Pool;

  std::atomic<End> end_{End::none};
  bool is_inside_ = false;  // asks from a job of that Pool, which a shutdown does not refuse
};

}  // namespace runtime

}  // namespace ringback
