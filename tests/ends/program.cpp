// A program that ends in the way its first argument says: ends_test.cpp begins it.

#include <unistd.h>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <exception>
#include <functional>
#include <iostream>
#include <map>
#include <stdexcept>
#include <string>
#include <thread>

#include "ringback/async/on.h"
#include "ringback/async/on_exit.h"
#include "ringback/async/outcome_of.h"
#include "ringback/async/run.h"
#include "ringback/async/sleep.h"
#include "ringback/exec/pool.h"

using namespace ringback;
using namespace std::chrono_literals;

namespace {

Task<int> gives(int value) {
  co_await yield();
  co_return value;
}

Task<> fails() {
  co_await yield();
  throw Error(ErrorKind::refused, "connect", "Connection refused", 0, "127.0.0.1:80");
}

Task<int> fails_with_a_value() {
  co_await fails();
  co_return 3;
}

Task<> fails_in_its_own_way() {
  co_await yield();
  throw std::runtime_error("not one of ours");
}

Task<> says_that_it_was_cancelled() {
  co_await yield();
  throw Cancelled{};
}

Task<> waits_and_prints() {
  std::printf("printed before\n");
  co_await on_exit([]() -> Task<> {
    std::printf("cleaned up\n");
    co_await yield();
  }());
  kill(getpid(), std::atoi(std::getenv("ENDS_SIGNAL")));
  co_await sleep(1h);
}

Task<> does_not_end() {
  std::printf("printed before\n");
  kill(getpid(), std::atoi(std::getenv("ENDS_SIGNAL")));
  std::ignore = co_await outcome(sleep(1h));
  kill(getpid(), std::atoi(std::getenv("ENDS_SIGNAL")));
  for (;;) pause();
}

// Raises its signal where the work has ended and run() has not returned.
struct RaisesInTheEnd {
  bool is_moved_from = false;
  RaisesInTheEnd() = default;
  RaisesInTheEnd(RaisesInTheEnd&& other) noexcept { other.is_moved_from = true; }
  ~RaisesInTheEnd() {
    if (!is_moved_from) kill(getpid(), std::atoi(std::getenv("ENDS_SIGNAL")));
  }
};

Task<> ends_with_a_signal(RaisesInTheEnd) {
  std::printf("printed before\n");
  co_await yield();
}

void on_terminate() {
  std::fputs("a handler of its own\n", stderr);
  _exit(5);
}

struct Noisy {
  ~Noisy() noexcept { run(fails()); }  // NOLINT: what is tried here
};

int end_as(std::string_view way) {
  if (way == "value") return run(gives(3));
  if (way == "error") run(fails());
  if (way == "error_with_value") return run(fails_with_a_value());
  if (way == "other_exception") run(fails_in_its_own_way());
  if (way == "cancelled") run(says_that_it_was_cancelled());
  if (way == "printed") {
    std::printf("printed by printf\n");
    run(fails());
  }
  if (way == "printed_by_cout") {
    std::ios::sync_with_stdio(false);
    std::cout << "printed by cout\n";
    run(fails());
  }
  if (way == "caught") {
    try {
      run(fails());
    } catch (const Error& error) {
      std::printf("caught %s\n", error.what());
    }
    return 4;
  }
  if (way == "abort_after_caught") {
    try {
      run(fails());
    } catch (const Error&) {
      throw std::runtime_error("an error of main's own");
    }
  }
  if (way == "other_catch") {
    try {
      run(fails());
    } catch (const std::bad_alloc&) {
      return 6;
    }
  }
  if (way == "own_handler") {
    std::set_terminate(on_terminate);
    run(fails());
  }
  if (way == "noexcept") const Noisy noisy;
  if (way == "thread") std::thread([] { run(fails()); }).join();
  if (way == "signal") run(waits_and_prints());
  if (way == "signal_in_pool") {
    Pool pool({.threads = 2});
    run(on(pool, waits_and_prints()));
  }
  if (way == "second_signal") run(does_not_end());
  if (way == "second_signal_in_pool") {
    Pool pool({.threads = 1});
    run(on(pool, does_not_end()));
  }
  if (way == "late_signal") run(ends_with_a_signal(RaisesInTheEnd()));
  return 0;
}

}  // namespace

int main(int, char** arguments) { return end_as(arguments[1]); }
