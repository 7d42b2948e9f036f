// A driver's lists of requests, linked through the requests themselves: no allocation, removal in
// O(1), and the one door to the words a KernelRequest keeps for its driver.
//
// Threads: none of its own. Lifetime: owns nothing.
#pragma once

#include <cstdint>

#include "ringback/driver/driver.h"

namespace ringback::internal {

class RequestList {
 public:
  RequestList() noexcept = default;
  RequestList(const RequestList&) = delete;
  RequestList& operator=(const RequestList&) = delete;

  bool empty() const noexcept { return first_ == nullptr; }
  KernelRequest* front() noexcept { return first_; }
  // Null after the last one.
  static KernelRequest* next(const KernelRequest& request) noexcept { return request.driver_next_; }

  void push_back(KernelRequest& request) noexcept {
    request.driver_next_ = nullptr;
    request.driver_previous_ = last_;
    (last_ != nullptr ? last_->driver_next_ : first_) = &request;
    last_ = &request;
  }

  // `request` is in this list.
  void remove(KernelRequest& request) noexcept {
    (request.driver_previous_ != nullptr ? request.driver_previous_->driver_next_ : first_) = request.driver_next_;
    (request.driver_next_ != nullptr ? request.driver_next_->driver_previous_ : last_) = request.driver_previous_;
    request.driver_next_ = request.driver_previous_ = nullptr;
  }

  // Null where the list is empty.
  KernelRequest* pop_front() noexcept {
    KernelRequest* request = first_;
    if (request != nullptr) remove(*request);
    return request;
  }

  // Moves everything of `other` behind what is here.
  void take_all(RequestList& other) noexcept {
    while (KernelRequest* request = other.pop_front()) push_back(*request);
  }

  bool contains(const KernelRequest& request) const noexcept {
    for (const KernelRequest* each = first_; each != nullptr; each = each->driver_next_) {
      if (each == &request) return true;
    }
    return false;
  }

  // The word a driver keeps in its request. What it means is that driver's business.
  static std::uint32_t& state(KernelRequest& request) noexcept { return request.driver_state_; }

 private:
  KernelRequest* first_ = nullptr;
  KernelRequest* last_ = nullptr;
};

}  // namespace ringback::internal
