#include "ringback/net/internal/staggered_connect.h"

#include <memory>
#include <utility>

#include "ringback/async/outcome_of.h"
#include "ringback/async/scope.h"
#include "ringback/async/timeout.h"
#include "ringback/sync/queue.h"

namespace ringback::internal {
namespace {

struct Tried {
  Outcome<Descriptor> ended;
  Address to;
};

// On a Pool attempts end on several workers at once: the queue is where they meet.
using Results = Queue<std::unique_ptr<Tried>>;

Task<> try_one(Address to, const ConnectAttempt& attempt, Results& results) {
  auto tried = std::make_unique<Tried>(Failure(), to);
  tried->ended = co_await outcome(attempt(to));
  if (tried->ended.failure().is_cancelled()) co_return;
  results.try_put(std::move(tried));  // There is room for one of each.
}

void keep_failure(Failure& first, Failure later) {
  if (!first.exists()) {
    first = std::move(later);
  } else if (const Error* error = first.error()) {
    error->add_suppressed(std::move(later));
  }
}

bool is_timeout(const Failure& failure) {
  const Error* error = failure.error();
  return error != nullptr && error->kind() == ErrorKind::timed_out;
}

}  // namespace

std::vector<Address> interleave_families(std::vector<Address> addresses) {
  std::vector<Address> of_first;
  std::vector<Address> of_others;
  for (const Address& address : addresses) {
    (address.family() == addresses.front().family() ? of_first : of_others).push_back(address);
  }
  std::vector<Address> in_turn;
  in_turn.reserve(addresses.size());
  for (std::size_t i = 0; i < addresses.size(); ++i) {
    if (i < of_first.size()) in_turn.push_back(of_first[i]);
    if (i < of_others.size()) in_turn.push_back(of_others[i]);
  }
  return in_turn;
}

Task<Connected> staggered_connect(std::vector<Address> addresses, Duration stagger, ConnectAttempt attempt) {
  Results results(addresses.size());
  Connected connected;
  Failure failure;
  co_await with_scope([&](Scope& scope) -> Task<> {
    std::size_t begun = 0;
    std::size_t failed = 0;
    while (failed < addresses.size()) {
      if (begun < addresses.size()) scope.spawn(try_one(addresses[begun++], attempt, results));
      const Duration patience = begun < addresses.size() ? stagger : Duration::max();
      auto next = co_await outcome(timeout(patience, results.get()));
      if (!next.ok() && is_timeout(next.failure())) continue;
      const std::unique_ptr<Tried> tried = *std::move(next);
      if (tried->ended.ok()) {
        connected = {*std::move(tried->ended), tried->to};
        break;
      }
      keep_failure(failure, tried->ended.failure());
      ++failed;
    }
    scope.cancel();
  });
  if (connected.socket.fd() < 0) failure.raise();
  co_return connected;
}

}  // namespace ringback::internal
