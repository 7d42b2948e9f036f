// Text seen as bytes, for calls that carry either.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

namespace ringback {

inline std::span<const std::byte> bytes_of(std::string_view text) noexcept {
  return std::as_bytes(std::span(text.data(), text.size()));
}

inline std::string_view text_of(std::span<const std::byte> bytes) noexcept {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// How far a call came that moves all of something, also where it failed or was cancelled halfway:
//   Progress sent;
//   co_await timeout(2s, stream.write(page, &sent));     // throws; sent.bytes have left
struct Progress {
  std::size_t bytes = 0;
};

}  // namespace ringback
