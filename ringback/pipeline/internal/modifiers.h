// The same part, tried again or limited in time: inside its run, so that one start has one end.
#pragma once

#include "ringback/async/retry.h"
#include "ringback/async/timeout.h"
#include "ringback/pipeline/internal/node.h"

namespace ringback::internal {

// What one run has tried so far. Used by one attempt at a time.
struct Attempts {
  std::size_t failed = 0;
  Duration waited{};
  Failure last;
  bool is_refused = false;  // by an observer: not to be tried again
};

template <typename In, typename Out>
Task<Out> attempt(const Body<In, Out>& body, In in, const Run& run, Attempts& attempts) {
  if (attempts.failed != 0 && run.is_watched()) {
    RunEvent event = run.event(RunEventKind::retry);
    event.number = attempts.failed + 1;
    event.waited = attempts.waited;
    event.failure = &attempts.last;
    Outcome<void> heard = co_await outcome(run.tell(event));
    attempts.is_refused = !heard.ok();
    heard.value();
  }
  co_return co_await body.begin(std::move(in), run);
}

// Notes each failure, and asks no more where an observer has said no.
RetryOptions noting(RetryOptions options, Attempts& attempts);

template <typename In, typename Out>
Task<Out> retried(const Body<In, Out>& body, In in, Run run, RetryOptions options) {
  Attempts attempts;
  auto make = [&body, &in, &run, &attempts] { return attempt(body, In(in), run, attempts); };
  co_return co_await retry(make, noting(std::move(options), attempts));
}

template <typename In, typename Out>
class Retried final : public Body<In, Out> {
 public:
  Retried(std::shared_ptr<const Body<In, Out>> body, RetryOptions options)
      : body_(std::move(body)), options_(std::move(options)) {}

  Task<Out> begin(In in, Run run) const override { return retried(*body_, std::move(in), std::move(run), options_); }

 private:
  const std::shared_ptr<const Body<In, Out>> body_;
  const RetryOptions options_;
};

template <typename In, typename Out>
Task<Out> limited(const Body<In, Out>& body, In in, Run run, Duration limit) {
  co_return co_await timeout(limit, body.begin(std::move(in), std::move(run)));
}

template <typename In, typename Out>
class Limited final : public Body<In, Out> {
 public:
  Limited(std::shared_ptr<const Body<In, Out>> body, Duration limit) : body_(std::move(body)), limit_(limit) {}

  Task<Out> begin(In in, Run run) const override { return limited(*body_, std::move(in), std::move(run), limit_); }

 private:
  const std::shared_ptr<const Body<In, Out>> body_;
  const Duration limit_;
};

}  // namespace ringback::internal
