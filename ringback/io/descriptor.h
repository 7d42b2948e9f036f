// A file descriptor that closes itself.
//
// Threads: none of its own. Every descriptor the library makes is close-on-exec.
#pragma once

#include <utility>

namespace ringback {

class Descriptor {
 public:
  Descriptor() noexcept = default;
  // Takes `fd` over; -1 is none.
  explicit Descriptor(int fd) noexcept : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    Descriptor taken(std::move(other));
    std::swap(fd_, taken.fd_);
    return *this;
  }
  ~Descriptor() { close(); }

  int fd() const noexcept { return fd_; }
  bool is_open() const noexcept { return fd_ >= 0; }

  // Gives the descriptor to the caller, who closes it.
  int release() noexcept { return std::exchange(fd_, -1); }

  // What close(2) reports is lost: for a file that was written, await File::close() instead.
  void close() noexcept;

 private:
  int fd_ = -1;
};

}  // namespace ringback
