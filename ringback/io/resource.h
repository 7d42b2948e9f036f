// An open descriptor, what errors call it, and who is using it.
//
// Files, pipes and sockets each hold one. Not used by programs directly.
//
// Protocol. `state_` is one atomic word: a count of operations under way, two bits for the directions
// in use, and kClosed. Every operation enters before it uses the descriptor and leaves after; the one that
// brings the count to zero after kClosed was set closes the descriptor, so its number is never used again by
// an operation that has begun. Threads: any.
#pragma once

#include <atomic>
#include <cstdint>
#include <source_location>
#include <string>
#include <string_view>

#include "ringback/base/error.h"
#include "ringback/io/descriptor.h"

namespace ringback::runtime {

class Resource {
 public:
  // What an operation is to the descriptor. Of two in one direction at once the second is refused, since
  // their bytes would mingle; any number of `shared` ones may run beside each other.
  enum class Use : std::uint8_t { shared = 0, reading = 1, writing = 2 };
  enum class Entry : std::uint8_t {
    entered,  // leave() follows
    closed,   // it has been closed
    taken,    // another operation of this direction is under way
  };

  Resource(Descriptor descriptor, std::string name) noexcept
      : descriptor_(std::move(descriptor)), name_(std::move(name)) {}
  Resource(const Resource&) = delete;
  Resource& operator=(const Resource&) = delete;
  ~Resource();

  int fd() const noexcept { return descriptor_.fd(); }
  // A path or the peer's address: the `peer` of errors.
  const std::string& name() const noexcept { return name_; }
  bool is_closed() const noexcept { return (state_.load(std::memory_order_acquire) & kClosed) != 0; }
  bool is_used() const noexcept { return state_.load(std::memory_order_acquire) >= kOne; }
  bool has_reader_or_writer() const noexcept { return (state_.load(std::memory_order_acquire) & kDirections) != 0; }

  // `place`: of the task that uses it, for the error of who comes second.
  Entry enter(Use use, std::source_location place = {}) noexcept;
  void leave(Use use) noexcept;
  // What who comes second is told: see taken_error().
  Error taken_error(Use use, std::string_view operation, std::source_location second) const;

  // Closes once no operation uses it; from now on none may enter. False: closed before.
  bool close() noexcept;
  // As close(), for sockets: what is under way ends at once (see shutdown(2)) with Error closed.
  void close_socket() noexcept;
  // Takes the descriptor out for a close that is awaited. Aborts if an operation uses it.
  Descriptor release() noexcept;

 private:
  static constexpr std::uint32_t kDirections = 3;
  static constexpr std::uint32_t kClosed = 4;
  static constexpr std::uint32_t kOne = 8;

  enum class Closing : std::uint8_t { was_closed, unused, used };
  Closing begin_close() noexcept;

  Descriptor descriptor_;
  const std::string name_;
  std::atomic<std::uint32_t> state_{0};
  // Of the last task that entered to read, and to write. Only for errors, so no order is needed.
  std::atomic<std::source_location> reader_place_;
  std::atomic<std::source_location> writer_place_;
};

// Error invalid for the second of two operations at once in one direction of `peer`: it names both tasks, and says how
// to make one of them wait. `operation`: "write", "tls read", ...; `where`: a descriptor, or empty.
Error taken_error(Resource::Use use, std::string_view operation, std::string_view peer, std::string_view where,
                  std::source_location first, std::source_location second);

}  // namespace ringback::runtime
