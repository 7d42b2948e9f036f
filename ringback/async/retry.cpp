#include "ringback/async/retry.h"

#include <algorithm>
#include <cmath>
#include <string>

namespace ringback {

bool is_transient(const Failure& failure) noexcept {
  const Error* error = failure.error();
  if (error == nullptr) return false;
  switch (error->kind()) {
    case ErrorKind::refused:
    case ErrorKind::reset:
    case ErrorKind::unreachable:
    case ErrorKind::end_of_stream:
    case ErrorKind::timed_out:
    case ErrorKind::overloaded:
    case ErrorKind::exhausted:
    case ErrorKind::io: return true;
    case ErrorKind::invalid:
    case ErrorKind::not_found:
    case ErrorKind::denied:
    case ErrorKind::exists:
    case ErrorKind::malformed:
    case ErrorKind::untrusted:
    case ErrorKind::closed:
    case ErrorKind::aborted:
    case ErrorKind::would_deadlock:
    case ErrorKind::shut_down:
    case ErrorKind::unsupported: return false;
  }
  return false;
}

// In floating point, where a power that is too large is infinite and not negative.
Duration Backoff::after(std::size_t attempt, double chance) const noexcept {
  const double most = static_cast<double>(longest.count());
  const double grown = static_cast<double>(first.count()) * std::pow(factor, static_cast<double>(attempt - 1));
  const double wait = std::min(grown, most) * (1 - jitter * chance);
  if (wait >= most) return longest;
  return Duration(static_cast<Duration::rep>(wait));
}

namespace internal {

void check_options(const RetryOptions& options) {
  const Backoff& wait = options.wait;
  RINGBACK_CHECK(options.attempts >= 1, "retry() with no attempts could never try: give at least 1");
  RINGBACK_CHECK(wait.first >= Duration::zero() && wait.longest >= Duration::zero() && wait.factor >= 1,
                 "a Backoff waits no negative time, and its factor is at least 1");
  RINGBACK_CHECK(wait.jitter >= 0 && wait.jitter <= 1, "the jitter of a Backoff is a part: from 0 to 1");
}

void raise_after(const Failure& last, std::size_t attempts) {
  const Error* error = last.error();
  if (error != nullptr && attempts > 1) {
    error->add_suppressed(
        Error(error->kind(), "retry", "gave up after " + std::to_string(attempts) + " attempts: " + error->what()));
  }
  last.raise();
}

bool is_worth_another(const Failure& failure, std::size_t attempt, const RetryOptions& options) {
  if (failure.is_cancelled() || attempt == options.attempts) return false;
  return options.should_retry && options.should_retry(failure);
}

Duration next_wait(const Backoff& backoff, std::size_t attempt) noexcept {
  constexpr std::uint64_t kSteps = std::uint64_t{1} << 32;
  const auto step = static_cast<double>(this_thread.executor->random() % kSteps);
  return backoff.after(attempt, step / static_cast<double>(kSteps));
}

}  // namespace internal
}  // namespace ringback
