// The methods of HTTP requests that have a meaning of their own here. (RFC 9110, section 9; RFC 5789)
#pragma once

#include <cstdint>
#include <string_view>

namespace ringback::http {

enum class Method : std::uint8_t { get, head, post, put, patch, delete_, options, trace, connect, other };

// "GET" for Method::get, and so on; empty for Method::other.
std::string_view to_string(Method method) noexcept;

// Method::other where it is none of ours. Methods are told apart by case: "get" is another one.
Method method_of(std::string_view name) noexcept;

}  // namespace ringback::http
