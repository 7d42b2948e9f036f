// A part of a path as a value of the type a handler asks for.
#pragma once

#include <charconv>
#include <concepts>
#include <limits>
#include <string>
#include <string_view>
#include <type_traits>

namespace ringback::http {

// Give it a specialisation to have a type of your own in a handler's arguments.
template <typename T>
struct PathParameter {
  static_assert(
      std::is_arithmetic_v<T>,
      "a handler takes parts of the path as std::string, integers, floating-point numbers or bool; specialise "
      "http::PathParameter for more");

  // False where the text is none; nothing may be left over.
  static bool parse(std::string_view text, T& value) noexcept {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc() && end == text.data() + text.size();
  }
  // What the text has to be, for the answer to a client that sent something else.
  static std::string expected() {
    if constexpr (std::is_integral_v<T>) {
      return "an integer from " + std::to_string(std::numeric_limits<T>::min()) + " to " +
             std::to_string(std::numeric_limits<T>::max());
    } else {
      return "a number";
    }
  }
};

template <>
struct PathParameter<bool> {
  static bool parse(std::string_view text, bool& value) noexcept {
    value = text == "true";
    return value || text == "false";
  }
  static std::string expected() { return "true or false"; }
};

template <>
struct PathParameter<std::string> {
  static bool parse(std::string_view text, std::string& value) {
    value = text;
    return true;
  }
  static std::string expected() { return "text"; }
};

}  // namespace ringback::http
