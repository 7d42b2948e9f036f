// Figures as people read them: lengths of time in the unit that fits, and great numbers.
#pragma once

#include <cstdint>
#include <string>

namespace ringback::cli {

// "0.31 ns", "102 ns", "150 us", "1.2 ms", "5.07 s": three digits.
std::string in_words(double nanoseconds);

// "12 s", "5.6 min", "3.2 days", "16 years"
std::string in_human_time(double seconds);

// "62,666"
std::string with_commas(std::uint64_t number);

}  // namespace ringback::cli
