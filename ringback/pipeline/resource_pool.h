// Connections (or whatever is dear to make) that are kept: one is handed to a callback, and taken back.
//
//   ResourcePool<Connection> pool([](std::string host) { return connect(std::move(host)); });
//   std::string name = co_await pool.with("db-1", ask_for_name);     // Task<std::string> ask_for_name(Connection&)
//
// The pool knows how to get at a resource and nothing of what is done with it; the caller the other way
// round. How is an argument too: another back end is another ResourcePool value, and the callers stay.
#pragma once

#include <chrono>
#include <concepts>
#include <map>
#include <optional>
#include <string>
#include <type_traits>

#include "ringback/async/outcome_of.h"
#include "ringback/async/sleep.h"
#include "ringback/async/task.h"
#include "ringback/async/timeout.h"
#include "ringback/base/unique_function.h"
#include "ringback/pipeline/internal/resource_pool_core.h"

namespace ringback {

struct ResourcePoolOptions {
  // How many of one key there are at most, used and idle together; at least 1.
  std::size_t per_key_max = 8;
  // How many there are at most; at least 1. For room, the one that has been idle longest is discarded.
  std::size_t total_max = 64;
  // What has been idle for so long is not used again. It is discarded at the next use of the pool, which has
  // no timer. Zero keeps none.
  Duration idle_time = std::chrono::seconds(60);
  // How long a user waits in line and for the check or the connector, before TimeoutError; none: for ever.
  // It does not limit the use: a timeout() around with() limits all of it.
  std::optional<Duration> acquire_limit = std::nullopt;
};

namespace internal {

template <typename F, typename... Args>
struct PoolCallValue {
  using type = std::remove_cvref_t<std::invoke_result_t<F&, Args...>>;
};
template <typename F, typename... Args>
  requires Operation<std::invoke_result_t<F&, Args...>>
struct PoolCallValue<F, Args...> {
  using type = typename std::invoke_result_t<F&, Args...>::value_type;
};

// What a function or a coroutine gives.
template <typename F, typename... Args>
auto call_and_await(F& function, Args&... args) -> Task<typename PoolCallValue<F, Args&...>::type> {
  if constexpr (Operation<std::invoke_result_t<F&, Args&...>>) {
    co_return co_await function(args...);
  } else {
    co_return function(args...);
  }
}

}  // namespace internal

// Threads: any, for everything. Connector, check and callbacks run in the task that calls with(), so they may
// run at the same time. Lifetime: outlives its users, or it aborts; see close().
//
// Order: first come, first served among the users of one key, and then among those of all keys.
// Errors: what the connector, or the callback, throws reaches the caller; the next caller tries for
// itself. A callback that ends with an error or a cancellation has left its resource in the middle of
// something: that is discarded (destroyed), never handed on. One that handles an error itself and gives a
// value says that the resource is good; give Outcome<R> where an error is no reason to discard.
// Cost of a use: a few tasks and locks, and what the callback costs; the first for a key allocates.
template <typename T, typename Key = std::string>
class ResourcePool {
  static_assert(std::is_nothrow_move_constructible_v<T>, "a resource is moved into the pool: give std::unique_ptr<T>");

 public:
  // `connect` makes a resource: a function of the key that gives a T or, for a coroutine, an operation.
  template <typename Connect>
  explicit ResourcePool(Connect connect, ResourcePoolOptions options = {})
      : ResourcePool(std::move(connect), [](T&) { return true; }, std::move(options)) {}

  // `check` is asked before a resource is used again: a function of T& that gives bool, or a coroutine that
  // does. False, or an error: it is discarded, and another one is looked for or made.
  template <typename Connect, typename Check>
    requires(!std::same_as<Check, ResourcePoolOptions>)
  ResourcePool(Connect connect, Check check, ResourcePoolOptions options = {})
      : options_(check_options(options)), core_(options.total_max, options.idle_time) {
    static_assert(std::invocable<Connect&, const Key&>, "the connector takes the key, and gives a T or an operation");
    static_assert(std::invocable<Check&, T&>, "the check takes a T&, and gives bool or an operation");
    connect_ = [connect = std::move(connect)](const Key& key) mutable { return make(connect, key); };
    check_ = [check = std::move(check)](T& resource) mutable { return internal::call_and_await(check, resource); };
  }
  ResourcePool(const ResourcePool&) = delete;
  ResourcePool& operator=(const ResourcePool&) = delete;

  // Calls `use` with a resource for `key`, idle or new, and gives what it gives: a function of T&, or a
  // coroutine. `use` is kept to the end, so it may capture. What it gives must not refer to the resource.
  //
  // A use that asks the same pool for one more may wait for itself: give it both, or an acquire_limit.
  // Cancel: in line nothing was taken; in the use the resource is discarded.
  // Errors: closed after close(); TimeoutError where acquire_limit has passed.
  template <typename F>
  auto with(Key key, F use) {
    static_assert(std::invocable<F&, T&>,
                  "with() takes the function and calls it: give f, not the result f(...) of having called it");
    if constexpr (std::invocable<F&, T&>) return use_one(*this, std::move(key), std::move(use));
  }

  // No more users (closed), waits for those who have come, also in line, and discards what is idle. The pool
  // may then be destroyed. Cancel: stops waiting; the pool stays closed.
  Task<void> close() {
    core_.close();
    co_await core_.deserted().wait();
    core_.discard_idle();
  }

  // Discards the idle resources, for example because the other side was restarted.
  void discard_idle() noexcept { core_.discard_idle(); }

  // At this moment.
  std::size_t busy() const noexcept { return core_.busy(); }
  std::size_t idle() const noexcept { return core_.idle(); }

 private:
  class Resource final : public internal::PooledResource {
   public:
    explicit Resource(T&& value) noexcept : value(std::move(value)) {}

    T value;
  };

  static const ResourcePoolOptions& check_options(const ResourcePoolOptions& options) {
    RINGBACK_CHECK(options.per_key_max != 0 && options.total_max != 0,
                   "a ResourcePool that may have no resource could never serve: give at least 1");
    return options;
  }

  template <typename Connect>
  static Task<std::unique_ptr<internal::PooledResource>> make(Connect& connect, const Key& key) {
    co_return std::make_unique<Resource>(co_await internal::call_and_await(connect, key));
  }

  static T& value_in(internal::PoolSeat& seat) noexcept { return static_cast<Resource&>(seat.resource()).value; }

  static Task<internal::PoolSeat> acquire(ResourcePool& pool, const Key& key) {
    std::shared_ptr<internal::KeyRoom> room = pool.room_of(key);
    Permit of_key = co_await room->room.acquire();
    Permit of_all = co_await pool.core_.room().acquire();
    internal::PoolSeat seat(pool.core_, std::move(room), std::move(of_key), std::move(of_all));
    while (seat.take_idle(now())) {
      auto good = co_await outcome(pool.check_(value_in(seat)));
      if (good.failure().is_cancelled()) good.failure().raise();
      if (good.ok() && *good) co_return seat;
    }
    seat.put(co_await pool.connect_(key));
    co_return seat;
  }

  template <typename F>
  static auto use_one(ResourcePool& pool, Key key, F use) -> Task<typename internal::PoolCallValue<F, T&>::type> {
    const internal::PoolVisit visit(pool.core_);
    const Deadline until =
        pool.options_.acquire_limit ? Deadline::at(now() + *pool.options_.acquire_limit) : Deadline::never();
    internal::PoolSeat seat = co_await deadline(until, acquire(pool, key));
    auto using_it = internal::call_and_await(use, value_in(seat));
    if constexpr (std::is_void_v<typename internal::PoolCallValue<F, T&>::type>) {
      co_await std::move(using_it);
      give_back(seat);
    } else {
      auto result = co_await std::move(using_it);
      give_back(seat);
      co_return result;
    }
  }

  // Where the caller has been cancelled meanwhile, a value says nothing about the resource.
  static void give_back(internal::PoolSeat& seat) noexcept {
    if (!internal::this_thread.context->is_cancelled_or_expired()) seat.give_back(now());
  }

  // Now and then removes the keys without users and without idle resources.
  std::shared_ptr<internal::KeyRoom> room_of(const Key& key) {
    std::lock_guard guard(lock_);
    if (rooms_.size() >= forget_at_) {
      std::erase_if(rooms_, [](const auto& entry) { return entry.second.use_count() == 1; });
      forget_at_ = 2 * rooms_.size() + kFewKeys;
    }
    std::shared_ptr<internal::KeyRoom>& room = rooms_[key];
    if (room == nullptr) room = std::make_shared<internal::KeyRoom>(options_.per_key_max);
    return room;
  }

  static constexpr std::size_t kFewKeys = 16;

  const ResourcePoolOptions options_;
  unique_function<Task<std::unique_ptr<internal::PooledResource>>(const Key&)> connect_;
  unique_function<Task<bool>(T&)> check_;
  std::mutex lock_;
  std::map<Key, std::shared_ptr<internal::KeyRoom>> rooms_;  // by order, not by hash; outlives what is idle
  std::size_t forget_at_ = kFewKeys;
  internal::ResourcePoolCore core_;
};

}  // namespace ringback
