#include "ringback/pipeline/internal/modifiers.h"

namespace ringback::internal {

RetryOptions noting(RetryOptions options, Attempts& attempts) {
  options.should_retry = [&attempts, asked = std::move(options.should_retry)](const Failure& failure) {
    return !attempts.is_refused && asked(failure);
  };
  options.on_retry = [&attempts, told = std::move(options.on_retry)](const Failure& failure, std::size_t number,
                                                                     Duration wait) {
    attempts.failed = number;
    attempts.waited = wait;
    attempts.last = failure;
    if (told) told(failure, number, wait);
  };
  return options;
}

}  // namespace ringback::internal
