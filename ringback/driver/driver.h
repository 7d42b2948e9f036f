// The kernel behind one interface: requests go in, results come out, time passes, sleepers wake.
//
// A Driver belongs to one thread at a time, the one that calls poll(); everything but wake() is
// called on that thread only. Another thread may take over while nothing is in flight; with
// something in flight that aborts. There are three: io_uring, epoll (chosen by make_driver) and the
// virtual clock of tests (virtual_driver.h). All pass one suite, driver_test.cpp.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include <sys/socket.h>

#include "ringback/base/time.h"
#include "ringback/driver/chunk.h"

namespace ringback {

namespace runtime {
class Driver;
}

namespace internal {
class RequestList;
}

namespace runtime {

// What a request asks for, as plain values. `offset` -1 means "at the file's own position".
struct RequestWords {
  enum class Code : std::uint8_t {
    nop,           // completes at the next poll with 0
    read,          // fd buffer length offset           -> bytes, 0 at the end
    write,         // fd buffer length offset           -> bytes
    receive,       // fd buffer length flags            -> bytes, 0 at the end (sockets)
    receive_many,  // fd                                -> chunks until cancelled, the end or an error
    send,          // fd buffer length flags            -> bytes (MSG_NOSIGNAL is always added)
    send_message,  // fd message flags                  -> bytes: as sendmsg(2), for a datagram with its address
    accept,        // fd                                -> a new descriptor, non-blocking, close-on-exec
    accept_many,   // fd                                -> descriptors until cancelled or an error
    connect,       // fd address address_bytes          -> 0
    poll,          // fd flags (POLLIN, POLLOUT, ...)   -> the events that are there
    open,          // path flags mode (fd: AT_FDCWD)    -> a new descriptor, close-on-exec
    sync,          // fd flags (1: data only)           -> 0
    close,         // fd                                -> 0
  };

  Code code = Code::nop;
  int fd = -1;
  std::uint32_t length = 0;
  std::uint32_t flags = 0;
  union {
    void* buffer = nullptr;       // read, receive
    const void* constant_buffer;  // write, send
    const sockaddr* address;      // connect; `length` is its size
    const msghdr* message;        // send_message
    const char* path;             // open
  };
  std::int64_t offset = -1;  // read, write; open: the mode
};

// One answer of the kernel. `value` is what the code above gives, or a negative errno. The last
// result of receive_many is 0 or negative, that of accept_many negative: chunks and descriptors
// come with `more` only.
struct Result {
  std::int32_t value = 0;
  bool more = false;  // receive_many, accept_many: further results follow
  Chunk chunk;        // receive_many: the bytes, where value > 0
};

// A request on its way. Derive, fill `words`, and submit.
//
// Lifetime: from submit() until the last result has been delivered (the first one with `more`
// false) the request, its buffer, address, message and path belong to the kernel: they stay where they are,
// cancelled or not. on_result() may submit, cancel, or destroy the request itself on its last result.
class KernelRequest {
 public:
  RequestWords words;

  // Called on the driver's thread, from poll() only, once for every result.
  virtual void on_result(Result result) noexcept = 0;

 protected:
  KernelRequest() noexcept = default;
  ~KernelRequest() = default;
  KernelRequest(const KernelRequest&) = delete;
  KernelRequest& operator=(const KernelRequest&) = delete;

 private:
  friend class internal::RequestList;
  KernelRequest* driver_next_ = nullptr;  // for the driver that has it: its own lists
  KernelRequest* driver_previous_ = nullptr;
  std::uint32_t driver_state_ = 0;
};

class Driver {
 public:
  virtual ~Driver() = default;

  // "uring", "epoll", "virtual" or "simulated".
  virtual std::string_view name() const noexcept = 0;

  // Its clock is the program's own: it stands still while the program runs, and jumps when it waits.
  virtual bool has_own_time() const noexcept { return false; }

  virtual TimePoint now() noexcept = 0;

  // A pseudo-random number; the same sequence for the same seed. Not for secrets.
  virtual std::uint64_t random() noexcept = 0;

  // Hands `request` over. True: it has completed already, `now` holds its result and on_result()
  // will not be called. False: the result arrives in a later poll(). Never blocks; a full
  // submission queue is flushed to the kernel. Calls no on_result() from inside.
  virtual bool submit(KernelRequest& request, Result& now) noexcept = 0;

  // Asks the kernel to give `request` up, which is in flight. The last result still arrives, from a
  // later poll(): -ECANCELED, or the real one where that came first. Cancel before you close the
  // descriptor: epoll would never hear of it again (and aborts where the close is a request too).
  virtual void cancel(KernelRequest& request) noexcept = 0;

  // Hands over what was submitted, waits until there is a result, a wake() or `until` has passed,
  // then delivers every result that is there. With a deadline that has passed: looks, never waits.
  // Interruptions by signals are absorbed. Gives the number of results delivered.
  virtual std::size_t poll(Deadline until) noexcept = 0;

  // Ends the poll() that is waiting, or the next one. Threads: any, at any time between
  // construction and destruction. Several before one poll() count as one.
  virtual void wake() noexcept = 0;

  // A descriptor that polls readable when poll() would have something to do, for embedding in a
  // foreign loop; submitting and cancelling between two polls make it readable, too. Owned by the
  // driver; ask again after another thread has taken over. A negative errno where there is none.
  virtual int wake_fd() noexcept = 0;

  // Requests that still owe a result. Zero before the driver may be destroyed.
  virtual std::size_t in_flight() const noexcept = 0;
};

// One attempt with plain system calls that never waits: true where it completed (or failed for
// good) and `now` holds the result, false where it would block. Touches no driver. For sockets and
// pipes that are non-blocking; regular files count as always ready. Threads: any.
// Not for receive_many, accept_many.
bool attempt(const RequestWords& words, Result& now) noexcept;

}  // namespace runtime

struct DriverOptions {
  // Entries of the submission queue; 0 stands for the default of 256. (io_uring)
  std::uint32_t queue_entries = 0;
  // Buffers for receive_many: how many, a power of two, and how large each is. While most are out as
  // chunks, further chunks are copies on the heap; with epoll all are. (io_uring)
  std::uint32_t chunk_count = 256;
  std::uint32_t chunk_bytes = 4096;
  std::uint64_t seed = 0;  // of random(); 0 takes one from the system
};

enum class DriverKind : std::uint8_t { any, uring, epoll };

// A driver for the calling thread. `any` reads RINGBACK_DRIVER ("uring" or "epoll"; another value
// is an Error invalid), else takes io_uring where the kernel offers what is needed and epoll
// otherwise. Errors: unsupported where `kind` was named and cannot be had; exhausted.
std::unique_ptr<runtime::Driver> make_driver(DriverKind kind = DriverKind::any, const DriverOptions& options = {});

}  // namespace ringback
