// Trying again what may work the next time.
//
//   Page page = co_await retry([&] { return http.get(url); });
//   Page soon = co_await timeout(10s, retry([&] { return timeout(2s, http.get(url)); },
//                                           {.attempts = 5, .wait = {.first = 50ms}}));
//
// One attempt after the other, with a wait between two that grows, and that chance shortens, so that many
// who failed together do not come back together.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>

#include "ringback/async/outcome_of.h"
#include "ringback/async/sleep.h"
#include "ringback/async/task.h"

namespace ringback {

// True for an Error that may be gone the next time: refused, reset, unreachable, end_of_stream, timed_out,
// overloaded, exhausted, io. Not where the call is wrong, or the answer is no; and not for exceptions of
// other families, whose meaning is not known here.
bool is_transient(const Failure& failure) noexcept;

// How long to wait between two attempts.
struct Backoff {
  Duration first = std::chrono::milliseconds(100);
  // Each wait is so many times the one before; at least 1.
  double factor = 2;
  Duration longest = std::chrono::seconds(30);
  // The part of a wait that is left to chance, 0 to 1: 0.5 waits between half of it and all of it.
  double jitter = 0.5;

  // After the attempt of that number, from 1. `chance` is from 0 to 1.
  Duration after(std::size_t attempt, double chance) const noexcept;
};

struct RetryOptions {
  // At least 1: how often it is tried at most, the first time counted.
  std::size_t attempts = 3;
  Backoff wait = {};
  // Which failures are worth another attempt. Never asked about a cancellation.
  std::function<bool(const Failure&)> should_retry = is_transient;
  // Told before each wait: the failure, the number of the attempt that failed, from 1, and the wait.
  std::function<void(const Failure&, std::size_t attempt, Duration wait)> on_retry = nullptr;
};

namespace internal {

void check_options(const RetryOptions& options);
// What the last attempt failed with, thrown as itself, with the number of attempts hung on it.
[[noreturn]] void raise_after(const Failure& last, std::size_t attempts);
// True: another attempt is due.
bool is_worth_another(const Failure& failure, std::size_t attempt, const RetryOptions& options);
// From the executor's random source. In a task.
Duration next_wait(const Backoff& backoff, std::size_t attempt) noexcept;

}  // namespace internal

// Calls `make`, which gives an operation, and awaits that; again where it failed with what should_retry
// accepts, until it gives a value or there have been enough attempts. `make` is kept to the end, so it
// may capture.
//
// Errors: what the last attempt failed with, of its own type; where it is an Error and there was more than
// one attempt, Error::suppressed() ends with one of operation "retry" that says how many. Earlier
// failures are told to on_retry only. What `make`, should_retry and on_retry throw ends it.
// Cancel: at once, in an attempt and in a wait; a cancellation is never retried. A deadline around it
// ends it likewise, one inside `make` (timed_out) is a failure like others.
// Time and chance are the executor's driver's. Cost: a task; waits cost no allocation.
template <typename Make>
  requires Operation<std::invoke_result_t<Make&>>
auto retry(Make make, RetryOptions options = {}) -> Task<typename std::invoke_result_t<Make&>::value_type> {
  internal::check_options(options);
  for (std::size_t attempt = 1;; ++attempt) {
    auto ended = co_await outcome(make());
    if (ended.ok()) co_return std::move(ended).value();
    const Failure failure = std::move(ended).failure();
    if (!internal::is_worth_another(failure, attempt, options)) internal::raise_after(failure, attempt);
    const Duration wait = internal::next_wait(options.wait, attempt);
    if (options.on_retry) options.on_retry(failure, attempt, wait);
    co_await sleep(wait);
  }
}

}  // namespace ringback
