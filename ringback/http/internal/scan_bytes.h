// Byte by byte, for processors that scan_sse2.h is not for.
#pragma once

#include <cstddef>
#include <string_view>

#include "ringback/http/internal/characters.h"

namespace ringback::http::internal {

inline std::size_t end_of_token(std::string_view text, std::size_t from) noexcept { return end_of(kToken, text, from); }
inline std::size_t end_of_value(std::string_view text, std::size_t from) noexcept { return end_of(kValue, text, from); }
inline std::size_t end_of_target(std::string_view text, std::size_t from) noexcept {
  return end_of(kTarget, text, from);
}

}  // namespace ringback::http::internal
