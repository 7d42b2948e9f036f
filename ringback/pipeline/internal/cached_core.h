// What a Cached is without its types: what is known of each key, and the flights that fetch it.
//
// A flight is one fetch, as a root of its own (see root.h) on the executor of whoever asked first, tied to
// no scope: the first to ask may be cancelled while others wait. Those who wait hold a Share of it; when the
// last Share goes before the end, the flight is given up, which cancels it.
// Protocol. All fields of entries and flights are guarded by lock_, but for a flight's end: value and failure
// are written before `ended` is set, and only read after. An entry and its flight point to each other until
// the flight ends, is given up, or the entry is invalidated: such a flight goes on for those who wait for it,
// and changes nothing here. `flights_` has all that run. Values die outside the lock.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>

#include "ringback/async/root.h"
#include "ringback/base/intrusive_list.h"
#include "ringback/base/time.h"
#include "ringback/sync/event.h"

namespace ringback {

// What is known of a key.
enum class CacheState : std::uint8_t {
  none,     // nothing: nobody has asked, or it has been forgotten
  loading,  // asked for, for the first time
  value,    // there, and fresh
  stale,    // there, and too old, or invalidated
  error,    // the last fetch failed; the value before it may still be there
};

struct CachedOptions {
  // How long a value is given without asking again.
  Duration fresh_for = std::chrono::minutes(1);
  // How long after that it is still given, while a new one is fetched behind it. Zero: get() waits.
  Duration stale_for = Duration::zero();
  // How long an error is given without asking again. Zero: errors are not kept, the next get() asks.
  Duration errors_for = Duration::zero();
  // How many keys are remembered at most, at least 1. For room, the one asked for longest ago is forgotten.
  std::size_t entries_max = 1024;
};

namespace internal {

using CachedValue = std::shared_ptr<const void>;

struct CacheEntry;

class Flight final : public ListLink<class FlightTag> {
 public:
  void add_reference() noexcept { references_.fetch_add(1, std::memory_order_relaxed); }
  void drop_reference() noexcept {
    if (references_.fetch_sub(1, std::memory_order_acq_rel) == 1) delete this;
  }

  Event ended;
  CachedValue value;
  Failure failure;
  const Executor* home = nullptr;  // to compare, not to use

 private:
  friend class CachedCore;

  std::atomic<std::uint32_t> references_{1};
  CacheEntry* entry_ = nullptr;
  Ref<Root> root_;
  std::size_t shares_ = 0;
  bool is_wanted_anyway_ = false;  // begun behind a stale value
  bool is_given_up_ = false;
};

struct CacheEntry : ListLink<class CacheUseTag> {
  CachedValue value;
  TimePoint value_since{};
  bool is_outdated = false;  // the value was invalidated
  Failure failure;           // of the last fetch
  TimePoint failed_at{};
  Ref<Flight> flight;
};

class CachedCore;

// One who waits for a flight.
class FlightShare {
 public:
  FlightShare() noexcept = default;
  FlightShare(std::shared_ptr<CachedCore> core, Ref<Flight> flight) noexcept
      : core_(std::move(core)), flight_(std::move(flight)) {}
  FlightShare(FlightShare&&) noexcept = default;
  FlightShare& operator=(FlightShare&&) = delete;
  ~FlightShare();

  Flight& flight() const noexcept { return *flight_; }

 private:
  std::shared_ptr<CachedCore> core_;
  Ref<Flight> flight_;
};

class CachedCore {
 public:
  explicit CachedCore(const CachedOptions& options);
  CachedCore(const CachedCore&) = delete;
  CachedCore& operator=(const CachedCore&) = delete;

  // No more flights; those there are end. `deserted` is set when they have.
  void close() noexcept;
  Event& deserted() noexcept { return deserted_; }
  bool is_closed() const noexcept;
  // A flight that was given to launch has its root now.
  void launched(Flight& flight, Ref<Root> root) noexcept;
  // Its end: first what is known of the key changes; then, when that has been told, who waits goes on.
  void land(Flight& flight, Outcome<CachedValue> ended, TimePoint now) noexcept;
  void wake(Flight& flight) noexcept;
  // What waiting for it gave. Null: its executor was shut down, and somebody else may try.
  CachedValue take(const Flight& flight, const Executor* here) const;
  void leave(Flight& flight) noexcept;

 protected:
  ~CachedCore() = default;

  // What a call finds: a value, a failure, or a flight to wait for. `to_launch` is to be begun by it.
  struct Found {
    CachedValue value;
    Failure failure;
    Ref<Flight> flight;
    Ref<Flight> to_launch;
  };
  struct Seen {
    CacheState state = CacheState::none;
    CachedValue value;
    Failure failure;
    bool is_fetching = false;
    std::size_t waiting = 0;
  };

  // Under the lock.
  // Where nothing is kept that could still be given.
  void fail_if_closed_without(bool is_kept) const;
  Found find(CacheEntry& entry, TimePoint now, bool fetches_anew);
  Seen see(const CacheEntry& entry, TimePoint now) const;
  void invalidate_entry(CacheEntry& entry) noexcept;
  void use(CacheEntry& entry) noexcept;
  // Which one may be forgotten, where there are more than there may be.
  CacheEntry* find_surplus(std::size_t entries) noexcept;

  mutable std::mutex lock_;

 private:
  Ref<Flight> join(CacheEntry& entry, Ref<Flight>& to_launch);
  Ref<Root> next_to_cancel() noexcept;

  const CachedOptions options_;
  IntrusiveList<CacheEntry, CacheUseTag> by_use_;  // the one asked for longest ago first
  IntrusiveList<Flight, FlightTag> flights_;
  std::size_t flights_count_ = 0;
  bool is_closed_ = false;
  Event deserted_;
};

}  // namespace internal
}  // namespace ringback
