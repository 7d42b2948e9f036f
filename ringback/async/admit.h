// Waiting for room in a Pool: what `co_await pool.admit()` awaits.
//
//   for (Page& page : pages) {
//     auto place = co_await pool.admit();               // waits while the Pool is full
//     spawn(std::move(place), [&page] { page.render(); });
//   }
#pragma once

#include "ringback/async/leaf.h"
#include "ringback/async/operation.h"
#include "ringback/exec/admission.h"

namespace ringback::runtime {

// See Pool::admit(). Threads: begun in a job of whichever executor. Cancellation: holds nothing; where
// it meets the hand-over the Admission is given. In a race it claims before it takes.
class [[nodiscard]] Admit final : public PostedLeaf, private AdmissionSeeker {
 public:
  using value_type = Admission;

  Admit(Admit&& other) noexcept : PostedLeaf(std::move(other)), pool_(other.pool_) {}
  ~Admit() {
    if (end() == End::given && !is_taken_) const Admission dropped = admission_to(pool_);
  }

  bool begin(Waiter& waiter) noexcept;
  Outcome<Admission> take();

  void request_cancel(Reason reason) noexcept override;
  std::string_view what() const noexcept override { return "room in a pool"; }

 private:
  friend class ::ringback::Pool;
  explicit Admit(Pool& pool) noexcept : pool_(pool) {}

  bool may_take_admission() noexcept override { return waiter().try_claim(); }
  void tell_admission() noexcept override { deliver(); }

  Pool& pool_;
  bool is_taken_ = false;
};

}  // namespace ringback::runtime
