// A callable that is moved, never copied: std::function for callbacks that own something.
//
// Callables of up to four pointers that move without throwing are held in place; others take one
// allocation. Calling an empty one is a bug and aborts. Threads: none of its own.
#pragma once

#include <cstddef>
#include <memory>
#include <new>
#include <type_traits>
#include <utility>

#include "ringback/base/check.h"

namespace ringback {

template <typename Signature>
class unique_function;

template <typename R, typename... Args>
class unique_function<R(Args...)> {
 public:
  unique_function() noexcept = default;
  unique_function(std::nullptr_t) noexcept {}  // NOLINT(google-explicit-constructor): as std::function

  template <typename F>
    requires(!std::is_same_v<std::remove_cvref_t<F>, unique_function> &&
             std::is_invocable_r_v<R, std::decay_t<F>&, Args...>)
  unique_function(F&& callable) {      // NOLINT(google-explicit-constructor): as std::function
    using Callable = std::decay_t<F>;  // A function is held as a pointer to it.
    if constexpr (fits<Callable>) {
      ::new (static_cast<void*>(storage_)) Callable(std::forward<F>(callable));
      table_ = &kInPlace<Callable>;
    } else {
      ::new (static_cast<void*>(storage_)) Callable*(new Callable(std::forward<F>(callable)));
      table_ = &kOnHeap<Callable>;
    }
  }

  unique_function(unique_function&& other) noexcept : table_(std::exchange(other.table_, nullptr)) {
    if (table_ != nullptr) table_->relocate(other.storage_, storage_);
  }
  unique_function& operator=(unique_function&& other) noexcept {
    if (this == &other) return *this;
    reset();
    table_ = std::exchange(other.table_, nullptr);
    if (table_ != nullptr) table_->relocate(other.storage_, storage_);
    return *this;
  }
  ~unique_function() { reset(); }

  explicit operator bool() const noexcept { return table_ != nullptr; }

  R operator()(Args... args) {
    RINGBACK_CHECK(table_ != nullptr, "an empty unique_function was called: give it a callable first");
    return table_->call(storage_, std::forward<Args>(args)...);
  }

 private:
  static constexpr std::size_t kInPlaceBytes = 4 * sizeof(void*);

  template <typename F>
  static constexpr bool fits =
      sizeof(F) <= kInPlaceBytes && alignof(F) <= alignof(void*) && std::is_nothrow_move_constructible_v<F>;

  struct Table {
    R (*call)(void* storage, Args&&... args);
    void (*relocate)(void* from, void* to) noexcept;
    void (*destroy)(void* storage) noexcept;
  };

  template <typename F>
  static F& in_place(void* storage) noexcept {
    return *std::launder(static_cast<F*>(storage));
  }
  template <typename F>
  static F*& on_heap(void* storage) noexcept {
    return *std::launder(static_cast<F**>(storage));
  }

  template <typename F>
  static constexpr Table kInPlace{[](void* storage, Args&&... args) -> R {
                                    return static_cast<R>(in_place<F>(storage)(std::forward<Args>(args)...));
                                  },
                                  [](void* from, void* to) noexcept {
                                    ::new (to) F(std::move(in_place<F>(from)));
                                    in_place<F>(from).~F();
                                  },
                                  [](void* storage) noexcept { in_place<F>(storage).~F(); }};

  template <typename F>
  static constexpr Table kOnHeap{[](void* storage, Args&&... args) -> R {
                                   return static_cast<R>((*on_heap<F>(storage))(std::forward<Args>(args)...));
                                 },
                                 [](void* from, void* to) noexcept { ::new (to) F*(on_heap<F>(from)); },
                                 [](void* storage) noexcept { delete on_heap<F>(storage); }};

  void reset() noexcept {
    if (table_ != nullptr) std::exchange(table_, nullptr)->destroy(storage_);
  }

  alignas(void*) unsigned char storage_[kInPlaceBytes];
  const Table* table_ = nullptr;
};

}  // namespace ringback
