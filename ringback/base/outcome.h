// The end of an operation as a value: what it gave, or why it gave nothing.
//
// Callbacks, futures and observers receive one; `outcome(op)` gives one at an await instead of
// throwing. Threads: none of its own; like an int.
#pragma once

#include <new>
#include <type_traits>
#include <utility>

#include "ringback/base/check.h"
#include "ringback/base/error.h"

namespace ringback {

template <typename T>
class [[nodiscard]] Outcome {
  static_assert(!std::is_reference_v<T>, "an Outcome owns its value: use a pointer or std::reference_wrapper");

 public:
  using value_type = T;

  Outcome(T value) noexcept(std::is_nothrow_move_constructible_v<T>) : has_value_(true) {  // NOLINT: a value of it
    ::new (&value_) T(std::move(value));
  }
  Outcome(Failure failure) noexcept : failure_(std::move(failure)) {}  // NOLINT(google-explicit-constructor)

  Outcome(Outcome&& other) noexcept(std::is_nothrow_move_constructible_v<T>)
      : failure_(std::move(other.failure_)), has_value_(other.has_value_) {
    if (has_value_) ::new (&value_) T(std::move(other.value_));
  }
  Outcome(const Outcome& other)
    requires std::is_copy_constructible_v<T>
      : failure_(other.failure_), has_value_(other.has_value_) {
    if (has_value_) ::new (&value_) T(other.value_);
  }
  Outcome& operator=(Outcome other) noexcept(std::is_nothrow_move_constructible_v<T>) {
    reset();
    failure_ = std::move(other.failure_);
    if (other.has_value_) ::new (&value_) T(std::move(other.value_));
    has_value_ = other.has_value_;
    return *this;
  }
  ~Outcome() { reset(); }

  bool ok() const noexcept { return has_value_; }
  explicit operator bool() const noexcept { return has_value_; }

  // The value; throws the failure where there is none.
  T& value() & {
    if (!has_value_) failure_.raise();
    return value_;
  }
  const T& value() const& {
    if (!has_value_) failure_.raise();
    return value_;
  }
  T&& value() && {
    if (!has_value_) failure_.raise();
    return std::move(value_);
  }

  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

  // Failure::exists() is false where there is a value.
  const Failure& failure() const& noexcept { return failure_; }
  Failure&& failure() && noexcept { return std::move(failure_); }

 private:
  void reset() noexcept {
    if (has_value_) value_.~T();
    has_value_ = false;
  }

  union {
    T value_;
  };
  Failure failure_;
  bool has_value_ = false;
};

template <>
class [[nodiscard]] Outcome<void> {
 public:
  using value_type = void;

  Outcome() noexcept = default;
  Outcome(Failure failure) noexcept : failure_(std::move(failure)) {}  // NOLINT(google-explicit-constructor)

  bool ok() const noexcept { return !failure_.exists(); }
  explicit operator bool() const noexcept { return ok(); }
  void value() const {
    if (failure_.exists()) failure_.raise();
  }
  void operator*() const { value(); }
  const Failure& failure() const& noexcept { return failure_; }
  Failure&& failure() && noexcept { return std::move(failure_); }

 private:
  Failure failure_;
};

}  // namespace ringback
