#include "ringback/async/admit.h"

#include "ringback/exec/pool.h"

namespace ringback {

using namespace runtime;

Admit Pool::admit() noexcept { return Admit(*this); }

bool Admit::begin(Waiter& waiter) noexcept {
  Parked parked = Parked::refused;
  const bool may_try = attach(waiter);
  if (may_try) parked = suspend([this]() noexcept { return !pool_.seek_admission(*this); });
  if (parked != Parked::refused) return parked == Parked::at_once;
  if (may_try) {
    // The deadline has passed: what can complete at once still does.
    if (std::optional<Admission> place = pool_.try_admit()) {
      if (this->waiter().try_claim()) {
        take_over(*place);
        set_end(End::given);
        return true;
      }
    }
  }
  set_end(End::cancelled);
  return true;
}

void Admit::request_cancel(Reason) noexcept {
  if (pool_.forget_admission(*this)) deliver();
}

Outcome<Admission> Admit::take() {
  if (end() == End::given) {
    is_taken_ = true;
    return admission_to(pool_);
  }
  if (end() != End::refused) return cancelled_failure();
  return Failure(Error(ErrorKind::shut_down, "admit", "the Pool has been shut down and accepts no new work"));
}

}  // namespace ringback
