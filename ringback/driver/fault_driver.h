// A driver around another one that lets the k-th request go wrong, for tests: run a program once to
// count its requests, then once for each k, and see that every error reaches somebody.
//
//   auto driver = std::make_unique<runtime::FaultDriver>(make_driver(), runtime::Fault{.at = k, .error = EIO});
//
// Threads and lifetime: as for any driver.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "ringback/driver/driver.h"

namespace ringback::runtime {

struct Fault {
  // Which request, counted from 1 in the order of submit(); 0 is none.
  std::uint64_t at = 0;
  // After `at`, every so many further ones; 0 is only that one.
  std::uint64_t every = 0;
  // The errno it ends with, without having been carried out (but close closes all the same, as in
  // Linux). 0: not an error, the transfer is short instead.
  int error = 0;
  // Where `error` is 0: read, write, receive and send move this many bytes at most.
  std::uint32_t bytes_max = 1;
  // Who tells the error: submit() itself, or a later poll().
  bool at_once = false;
};

class FaultDriver final : public Driver {
 public:
  explicit FaultDriver(std::unique_ptr<Driver> inner, Fault fault = {});
  ~FaultDriver() override;

  // Requests submitted so far, and how many of them were made to go wrong. Threads: the driver's.
  std::uint64_t submitted() const noexcept { return submitted_; }
  std::uint64_t struck() const noexcept { return struck_; }

  // From now on; requests that are in flight stay as they are.
  void set_fault(Fault fault) noexcept { fault_ = fault; }

  std::string_view name() const noexcept override { return inner_->name(); }
  bool has_own_time() const noexcept override { return inner_->has_own_time(); }
  TimePoint now() noexcept override { return inner_->now(); }
  std::uint64_t random() noexcept override { return inner_->random(); }
  bool submit(KernelRequest& request, Result& now) noexcept override;
  void cancel(KernelRequest& request) noexcept override;
  std::size_t poll(Deadline until) noexcept override;
  void wake() noexcept override { inner_->wake(); }
  int wake_fd() noexcept override;
  std::size_t in_flight() const noexcept override { return inner_->in_flight() + failed_count_; }

 private:
  // Goes to the kernel in place of a request that is to be short.
  class Short;

  bool strikes() const noexcept;
  bool submit_short(KernelRequest& request, Result& now) noexcept;
  std::size_t deliver_failed() noexcept;

  std::unique_ptr<Driver> inner_;
  Fault fault_;
  std::uint64_t submitted_ = 0;
  std::uint64_t struck_ = 0;
  std::size_t failed_count_ = 0;
  bool embedded_ = false;
  std::unique_ptr<internal::RequestList> failed_;  // the errno in each request's word
  std::vector<std::unique_ptr<Short>> shorts_;     // in flight
};

}  // namespace ringback::runtime
