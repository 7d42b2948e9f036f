// How a value crosses to another process of the same program: as its bytes.
//
// What can: what is trivially copyable (numbers, enums, plain structs), std::string, and std::vector of
// these, nested or not. Never an address: pointers and views are refused by the compiler; inside a
// struct it cannot see them, and they would mean nothing over there.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <ranges>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "ringback/base/error.h"

namespace ringback {

namespace internal {

template <typename T>
constexpr bool is_plain_bytes =
    std::is_trivially_copyable_v<T> && std::is_default_constructible_v<T> && !std::is_pointer_v<T> &&
    !std::is_member_pointer_v<T> && !std::is_null_pointer_v<T> && !std::ranges::view<T>;

template <typename T>
constexpr bool is_process_value = is_plain_bytes<T>;
template <>
inline constexpr bool is_process_value<std::string> = true;
template <>
inline constexpr bool is_process_value<std::vector<bool>> = false;
template <typename T>
constexpr bool is_process_value<std::vector<T>> = is_process_value<T>;

}  // namespace internal

// What can be an argument or the result of a ProcessFunction.
template <typename T>
concept ProcessValue = internal::is_process_value<T>;

namespace internal {

[[noreturn]] void throw_cut_value();

inline void append_bytes(std::string& to, const void* bytes, std::size_t count) {
  if (count != 0) to.append(static_cast<const char*>(bytes), count);
}

inline void take_bytes(std::string_view& from, void* bytes, std::size_t count) {
  if (from.size() < count) throw_cut_value();
  if (count != 0) std::memcpy(bytes, from.data(), count);
  from.remove_prefix(count);
}

template <ProcessValue T>
struct ProcessCodec {
  static void append(std::string& to, const T& value) { append_bytes(to, &value, sizeof value); }
  static T take(std::string_view& from) {
    T value{};
    take_bytes(from, &value, sizeof value);
    return value;
  }
};

// A count and then the elements; plain ones in one piece.
template <typename T>
struct ProcessRangeCodec {
  using Element = typename T::value_type;

  static void append(std::string& to, const T& values) {
    ProcessCodec<std::uint64_t>::append(to, values.size());
    if constexpr (is_plain_bytes<Element>) {
      append_bytes(to, values.data(), values.size() * sizeof(Element));
    } else {
      for (const Element& value : values) ProcessCodec<Element>::append(to, value);
    }
  }
  static T take(std::string_view& from) {
    const auto count = ProcessCodec<std::uint64_t>::take(from);
    T values;
    if constexpr (is_plain_bytes<Element>) {
      if (count > from.size() / sizeof(Element)) throw_cut_value();
      values.resize(count);
      take_bytes(from, values.data(), count * sizeof(Element));
    } else {
      for (std::uint64_t taken = 0; taken < count; ++taken) values.push_back(ProcessCodec<Element>::take(from));
    }
    return values;
  }
};

template <>
struct ProcessCodec<std::string> : ProcessRangeCodec<std::string> {};
template <typename T>
struct ProcessCodec<std::vector<T>> : ProcessRangeCodec<std::vector<T>> {};

// All of `bytes` as one value.
template <typename T>
T decode_process_value(std::string_view bytes) {
  if constexpr (std::is_void_v<T>) {
    if (!bytes.empty()) throw_cut_value();
  } else {
    T value = ProcessCodec<T>::take(bytes);
    if (!bytes.empty()) throw_cut_value();
    return value;
  }
}

}  // namespace internal
}  // namespace ringback
