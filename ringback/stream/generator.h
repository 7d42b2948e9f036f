// A function that gives many values, one each time it is asked: a lazy, synchronous coroutine.
//
//   Generator<int> multiples_of(int step) {
//     for (int value = step;; value += step) co_yield value;
//   }
//   for (int value : multiples_of(7)) { if (value > 100) break; ... }
//
// Nothing runs until begin(); the body then runs to its first co_yield, and on each ++ to the next.
// Leaving the loop early destroys the body where it stands, with all its locals. It cannot co_await:
// for values that have to be waited for, take a Queue, or map() and as_completed().
#pragma once

#include <coroutine>
#include <cstddef>
#include <exception>
#include <iterator>
#include <memory>
#include <ranges>
#include <type_traits>
#include <utility>

#include "ringback/base/check.h"
#include "ringback/base/compiler.h"
#include "ringback/exec/frame_memory.h"

namespace ringback {

// Threads: one at a time; it may be given to another thread between two steps.
// Lifetime: arguments are held in the coroutine as its parameters say: by value, or a reference that
// must outlive it. What an iterator points to lives until the next step.
// Errors: what the body throws comes out of begin() or ++, once; the generator is at its end then.
// Cost: one frame (see frame_memory.h), and two indirect jumps a step.
template <typename T>
class [[nodiscard]] Generator : public std::ranges::view_base {
 public:
  using value_type = std::remove_cvref_t<T>;
  // For Generator<X> an X&: the yielded object itself, which may be moved from.
  using reference = std::conditional_t<std::is_reference_v<T>, T, T&>;

  class promise_type;
  class Iterator;

  Generator(Generator&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
  Generator& operator=(Generator&& other) noexcept {
    Generator taken(std::move(other));
    std::swap(handle_, taken.handle_);
    return *this;
  }
  ~Generator() {
    if (handle_) handle_.destroy();
  }

  // Runs to the first value. Once: a second begin() is a bug and aborts.
  Iterator begin() {
    RINGBACK_CHECK(handle_ && !handle_.promise().has_begun_,
                   "a Generator was begun twice, or after it was moved from: it gives its values once");
    handle_.promise().has_begun_ = true;
    Iterator iterator(handle_);
    ++iterator;
    return iterator;
  }
  std::default_sentinel_t end() const noexcept { return std::default_sentinel; }

 private:
  explicit Generator(std::coroutine_handle<promise_type> handle) noexcept : handle_(handle) {}

  std::coroutine_handle<promise_type> handle_;
};

template <typename T>
class Generator<T>::promise_type {
 public:
  static void* operator new(std::size_t bytes) { return runtime::allocate_frame(bytes); }
  static void operator delete(void* frame, std::size_t bytes) noexcept { runtime::free_frame(frame, bytes); }

  Generator get_return_object() noexcept { return Generator(std::coroutine_handle<promise_type>::from_promise(*this)); }
  std::suspend_always initial_suspend() const noexcept { return {}; }
  std::suspend_always final_suspend() const noexcept { return {}; }
  void return_void() const noexcept {}
  void unhandled_exception() noexcept { failure_ = std::current_exception(); }

  // A temporary lives until the coroutine goes on, so its address is enough.
  std::suspend_always yield_value(std::remove_reference_t<T>& value) noexcept {
    value_ = std::addressof(value);
    return {};
  }
  std::suspend_always yield_value(std::remove_reference_t<T>&& value) noexcept
    requires(!std::is_lvalue_reference_v<T>)
  {
    value_ = std::addressof(value);
    return {};
  }

  template <typename Awaited>
  void await_transform(Awaited&&) = delete;  // A Generator is synchronous: it cannot co_await.

 private:
  friend class Generator;
  friend class Iterator;

  std::add_pointer_t<T> value_ = nullptr;
  std::exception_ptr failure_;
  bool has_begun_ = false;
};

template <typename T>
class Generator<T>::Iterator {
 public:
  using value_type = Generator::value_type;
  using difference_type = std::ptrdiff_t;

  Iterator(Iterator&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
  Iterator& operator=(Iterator&& other) noexcept {
    handle_ = std::exchange(other.handle_, nullptr);
    return *this;
  }

  reference operator*() const noexcept { return static_cast<reference>(*handle_.promise().value_); }

  Iterator& operator++() {
    handle_.resume();
    if (handle_.promise().failure_) std::rethrow_exception(std::exchange(handle_.promise().failure_, nullptr));
    return *this;
  }
  void operator++(int) { ++*this; }

  friend bool operator==(const Iterator& iterator, std::default_sentinel_t) noexcept { return iterator.handle_.done(); }

 private:
  friend class Generator;
  explicit Iterator(std::coroutine_handle<promise_type> handle) noexcept : handle_(handle) {}

  std::coroutine_handle<promise_type> handle_;
};

}  // namespace ringback
