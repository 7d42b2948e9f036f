#include "ringback/base/check.h"

#include <cstdio>
#include <cstdlib>

#include "ringback/base/function_name.h"

namespace ringback::internal {

void check_failed(std::string_view condition, std::string_view advice, std::source_location where) noexcept {
  std::fprintf(stderr, "ringback: %.*s\n  broken: %.*s\n  at:     %s:%u in %s\n", static_cast<int>(advice.size()),
               advice.data(), static_cast<int>(condition.size()), condition.data(), where.file_name(),
               static_cast<unsigned>(where.line()), runtime::FunctionName(where).c_str());
  std::fflush(stderr);
  std::abort();
}

}  // namespace ringback::internal
