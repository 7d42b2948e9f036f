#include "ringback/base/check.h"

#include <cstdio>
#include <cstdlib>

namespace ringback::internal {

void check_failed(std::string_view condition, std::string_view advice, std::source_location where) noexcept {
  std::fprintf(stderr, "ringback: %.*s\n  broken: %.*s\n  at:     %s:%u in %s\n", static_cast<int>(advice.size()),
               advice.data(), static_cast<int>(condition.size()), condition.data(), where.file_name(),
               static_cast<unsigned>(where.line()), where.function_name());
  std::fflush(stderr);
  std::abort();
}

}  // namespace ringback::internal
