// A client that repeats what failed, a server that counts twice, and the seed that shows it.
#include <cstdio>
#include <set>
#include <string>

#include "ringback/async/outcome_of.h"
#include "ringback/async/scope.h"
#include "ringback/async/sleep.h"
#include "ringback/io/line_reader.h"
#include "ringback/net/tcp.h"
#include "ringback/testing/simulation.h"

using namespace ringback;
using namespace std::chrono_literals;

// An order is a line. Only the second ledger remembers which it has seen.
struct Ledger {
  bool remembers = false;
  std::multiset<std::string> orders = {};

  void take(const std::string& order) {
    if (remembers && orders.contains(order)) return;
    orders.insert(order);
  }
};

// [program]
Task<> answer(TcpStream stream, Ledger& ledger) {
  LineReader lines(stream);
  for (;;) {
    const std::optional<std::string> order = co_await lines.next();
    if (!order) break;
    ledger.take(*order);
    co_await stream.write("taken\n");
  }
}

Task<> serve(TcpListener& listener, Ledger& ledger) {
  co_await with_scope([&](Scope& scope) -> Task<> {
    for (;;) {
      TcpStream stream = co_await listener.accept();
      scope.spawn([&ledger, stream = std::move(stream)]() mutable -> Task<> {
        const auto ended = co_await outcome(answer(std::move(stream), ledger));
        if (!ended.ok() && ended.failure().is_cancelled()) ended.value();
      });
    }
  });
}

Task<> order_once(Address at, std::string order) {
  TcpStream stream = co_await TcpStream::connect(at);
  co_await stream.write(order + "\n");
  LineReader lines(stream);
  const auto taken = co_await lines.next();
  if (!taken) throw Error(ErrorKind::end_of_stream, "order", "the server went away");
}

// Again until it works: the connection may break before the order arrived, or after.
Task<> order(Address at, std::string text) {
  for (;;) {
    const auto done = co_await outcome(timeout(5s, order_once(at, text)));
    if (done.ok()) co_return;
    if (done.failure().is_cancelled()) done.value();
    co_await sleep(100ms);
  }
}
// [/program]

Task<> order_ten(Ledger& ledger) {
  TcpListener listener(Address::loopback(0));
  co_await with_scope([&](Scope& scope) -> Task<> {
    scope.spawn(serve(listener, ledger));
    for (int i = 0; i < 10; ++i) co_await order(listener.local(), "order " + std::to_string(i));
    scope.cancel();
  });
}

// [simulation]
std::size_t orders_taken(std::uint64_t seed, bool remembers) {
  Ledger ledger{.remembers = remembers};
  testing::Simulation simulation({.seed = seed, .network = {.latency_max = 20ms, .reset = 0.05}});
  simulation.run(order_ten(ledger));
  return ledger.orders.size();
}
// [/simulation]

// [seeds]
std::uint64_t first_wrong_seed(bool remembers) {
  std::uint64_t wrong = 0;
  testing::for_each_seed({.first = 1, .count = 200}, [&](std::uint64_t seed) {
    if (wrong == 0 && orders_taken(seed, remembers) != 10) wrong = seed;
  });
  return wrong;
}
// [/seeds]

int main() {
  const std::uint64_t seed = first_wrong_seed(false);
  const std::size_t taken = orders_taken(seed, false);
  std::printf("ten orders over a bad network: a seed with too many %s\n", taken > 10 ? "was found" : "was not found");
  std::printf("the same seed again: %s\n", orders_taken(seed, false) == taken ? "the same" : "something else");
  std::printf("a ledger that remembers: %s\n", first_wrong_seed(true) == 0 ? "ten, for every seed" : "wrong, too");
}
