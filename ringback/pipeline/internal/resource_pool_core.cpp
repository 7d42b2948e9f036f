#include "ringback/pipeline/internal/resource_pool_core.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace ringback::internal {

ResourcePoolCore::ResourcePoolCore(std::size_t total_max, Duration idle_time)
    : total_max_(total_max), idle_time_(idle_time), room_(total_max) {}

ResourcePoolCore::~ResourcePoolCore() {
  RINGBACK_CHECK(visits_ == 0, "a ResourcePool was destroyed while it is used: await close() first");
}

void ResourcePoolCore::close() noexcept {
  bool is_deserted = false;
  {
    std::lock_guard guard(lock_);
    // Said once: by this, or by the last who leaves, who touches nothing of it afterwards.
    is_deserted = !std::exchange(is_closed_, true) && visits_ == 0;
  }
  if (is_deserted) deserted_.set();
}

void ResourcePoolCore::discard_idle() noexcept {
  std::vector<Idle> discarded;
  std::lock_guard guard(lock_);
  discarded.swap(idle_);
}

std::size_t ResourcePoolCore::busy() const noexcept {
  std::lock_guard guard(lock_);
  return busy_;
}

std::size_t ResourcePoolCore::idle() const noexcept {
  std::lock_guard guard(lock_);
  return idle_.size();
}

// They lie in the order in which they were given back.
void ResourcePoolCore::take_expired(TimePoint now, std::vector<Idle>& expired) {
  const auto is_fresh = [this, now](const Idle& idle) { return now - idle.since < idle_time_; };
  const auto fresh = std::ranges::find_if(idle_, is_fresh);
  std::move(idle_.begin(), fresh, std::back_inserter(expired));
  idle_.erase(idle_.begin(), fresh);
}

std::unique_ptr<PooledResource> ResourcePoolCore::find_idle(const KeyRoom& key) noexcept {
  const auto is_of_key = [&key](const Idle& idle) { return idle.key.get() == &key; };
  const auto found = std::find_if(idle_.rbegin(), idle_.rend(), is_of_key);
  if (found == idle_.rend()) return nullptr;
  std::unique_ptr<PooledResource> resource = std::move(found->resource);
  idle_.erase(std::next(found).base());
  return resource;
}

// The oldest, where there are more than there may be.
std::unique_ptr<PooledResource> ResourcePoolCore::find_surplus() noexcept {
  if (idle_.empty() || busy_ + idle_.size() <= total_max_) return nullptr;
  std::unique_ptr<PooledResource> surplus = std::move(idle_.front().resource);
  idle_.erase(idle_.begin());
  return surplus;
}

PoolVisit::PoolVisit(ResourcePoolCore& pool) : pool_(pool) {
  std::lock_guard guard(pool_.lock_);
  if (pool_.is_closed_) throw Error(ErrorKind::closed, "ResourcePool::with", "the pool has been closed");
  ++pool_.visits_;
}

// Whoever waits in close() may destroy the pool once it has been told.
PoolVisit::~PoolVisit() {
  bool is_last = false;
  {
    std::lock_guard guard(pool_.lock_);
    is_last = --pool_.visits_ == 0 && pool_.is_closed_;
  }
  if (is_last) pool_.deserted_.set();
}

PoolSeat::PoolSeat(ResourcePoolCore& pool, std::shared_ptr<KeyRoom> key, Permit of_key, Permit of_all) noexcept
    : pool_(&pool), key_(std::move(key)), of_key_(std::move(of_key)), of_all_(std::move(of_all)) {
  std::lock_guard guard(pool.lock_);
  ++pool.busy_;
}

bool PoolSeat::take_idle(TimePoint now) {
  resource_.reset();
  std::vector<ResourcePoolCore::Idle> expired;
  std::unique_ptr<PooledResource> surplus;
  std::lock_guard guard(pool_->lock_);
  pool_->take_expired(now, expired);
  resource_ = pool_->find_idle(*key_);
  if (resource_ == nullptr) surplus = pool_->find_surplus();
  return resource_ != nullptr;
}

void PoolSeat::give_back(TimePoint now) noexcept {
  if (pool_->idle_time_ > Duration::zero()) {
    try {
      std::lock_guard guard(pool_->lock_);
      pool_->idle_.push_back({key_, std::move(resource_), now});
    } catch (const std::bad_alloc&) {  // It is discarded.
    }
  }
  leave();
}

// The resource first: whoever is let in next may make another.
void PoolSeat::leave() noexcept {
  if (pool_ == nullptr) return;
  resource_.reset();
  {
    std::lock_guard guard(pool_->lock_);
    --pool_->busy_;
  }
  pool_ = nullptr;
  of_all_.release();
  of_key_.release();
}

}  // namespace ringback::internal
