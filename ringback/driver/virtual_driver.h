// A driver whose time jumps: when nothing is ready, "now" moves to the next deadline at once.
//
// Programs that sleep for hours are tested in milliseconds, and the same program gives the same
// times in every run. Kernel requests are passed on to an inner real driver (made at the first
// one); while any of them is in flight, time does not jump before one look at the kernel found
// nothing ready. Files are opened, read, written, synchronised and closed on the spot, so that the
// speed of a disk decides nothing.
#pragma once

#include <atomic>
#include <memory>

#include "ringback/driver/driver.h"

namespace ringback {

class VirtualDriver final : public runtime::Driver {
 public:
  // `inner` and `inner_options` are for the driver of kernel requests.
  explicit VirtualDriver(std::uint64_t seed = 1, DriverKind inner = DriverKind::any,
                         const DriverOptions& inner_options = {});
  ~VirtualDriver() override;

  std::string_view name() const noexcept override { return "virtual"; }
  bool has_own_time() const noexcept override { return true; }
  // Starts at one hour, so that moments in the past can be written down.
  TimePoint now() noexcept override { return now_; }
  std::uint64_t random() noexcept override;
  bool submit(runtime::KernelRequest& request, runtime::Result& now) noexcept override;
  void cancel(runtime::KernelRequest& request) noexcept override;
  // With no deadline and nothing in flight it waits for a wake() like any driver.
  std::size_t poll(Deadline until) noexcept override;
  void wake() noexcept override;
  int wake_fd() noexcept override;
  std::size_t in_flight() const noexcept override;

  // Moves time forward by hand.
  void advance(Duration length) noexcept { now_ += length; }

 private:
  runtime::Driver* inner() noexcept;
  std::size_t wait_for_ever() noexcept;

  TimePoint now_{std::chrono::hours(1)};
  std::uint64_t random_state_;
  DriverKind inner_kind_;
  DriverOptions inner_options_;
  int inner_error_ = 0;
  std::unique_ptr<runtime::Driver> inner_;
  std::atomic<runtime::Driver*> waker_{nullptr};  // inner_, for wake() on other threads
  std::atomic<bool> woken_{false};
};

}  // namespace ringback
