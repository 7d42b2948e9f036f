// What a ResourcePool is without its types: who may have a resource, and which are idle.
//
// A user goes through the room of its key, then through the room of all: two Semaphores, each first come,
// first served, so a cancelled one passes its place on and nobody overtakes. Past both it has a Seat, and
// takes an idle resource of its key or makes one.
// Protocol. Guarded by lock_: busy_ (Seats), visits_ (users from their beginning to their end), idle_, the
// one used last at the end. busy_ + idle_ is never more than there may be at once: who sits down without
// finding an idle one of its key has the oldest of all discarded. What is discarded dies outside the lock,
// and before its place is given away.
#pragma once

#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "ringback/base/time.h"
#include "ringback/sync/event.h"
#include "ringback/sync/semaphore.h"

namespace ringback::internal {

class PooledResource {
 public:
  PooledResource(const PooledResource&) = delete;
  PooledResource& operator=(const PooledResource&) = delete;
  virtual ~PooledResource() = default;

 protected:
  PooledResource() noexcept = default;
};

// The users of one key; shared with each of them.
struct KeyRoom {
  explicit KeyRoom(std::size_t users_max) : room(users_max) {}

  Semaphore room;
};

class ResourcePoolCore {
 public:
  ResourcePoolCore(std::size_t total_max, Duration idle_time);
  ResourcePoolCore(const ResourcePoolCore&) = delete;
  ResourcePoolCore& operator=(const ResourcePoolCore&) = delete;
  ~ResourcePoolCore();

  Semaphore& room() noexcept { return room_; }
  // Users that have come are waited for; no more may come.
  void close() noexcept;
  // Set when the last of them has left.
  Event& deserted() noexcept { return deserted_; }
  void discard_idle() noexcept;

  std::size_t busy() const noexcept;
  std::size_t idle() const noexcept;

 private:
  friend class PoolVisit;
  friend class PoolSeat;

  struct Idle {
    std::shared_ptr<KeyRoom> key;
    std::unique_ptr<PooledResource> resource;
    TimePoint since;
  };

  // Under the lock.
  void take_expired(TimePoint now, std::vector<Idle>& expired);
  std::unique_ptr<PooledResource> find_idle(const KeyRoom& key) noexcept;
  std::unique_ptr<PooledResource> find_surplus() noexcept;

  const std::size_t total_max_;
  const Duration idle_time_;
  Semaphore room_;
  Event deserted_;
  mutable std::mutex lock_;
  std::size_t busy_ = 0;
  std::size_t visits_ = 0;
  bool is_closed_ = false;
  std::vector<Idle> idle_;
};

// A user, from beginning to end. Throws (closed) where there may be none any more.
class PoolVisit {
 public:
  explicit PoolVisit(ResourcePoolCore& pool);
  PoolVisit(const PoolVisit&) = delete;
  PoolVisit& operator=(const PoolVisit&) = delete;
  ~PoolVisit();

 private:
  ResourcePoolCore& pool_;
};

// A place to have one resource in. What is in it when it dies is discarded.
class PoolSeat {
 public:
  PoolSeat(ResourcePoolCore& pool, std::shared_ptr<KeyRoom> key, Permit of_key, Permit of_all) noexcept;
  PoolSeat(PoolSeat&& other) noexcept
      : pool_(std::exchange(other.pool_, nullptr)),
        key_(std::move(other.key_)),
        of_key_(std::move(other.of_key_)),
        of_all_(std::move(other.of_all_)),
        resource_(std::move(other.resource_)) {}
  PoolSeat& operator=(PoolSeat&&) = delete;
  ~PoolSeat() { leave(); }

  // Puts one in that is idle. False: there is none, and one may be made.
  bool take_idle(TimePoint now);
  void put(std::unique_ptr<PooledResource> resource) noexcept { resource_ = std::move(resource); }
  PooledResource& resource() noexcept { return *resource_; }
  // Leaves it to the next user.
  void give_back(TimePoint now) noexcept;

 private:
  void leave() noexcept;

  ResourcePoolCore* pool_;  // null once it has been left
  std::shared_ptr<KeyRoom> key_;
  Permit of_key_;
  Permit of_all_;
  std::unique_ptr<PooledResource> resource_;
};

}  // namespace ringback::internal
