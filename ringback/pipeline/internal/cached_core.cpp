#include "ringback/pipeline/internal/cached_core.h"

namespace ringback::internal {

namespace {

[[noreturn]] void fail_closed() { throw Error(ErrorKind::closed, "Cached", "the cache has been closed"); }

}  // namespace

FlightShare::~FlightShare() {
  if (flight_) core_->leave(*flight_);
}

CachedCore::CachedCore(const CachedOptions& options) : options_(options) {
  RINGBACK_CHECK(options.entries_max != 0, "a Cached that may remember nothing could never give: let it have 1 entry");
}

void CachedCore::close() noexcept {
  bool is_deserted = false;
  {
    std::lock_guard guard(lock_);
    is_closed_ = true;
    is_deserted = flights_count_ == 0;
  }
  if (is_deserted) return deserted_.set();
  while (const Ref<Root> root = next_to_cancel()) root->cancel(Reason::requested);
}

// Each once; what has no root yet will find that it is not wanted.
Ref<Root> CachedCore::next_to_cancel() noexcept {
  std::lock_guard guard(lock_);
  for (Flight* flight = flights_.front(); flight != nullptr; flight = flights_.next(*flight)) {
    if (!std::exchange(flight->is_given_up_, true) && flight->root_) return flight->root_;
  }
  return {};
}

bool CachedCore::is_closed() const noexcept {
  std::lock_guard guard(lock_);
  return is_closed_;
}

void CachedCore::use(CacheEntry& entry) noexcept {
  if (entry.is_linked()) entry.unlink();
  by_use_.push_back(entry);
}

CacheEntry* CachedCore::find_surplus(std::size_t entries) noexcept {
  if (entries <= options_.entries_max) return nullptr;
  CacheEntry* entry = by_use_.front();
  while (entry != nullptr && entry->flight) entry = by_use_.next(*entry);
  return entry;
}

void CachedCore::fail_if_closed_without(bool is_kept) const {
  if (is_closed_ && !is_kept) fail_closed();
}

Ref<Flight> CachedCore::join(CacheEntry& entry, Ref<Flight>& to_launch) {
  if (!entry.flight) {
    if (is_closed_) fail_closed();
    entry.flight = Ref<Flight>::adopt(new Flight());
    entry.flight->entry_ = &entry;
    flights_.push_back(*entry.flight);
    ++flights_count_;
    to_launch = entry.flight;
  }
  return entry.flight;
}

CachedCore::Found CachedCore::find(CacheEntry& entry, TimePoint now, bool fetches_anew) {
  Found found;
  const bool may_serve = !fetches_anew && !entry.is_outdated;
  if (may_serve && entry.value != nullptr) {
    const TimePoint stale_at = saturating_add(entry.value_since, options_.fresh_for);
    if (now < saturating_add(stale_at, options_.stale_for)) found.value = entry.value;
    if (found.value != nullptr && now < stale_at) return found;
  }
  if (found.value != nullptr) {
    join(entry, found.to_launch)->is_wanted_anyway_ = true;
    return found;
  }
  if (!fetches_anew && entry.failure.exists() && now < saturating_add(entry.failed_at, options_.errors_for)) {
    found.failure = entry.failure;
    return found;
  }
  found.flight = join(entry, found.to_launch);
  ++found.flight->shares_;
  return found;
}

CachedCore::Seen CachedCore::see(const CacheEntry& entry, TimePoint now) const {
  Seen seen{CacheState::none, entry.value, entry.failure, static_cast<bool>(entry.flight)};
  if (seen.is_fetching) seen.waiting = entry.flight->shares_;
  if (entry.value == nullptr && seen.is_fetching) {
    seen.state = CacheState::loading;
  } else if (entry.failure.exists()) {
    seen.state = CacheState::error;
  } else if (entry.value != nullptr) {
    const bool is_fresh = !entry.is_outdated && now < saturating_add(entry.value_since, options_.fresh_for);
    seen.state = is_fresh ? CacheState::value : CacheState::stale;
  }
  return seen;
}

void CachedCore::invalidate_entry(CacheEntry& entry) noexcept {
  entry.is_outdated = true;
  entry.failure = {};
  if (!entry.flight) return;
  entry.flight->entry_ = nullptr;
  entry.flight->is_wanted_anyway_ = false;
  entry.flight = {};
}

void CachedCore::launched(Flight& flight, Ref<Root> root) noexcept {
  bool is_given_up = false;
  {
    std::lock_guard guard(lock_);
    flight.root_ = root;
    is_given_up = flight.is_given_up_;
  }
  if (is_given_up) root->cancel(Reason::requested);
}

void CachedCore::land(Flight& flight, Outcome<CachedValue> ended, TimePoint now) noexcept {
  CachedValue old_value;
  Ref<Root> root;
  flight.failure = ended.failure();
  if (ended.ok()) flight.value = *std::move(ended);
  std::lock_guard guard(lock_);
  static_cast<ListLink<FlightTag>&>(flight).unlink();
  root = std::move(flight.root_);
  CacheEntry* const entry = std::exchange(flight.entry_, nullptr);
  if (entry == nullptr) return;
  entry->flight = {};
  if (flight.value != nullptr) {
    old_value = std::exchange(entry->value, flight.value);
    entry->value_since = now;
    entry->is_outdated = false;
    entry->failure = {};
  } else if (!flight.failure.is_cancelled()) {
    entry->failure = flight.failure;
    entry->failed_at = now;
  }
}

// Those who wait may be gone once they were told.
void CachedCore::wake(Flight& flight) noexcept {
  bool is_deserted = false;
  flight.ended.set();
  {
    std::lock_guard guard(lock_);
    is_deserted = --flights_count_ == 0 && is_closed_;
  }
  if (is_deserted) deserted_.set();
}

CachedValue CachedCore::take(const Flight& flight, const Executor* here) const {
  if (flight.value != nullptr) return flight.value;
  if (!flight.failure.is_cancelled()) flight.failure.raise();
  if (is_closed()) fail_closed();
  if (flight.home == here) throw make_aborted("Cached::get", flight.failure.reason());
  return nullptr;
}

// The last one takes the flight with it.
void CachedCore::leave(Flight& flight) noexcept {
  Ref<Root> root;
  {
    std::lock_guard guard(lock_);
    if (--flight.shares_ != 0 || flight.is_wanted_anyway_) return;
    flight.is_given_up_ = true;
    root = flight.root_;
    if (CacheEntry* entry = std::exchange(flight.entry_, nullptr)) entry->flight = {};
  }
  if (root) root->cancel(Reason::requested);
}

}  // namespace ringback::internal
