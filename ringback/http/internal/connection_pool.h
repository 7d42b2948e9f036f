// The connections of a client: for each origin so many at most, and some of them idle.
//
// An Origin is shared by the pool and by every Lease, so a lease may outlive the client. Threads: any.
// The room of an origin is a Semaphore, whose line is first come, first served; who is through it takes
// an idle connection or makes a new one.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "ringback/base/time.h"
#include "ringback/io/byte_stream.h"
#include "ringback/sync/semaphore.h"

namespace ringback::http::internal {

struct PoolLimits {
  std::size_t connections_max;
  std::size_t idle_max;
  Duration idle_time;
};

class Origin {
 public:
  explicit Origin(const PoolLimits& limits) : limits_(limits), room_(limits.connections_max) {}

  Semaphore& room() noexcept { return room_; }
  // The one used last; null where there is none. Those that have been idle for too long are closed.
  std::unique_ptr<ByteStream> take_idle(TimePoint now);
  void put_idle(std::unique_ptr<ByteStream> stream, TimePoint now);
  void close_idle(TimePoint older_than);
  std::size_t idle_count() const;

 private:
  struct Idle {
    std::unique_ptr<ByteStream> stream;
    TimePoint since;
  };

  const PoolLimits limits_;
  Semaphore room_;
  mutable std::mutex lock_;
  std::vector<Idle> idle_;  // the one used last at the end
};

// A connection that somebody uses. Dropped it closes; given back it is idle, for the next.
class Lease {
 public:
  Lease(std::shared_ptr<Origin> origin, Permit permit, std::unique_ptr<ByteStream> stream, bool was_used) noexcept
      : origin_(std::move(origin)), permit_(std::move(permit)), stream_(std::move(stream)), was_used_(was_used) {}

  ByteStream& stream() noexcept { return *stream_; }
  // It has carried an exchange before, so the server may have closed it since.
  bool was_used() const noexcept { return was_used_; }
  bool is_held() const noexcept { return stream_ != nullptr; }
  void give_back(TimePoint now);
  void drop() noexcept;

 private:
  std::shared_ptr<Origin> origin_;
  Permit permit_;  // ends before its origin, and after the stream
  std::unique_ptr<ByteStream> stream_;
  bool was_used_;
};

class ConnectionPool {
 public:
  explicit ConnectionPool(const PoolLimits& limits) noexcept : limits_(limits) {}

  std::shared_ptr<Origin> origin(const std::string& name, TimePoint now);
  void close_idle() noexcept;
  std::size_t idle_count() const;

 private:
  void forget_unused(TimePoint now);

  const PoolLimits limits_;
  mutable std::mutex lock_;
  std::map<std::string, std::shared_ptr<Origin>> origins_;
  TimePoint looked_at_ = TimePoint::min();
};

}  // namespace ringback::http::internal
