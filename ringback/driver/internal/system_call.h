// A request as plain system calls: tried without waiting, or carried out however long it takes.
//
// Threads: any.
#pragma once

#include <fcntl.h>
#include <signal.h>

#include <cstdint>

#include "ringback/driver/driver.h"

namespace ringback::internal {

enum class Tried : std::uint8_t {
  done,         // the result is there
  would_block,  // the descriptor is not ready
  file,         // only perform() can do it: a file, of which nothing says when it is ready
};

// Not for receive_many, accept_many. `value` becomes the result where it is done. Waits for nobody,
// not even on a blocking descriptor; one exception is close(), which may wait for a slow disk.
Tried try_now(const RequestWords& words, std::int32_t& value) noexcept;

// Carries out read, write, open, sync or close, and waits for as long as it takes.
std::int32_t perform(const RequestWords& words) noexcept;

// True for what has no readiness: regular files, directories, disks.
bool is_file(int fd) noexcept;

// Waits until `fd` is readable, a signal came or `until` has passed.
void wait_for_signal(int fd, Deadline until) noexcept;

// True where the kernel knows RWF_NOSIGNAL: a write to a closed pipe is an error and nothing else.
bool kernel_writes_without_signal() noexcept;

// Keeps a write in its scope from raising SIGPIPE on this thread, for kernels without RWF_NOSIGNAL.
// A signal that the write has raised is taken away; one that was pending before stays.
class WithoutPipeSignal {
 public:
  // Where not `needed` it does nothing.
  explicit WithoutPipeSignal(bool needed = true) noexcept;
  ~WithoutPipeSignal();
  WithoutPipeSignal(const WithoutPipeSignal&) = delete;
  WithoutPipeSignal& operator=(const WithoutPipeSignal&) = delete;

 private:
  const bool needed_;
  bool was_pending_ = false;
  sigset_t before_;
};

// What `open` names by its words.
inline int directory_of(const RequestWords& words) noexcept { return words.fd == -1 ? AT_FDCWD : words.fd; }
inline mode_t mode_of(const RequestWords& words) noexcept {
  return words.offset < 0 ? mode_t{0} : static_cast<mode_t>(words.offset);
}

}  // namespace ringback::internal
