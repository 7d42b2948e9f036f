// What the tests of the drivers share: one suite over every driver, requests that remember their
// results, and descriptors that close themselves.
#pragma once

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "ringback/driver/driver.h"

namespace ringback {

// A request that remembers what it was told.
class Recorded final : public runtime::KernelRequest {
 public:
  using Code = runtime::RequestWords::Code;

  Recorded() = default;
  explicit Recorded(Code code, int fd = -1) {
    words.code = code;
    words.fd = fd;
  }

  // Submits; a result that is there at once is recorded like any other.
  void submit_to(runtime::Driver& driver);

  bool ended() const { return ended_; }
  std::int32_t value() const { return results.empty() ? -12345 : results.back().value; }

  void on_result(runtime::Result result) noexcept override;

  std::vector<runtime::Result> results;
  std::function<void()> then;  // called at each result

 private:
  bool ended_ = true;
};

// A descriptor, closed at the end.
class Descriptor {
 public:
  explicit Descriptor(int fd = -1) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Descriptor() { close(); }

  int get() const { return fd_; }
  int release() { return std::exchange(fd_, -1); }
  void close();

 private:
  int fd_;
};

struct Pair {
  Descriptor near;
  Descriptor far;
};

// Connected stream sockets; a pipe, whose near end reads. All non-blocking, close-on-exec.
Pair make_socket_pair();
Pair kernel_pipe();

// A TCP listener on a free port of the loopback, and the address to reach it.
struct Listener {
  Descriptor socket;
  sockaddr_storage address{};
  socklen_t address_bytes = 0;
};
Listener make_listener();
Descriptor make_tcp_socket();

// A file without a name, holding `text`.
Descriptor make_file(const std::string& text);

std::size_t open_descriptors();

class DriverTest : public testing::TestWithParam<const char*> {
 protected:
  // A driver of the kind under test.
  std::unique_ptr<runtime::Driver> make(const DriverOptions& options = {}) const;
  bool is(const char* name) const { return std::string(GetParam()) == name; }

  runtime::Driver& driver() {
    if (driver_ == nullptr) driver_ = make();
    return *driver_;
  }
  void use(std::unique_ptr<runtime::Driver> driver) { driver_ = std::move(driver); }

  // Polls until `done()`; hangs where it never is, which the test's time limit ends.
  template <typename Done>
  void poll_until(Done&& done) {
    while (!done()) driver().poll(Deadline::never());
  }
  void finish(Recorded& request) {
    poll_until([&] { return request.ended(); });
  }
  // One look.
  std::size_t look() { return driver().poll(Deadline::at(TimePoint::min())); }

  // Submits and waits for the end; gives the last value.
  std::int32_t carry_out(Recorded& request) {
    request.submit_to(driver());
    finish(request);
    return request.value();
  }

  void TearDown() override;

 private:
  std::unique_ptr<runtime::Driver> driver_;
};

constexpr auto kPast = Deadline::at(TimePoint::min());

// One suite for every driver: INSTANTIATE_TEST_SUITE_P(Each, Suite, kDrivers, driver_name).
inline const auto kDrivers = testing::Values("uring", "epoll", "virtual");
// Those whose time is real.
inline const auto kKernelDrivers = testing::Values("uring", "epoll");
inline std::string driver_name(const testing::TestParamInfo<const char*>& info) { return info.param; }

// The words of common requests.
Recorded& read_into(Recorded& request, int fd, std::span<char> into, std::int64_t offset = -1);
Recorded& write_from(Recorded& request, int fd, std::string_view text, std::int64_t offset = -1);
Recorded& receive_into(Recorded& request, int fd, std::span<char> into);
Recorded& send_from(Recorded& request, int fd, std::string_view text);
Recorded& connect_to(Recorded& request, int fd, const Listener& listener);

}  // namespace ringback
