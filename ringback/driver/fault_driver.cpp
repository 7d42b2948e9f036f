#include "ringback/driver/fault_driver.h"

#include <algorithm>
#include <utility>

#include "ringback/driver/internal/request_list.h"

namespace ringback::runtime {
namespace {

using Code = RequestWords::Code;

bool has_length(Code code) noexcept {
  return code == Code::read || code == Code::write || code == Code::receive || code == Code::send;
}

}  // namespace

class FaultDriver::Short final : public KernelRequest {
 public:
  Short(FaultDriver& driver, KernelRequest& original) noexcept : driver_(driver), original_(original) {
    words = original.words;
    words.length = std::min(words.length, driver.fault_.bytes_max);
  }

  KernelRequest& original() const noexcept { return original_; }

  void on_result(Result result) noexcept override {
    KernelRequest& original = original_;
    std::erase_if(driver_.shorts_, [this](const auto& each) { return each.get() == this; });  // destroys *this
    original.on_result(std::move(result));
  }

 private:
  FaultDriver& driver_;
  KernelRequest& original_;
};

FaultDriver::FaultDriver(std::unique_ptr<Driver> inner, Fault fault)
    : inner_(std::move(inner)), fault_(fault), failed_(std::make_unique<internal::RequestList>()) {}

FaultDriver::~FaultDriver() = default;

bool FaultDriver::strikes() const noexcept {
  if (fault_.at == 0 || submitted_ < fault_.at) return false;
  return submitted_ == fault_.at || (fault_.every != 0 && (submitted_ - fault_.at) % fault_.every == 0);
}

bool FaultDriver::submit(KernelRequest& request, Result& now) noexcept {
  ++submitted_;
  if (!strikes()) return inner_->submit(request, now);
  ++struck_;
  if (fault_.error == 0) return submit_short(request, now);
  if (request.words.code == Code::close) attempt(request.words, now);
  now = Result{-fault_.error, false, {}};
  if (fault_.at_once) return true;
  internal::RequestList::state(request) = static_cast<std::uint32_t>(now.value);
  failed_->push_back(request);
  ++failed_count_;
  if (embedded_) inner_->wake();
  return false;
}

bool FaultDriver::submit_short(KernelRequest& request, Result& now) noexcept {
  if (!has_length(request.words.code)) return inner_->submit(request, now);
  shorts_.push_back(std::make_unique<Short>(*this, request));
  if (!inner_->submit(*shorts_.back(), now)) return false;
  shorts_.pop_back();
  return true;
}

void FaultDriver::cancel(KernelRequest& request) noexcept {
  if (failed_->contains(request)) return;
  const auto found =
      std::find_if(shorts_.begin(), shorts_.end(), [&](const auto& each) { return &each->original() == &request; });
  inner_->cancel(found != shorts_.end() ? **found : request);
}

std::size_t FaultDriver::poll(Deadline until) noexcept {
  if (failed_->empty()) return inner_->poll(until);
  return inner_->poll(Deadline::at(TimePoint::min())) + deliver_failed();
}

std::size_t FaultDriver::deliver_failed() noexcept {
  std::size_t delivered = 0;
  for (std::size_t left = failed_count_; left != 0; --left, ++delivered) {
    KernelRequest& request = *failed_->pop_front();
    --failed_count_;
    request.on_result(Result{static_cast<std::int32_t>(internal::RequestList::state(request)), false, {}});
  }
  return delivered;
}

int FaultDriver::wake_fd() noexcept {
  embedded_ = true;
  return inner_->wake_fd();
}

}  // namespace ringback::runtime
