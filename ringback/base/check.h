// The one macro of the library: a condition that only a programmer's mistake can break.
//
// It is kept in every build. A false condition prints one block to stderr (the condition, the
// values given after it, where it stood) and aborts: state that is already wrong must not be used.
// What a caller can meet in a correct program is an Error instead (error.h).
#pragma once

#include <source_location>
#include <string_view>

namespace ringback::internal {

// Prints the block described above and aborts. Threads: any.
[[noreturn]] void check_failed(std::string_view condition, std::string_view advice,
                               std::source_location where = std::source_location::current()) noexcept;

}  // namespace ringback::internal

// `advice` says what was wrong and what to do instead, with the values where they help.
#define RINGBACK_CHECK(condition, advice)                       \
  do {                                                          \
    if (!(condition)) [[unlikely]] {                            \
      ::ringback::internal::check_failed(#condition, (advice)); \
    }                                                           \
  } while (false)
