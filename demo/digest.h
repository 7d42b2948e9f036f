// Work for a processor, in an amount one can choose.
#pragma once

#include <cstdint>
#include <string_view>

#include "ringback/base/time.h"

namespace ringback::demo {

// FNV-1a over `bytes` bytes of the text, read over and over; over all of it once where `bytes` is 0.
std::uint64_t digest(std::string_view text, std::uint64_t bytes);

// How many bytes digest() goes through in `length` on this machine, now.
std::uint64_t digest_bytes_in(Duration length);

// The sum of the squares of 0 to 9,999,999, with every addition carried out.
std::uint64_t sum_of_squares();

}  // namespace ringback::demo
