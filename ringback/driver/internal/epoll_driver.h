// The driver over epoll: tried at once, and waited for where it would block.
//
// Per descriptor there is one waiter for reading and one for writing. A wait arms the descriptor
// for one event (EPOLLONESHOT), whose user data is the descriptor and the number of that arming,
// never a pointer: an event of an earlier arming, or of a file that has since been closed, is
// recognised and dropped. Each wait arms anew, so that numbers that were closed and used again
// behind the driver's back, and descriptors that were on another driver meanwhile, are found out
// (ENOENT, EEXIST) instead of never being heard of again.
//
// Who received less than asked for and receives again waits without a try, which would find
// nothing: an answered request costs three system calls then and not four. What has come in
// between is not missed, because arming looks again.
//
// Files have no readiness: they are read and written at once where the page cache allows it, and
// on a few helper threads otherwise.
#pragma once

#include <cstdint>
#include <vector>

#include "ringback/driver/driver.h"
#include "ringback/driver/internal/file_threads.h"
#include "ringback/driver/internal/request_list.h"
#include "ringback/driver/internal/wake_signal.h"

namespace ringback::internal {

class EpollDriver final : public Driver {
 public:
  // Errors: exhausted.
  explicit EpollDriver(const DriverOptions& options);
  ~EpollDriver() override;

  std::string_view name() const noexcept override { return "epoll"; }
  TimePoint now() noexcept override { return std::chrono::steady_clock::now(); }
  std::uint64_t random() noexcept override;
  bool submit(KernelRequest& request, Result& now) noexcept override;
  void cancel(KernelRequest& request) noexcept override;
  std::size_t poll(Deadline until) noexcept override;
  void wake() noexcept override { signal_.raise(); }
  int wake_fd() noexcept override;
  std::size_t in_flight() const noexcept override { return in_flight_; }

 private:
  struct Slot {
    KernelRequest* reader = nullptr;
    KernelRequest* writer = nullptr;
    std::uint32_t arming = 0;  // the number of the last one
    bool registered = false;   // as far as we know
    bool drained = false;      // the last receive took all there was
  };

  void own() noexcept;
  bool would_only_find_it_drained(const RequestWords& words) noexcept;
  std::int32_t begin_wait(KernelRequest& request) noexcept;
  std::int32_t begin_file(KernelRequest& request) noexcept;
  std::int32_t arm(int fd) noexcept;
  void forget(int fd) noexcept;
  void leave(KernelRequest& request) noexcept;
  void end(KernelRequest& request, std::int32_t value) noexcept;

  int deliver_events(bool may_sleep, Deadline until, std::size_t& delivered) noexcept;
  std::size_t on_event(int fd, std::uint32_t arming, std::uint32_t events) noexcept;
  std::size_t serve(int fd, KernelRequest& request) noexcept;
  std::size_t serve_many(int fd, KernelRequest& request) noexcept;
  bool accept_one(const KernelRequest& request, Result& result) noexcept;
  bool receive_chunk(const KernelRequest& request, Result& result) noexcept;
  std::size_t finish(KernelRequest& request, std::int32_t value) noexcept;
  std::size_t deliver_ended() noexcept;

  const DriverOptions options_;
  std::uint64_t random_state_;
  // By descriptor. Made with room for those of a small program, so that its requests allocate nothing.
  std::vector<Slot> slots_ = std::vector<Slot>(64);
  WakeSignal signal_;
  int epoll_;
  FileThreads files_;
  std::vector<std::byte> scratch_;  // receive_many reads here before it knows how much there is
  std::uint64_t owner_ = 0;
  std::size_t in_flight_ = 0;
  bool polling_ = false;
  bool woken_ = false;
  RequestList ended_;  // the result in each request's word
};

}  // namespace ringback::internal
