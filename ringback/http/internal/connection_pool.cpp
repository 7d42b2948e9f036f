#include "ringback/http/internal/connection_pool.h"

#include <algorithm>
#include <utility>

namespace ringback::http::internal {
namespace {

// What was idle since then has been so for too long.
TimePoint oldest(TimePoint now, Duration idle_time) noexcept {
  return now < TimePoint::min() + idle_time ? TimePoint::min() : now - idle_time;
}

}  // namespace

std::unique_ptr<ByteStream> Origin::take_idle(TimePoint now) {
  close_idle(oldest(now, limits_.idle_time));
  std::lock_guard guard(lock_);
  if (idle_.empty()) return nullptr;
  std::unique_ptr<ByteStream> stream = std::move(idle_.back().stream);
  idle_.pop_back();
  return stream;
}

void Origin::put_idle(std::unique_ptr<ByteStream> stream, TimePoint now) {
  std::unique_ptr<ByteStream> surplus;  // closed outside the lock
  if (limits_.idle_max == 0) return;
  std::lock_guard guard(lock_);
  if (idle_.size() >= limits_.idle_max) {
    surplus = std::move(idle_.front().stream);
    idle_.erase(idle_.begin());
  }
  idle_.push_back({std::move(stream), now});
}

void Origin::close_idle(TimePoint older_than) {
  std::vector<Idle> closed;
  std::lock_guard guard(lock_);
  const auto fresh = std::ranges::find_if(idle_, [older_than](const Idle& idle) { return idle.since > older_than; });
  std::move(idle_.begin(), fresh, std::back_inserter(closed));
  idle_.erase(idle_.begin(), fresh);
}

std::size_t Origin::idle_count() const {
  std::lock_guard guard(lock_);
  return idle_.size();
}

// Idle first, then the room: who is let in finds it.
void Lease::give_back(TimePoint now) {
  origin_->put_idle(std::move(stream_), now);
  permit_.release();
}

void Lease::drop() noexcept {
  stream_.reset();
  permit_.release();
}

std::shared_ptr<Origin> ConnectionPool::origin(const std::string& name, TimePoint now) {
  std::lock_guard guard(lock_);
  forget_unused(now);
  std::shared_ptr<Origin>& origin = origins_[name];
  if (origin == nullptr) origin = std::make_shared<Origin>(limits_);
  return origin;
}

// A crawler meets many origins once, so now and then the origins without connections are removed. No other thread
// can take one meanwhile: that needs the lock.
void ConnectionPool::forget_unused(TimePoint now) {
  if (looked_at_ > oldest(now, limits_.idle_time)) return;
  looked_at_ = now;
  for (auto& [name, origin] : origins_) origin->close_idle(oldest(now, limits_.idle_time));
  std::erase_if(origins_,
                [](const auto& entry) { return entry.second.use_count() == 1 && entry.second->idle_count() == 0; });
}

void ConnectionPool::close_idle() noexcept {
  std::lock_guard guard(lock_);
  for (auto& [name, origin] : origins_) origin->close_idle(TimePoint::max());
}

std::size_t ConnectionPool::idle_count() const {
  std::lock_guard guard(lock_);
  std::size_t count = 0;
  for (const auto& [name, origin] : origins_) count += origin->idle_count();
  return count;
}

}  // namespace ringback::http::internal
