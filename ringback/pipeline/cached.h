// Answers that are kept: asked for once, given to all who want them, and asked for again when they are old.
//
//   Cached<std::string, Page> pages(fetch, {.fresh_for = 10s, .stale_for = 1min});  // Task<Page> fetch(std::string)
//   Page page = co_await pages.get("/news");  // fetched, or as it was kept
//   auto seen = pages.peek("/news");          // without waiting: loading, value, stale, error
//   pages.invalidate("/news");                // it has changed: the next get() fetches
//
// However many ask for a key at the same time, it is fetched once.
#pragma once

#include <map>
#include <memory>
#include <type_traits>
#include <vector>

#include "ringback/async/sleep.h"
#include "ringback/async/task.h"
#include "ringback/base/unique_function.h"
#include "ringback/pipeline/emitter.h"
#include "ringback/pipeline/internal/cached_core.h"
#include "ringback/pipeline/internal/lasting_root.h"

namespace ringback {

namespace internal {

template <typename Key, typename T>
class CachedState;

}  // namespace internal

// Threads: any, for everything. Time is that of the executor which asks; on a plain thread, the clock's.
//
// A fetch runs on the executor of its first caller, which does not end before the fetch does (nor does wait(),
// on Inline). It does not inherit that caller's cancellation or deadline. A cancelled caller stops waiting, and
// the other callers get the value; when the last waiting caller is cancelled, the fetch is cancelled. A fetch
// that was begun behind a stale value cannot be cancelled. If its executor is shut down, a caller that waits on
// another executor fetches again there.
//
// A fetch that asks for its own key would wait for itself.
//
// Lifetime: dropping it cancels what is being fetched and does not wait for that; what `fetch` refers to has
// to outlive close(), which does. Who waits then gets Error closed.
//
// Errors: what the fetch throws, to all who wait for it. It is not kept unless errors_for says so.
// Keys are compared by <; each caller gets a copy of the value: let T be a std::shared_ptr if copies are expensive.
// Cost: what is kept is given for a task and a lock; a fetch allocates a few times.
template <typename Key, typename T>
class Cached {
  static_assert(std::is_copy_constructible_v<T>, "a value is given to many: let it be std::shared_ptr<const T>");
  using State = internal::CachedState<Key, T>;

 public:
  // What is known at this moment. Threads: a value of its own.
  struct Seen {
    CacheState state = CacheState::none;
    std::shared_ptr<const T> value;  // null where there is none; beside `error`, the one before
    Failure failure;                 // where the state is error
    bool is_fetching = false;        // a fetch is under way
    std::size_t waiting = 0;         // how many wait for it

    // The first value is on its way.
    bool is_loading() const noexcept { return state == CacheState::loading; }
  };

  // `fetch` asks for one: a function of the key that gives a T or, for a coroutine, an operation.
  template <typename Fetch>
  explicit Cached(Fetch fetch, const CachedOptions& options = {}) : state_(std::make_shared<State>(options)) {
    static_assert(std::invocable<Fetch&, const Key&>, "the fetch takes the key, and gives a T or an operation");
    state_->set_fetch(std::move(fetch));
  }
  Cached(const Cached&) = delete;
  Cached& operator=(const Cached&) = delete;
  ~Cached() { state_->close(); }

  // The value: at once where it is fresh, or stale and still to be given; else from a fetch.
  //
  // Cancel: stops waiting; see above for the fetch. Errors: the fetch's; closed; aborted where the executor
  // was shut down.
  Task<T> get(Key key) { return State::get(state_, std::move(key), false); }

  // A new value, however fresh the one that is there; a fetch that is under way will do.
  Task<T> refetch(Key key) { return State::get(state_, std::move(key), true); }

  // Without waiting, and without asking for it.
  Seen peek(const Key& key) const { return state_->peek(key); }

  // What is there has changed elsewhere: it counts as stale, and the next get() fetches anew. A fetch that is
  // under way may have seen the old: it goes on for those who wait for it, and is not kept.
  void invalidate(const Key& key) { state_->invalidate(key); }
  void invalidate_all() { state_->invalidate_all(); }

  // Calls `callback` with the key when something happened to it that peek() shows: a fetch has begun or
  // ended (who waits for it goes on after that), or it was invalidated. That time passes is not told. A
  // Registration goes before the Cached does. See Emitter::on().
  template <typename F>
  Registration on_change(F callback, std::source_location place = std::source_location::current()) {
    return state_->changes().on(std::move(callback), place);
  }
  template <typename F>
  Registration on_change(Executor& executor, F callback, std::source_location place = std::source_location::current()) {
    return state_->changes().on(executor, std::move(callback), place);
  }

  // How many keys are remembered.
  std::size_t size() const { return state_->size(); }

  // Cancels what is being fetched, and waits for its clean-up; nothing is fetched any more (closed). What is
  // kept stays readable. Cancel: stops waiting; it stays closed.
  Task<void> close() {
    const std::shared_ptr<State> state = state_;
    state->close();
    co_await state->deserted().wait();
  }

 private:
  const std::shared_ptr<State> state_;
};

namespace internal {

template <typename Key, typename T>
class FlightRoot;

template <typename Key, typename T>
class CachedState final : public CachedCore, public std::enable_shared_from_this<CachedState<Key, T>> {
 public:
  using CachedCore::CachedCore;

  template <typename Fetch>
  void set_fetch(Fetch fetch) {
    fetch_ = [fetch = std::move(fetch)](const Key& key) mutable { return fetch_one(fetch, key); };
  }
  Emitter<Key>& changes() noexcept { return changes_; }

  static Task<T> get(std::shared_ptr<CachedState> state, Key key, bool fetches_anew) {
    CachedValue value;
    while (value == nullptr) {
      Found found = state->look_up(key, now(), fetches_anew);
      const FlightShare share(state, std::move(found.flight));
      if (found.to_launch) state->launch(std::move(found.to_launch), key);
      if (found.failure.exists()) found.failure.raise();
      value = std::move(found.value);
      if (value != nullptr) break;
      co_await share.flight().ended.wait();
      value = state->take(share.flight(), this_thread.executor);
    }
    co_return T(*static_cast<const T*>(value.get()));
  }

  typename Cached<Key, T>::Seen peek(const Key& key) const {
    Seen seen;
    {
      std::lock_guard guard(lock_);
      const auto found = entries_.find(key);
      if (found != entries_.end()) seen = see(found->second, now());
    }
    return {seen.state, std::static_pointer_cast<const T>(std::move(seen.value)), std::move(seen.failure),
            seen.is_fetching, seen.waiting};
  }

  void invalidate(const Key& key) {
    {
      std::lock_guard guard(lock_);
      const auto found = entries_.find(key);
      if (found == entries_.end()) return;
      invalidate_entry(found->second);
    }
    changes_.emit(key);
  }
  void invalidate_all() {
    std::vector<Key> keys;
    {
      std::lock_guard guard(lock_);
      for (auto& [key, entry] : entries_) {
        keys.push_back(key);
        invalidate_entry(entry);
      }
    }
    for (const Key& key : keys) changes_.emit(key);
  }
  std::size_t size() const {
    std::lock_guard guard(lock_);
    return entries_.size();
  }

  void landed(Flight& flight, Outcome<CachedValue> ended, const Key& key) noexcept {
    land(flight, std::move(ended), now());
    tell(key);
    wake(flight);
  }

 private:
  struct Entry : CacheEntry {
    const Key* key = nullptr;
  };
  using Entries = std::map<Key, Entry>;

  Found look_up(const Key& key, TimePoint now, bool fetches_anew) {
    std::vector<typename Entries::node_type> forgotten;  // dies outside the lock
    std::lock_guard guard(lock_);
    fail_if_closed_without(entries_.contains(key));
    Entry& entry = entries_[key];
    if (entry.key == nullptr) entry.key = &entries_.find(key)->first;
    use(entry);
    Found found = find(entry, now, fetches_anew);
    while (CacheEntry* surplus = find_surplus(entries_.size())) {
      surplus->unlink();
      forgotten.push_back(entries_.extract(*static_cast<Entry*>(surplus)->key));
    }
    return found;
  }

  template <typename Fetch>
  static Task<CachedValue> fetch_one(Fetch& fetch, const Key& key) {
    if constexpr (Operation<std::invoke_result_t<Fetch&, const Key&>>) {
      co_return std::make_shared<const T>(co_await fetch(key));
    } else {
      co_return std::make_shared<const T>(fetch(key));
    }
  }
  // In a task, whose executor it is begun on. The key outlives the fetch: in its root.
  void launch(Ref<Flight> flight, const Key& key) {
    Ref<Root> root;
    try {
      root = FlightRoot<Key, T>::make(*this_thread.executor, this->shared_from_this(), flight, key);
    } catch (...) {
      landed(*flight, Failure::from_current(), key);
      throw;
    }
    flight->home = &root->home();
    launched(*flight, root);
    tell(key);
    root->start_along();
  }
  // Not after close(): a listener may use objects that are gone.
  void tell(const Key& key) noexcept {
    try {
      if (!is_closed()) changes_.emit(key);
    } catch (...) {
      report_unhandled({Failure::from_current(), {}, "nobody was told of a change in a Cached"});
    }
  }

  friend FlightRoot<Key, T>;

  unique_function<Task<CachedValue>(const Key&)> fetch_;
  Entries entries_;  // by order, not by hash
  Emitter<Key> changes_;
};

// A fetch of one key.
template <typename Key, typename Value>
class FlightRoot final : public LastingRoot<Task<CachedValue>> {
  using State = CachedState<Key, Value>;

 public:
  static Ref<Root> make(Executor& home, std::shared_ptr<State> state, Ref<Flight> flight, const Key& key) {
    auto kept_key = std::make_shared<const Key>(key);
    Task<CachedValue> work = fetch(state, kept_key);
    return Ref<Root>::adopt(
        new FlightRoot(home, std::move(work), std::move(state), std::move(flight), std::move(kept_key)));
  }

 private:
  FlightRoot(Executor& home, Task<CachedValue> work, std::shared_ptr<State> state, Ref<Flight> flight,
             std::shared_ptr<const Key> key) noexcept
      : LastingRoot(home, std::move(work), {}),
        state_(std::move(state)),
        flight_(std::move(flight)),
        key_(std::move(key)) {}

  static Task<CachedValue> fetch(std::shared_ptr<State> state, std::shared_ptr<const Key> key) {
    co_return co_await state->fetch_(*key);
  }
  void work_ended() noexcept override { state_->landed(*flight_, this->take_outcome(), *key_); }

  const std::shared_ptr<State> state_;
  const Ref<Flight> flight_;
  const std::shared_ptr<const Key> key_;
};

}  // namespace internal
}  // namespace ringback
