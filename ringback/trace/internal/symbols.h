// The names of functions by their addresses, from the symbol tables of the files they were loaded from.
#pragma once

#include <cstdint>
#include <string>

namespace ringback::trace::internal {

struct Symbol {
  std::string function;       // as in the source; empty where the file has no symbol for it
  std::string module;         // the file
  std::uintptr_t offset = 0;  // in the file as addr2line wants it
};

// Reads the file each time: for reports, not for loops. Threads: any. Errors: std::bad_alloc.
// A program needs neither -rdynamic nor debug information for it, but must not have been stripped.
Symbol symbol_of(std::uintptr_t address);

}  // namespace ringback::trace::internal
