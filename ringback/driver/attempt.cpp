#include "ringback/driver/driver.h"
#include "ringback/driver/internal/system_call.h"

namespace ringback::runtime {

bool attempt(const RequestWords& words, Result& now) noexcept {
  std::int32_t value = 0;
  switch (internal::try_now(words, value)) {
    case internal::Tried::would_block: return false;
    case internal::Tried::file: value = internal::perform(words); break;
    case internal::Tried::done: break;
  }
  now = Result{value, false, {}};
  return true;
}

}  // namespace ringback::runtime
