// How large the process has been.
#pragma once

#include <cstdint>

namespace bench {

// Since the program began; what getrusage() gives counts the program that started this one too.
std::uint64_t peak_bytes();

}  // namespace bench
