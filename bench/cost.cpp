// What one operation costs, each in a loop of its own: `cost NAME COUNT` runs it COUNT times.
//
// tools/cost runs this under callgrind, twice with different counts, and divides the difference; and
// by itself, for times. Every program checks that the work was really done.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>

#include "bench/memory.h"
#include "ringback/async/run.h"
#include "ringback/async/scope.h"
#include "ringback/async/sleep.h"
#include "ringback/async/start.h"
#include "ringback/async/timeout.h"
#include "ringback/sync/queue.h"

using namespace ringback;
using namespace std::chrono_literals;

namespace {

long count = 0;
long done = 0;

// An operation that completes at once: what is left is the cost of what stands around it.
struct AtOnce {
  using value_type = void;
  bool begin(runtime::Waiter&) noexcept { return true; }
  Outcome<void> take() noexcept {
    ++done;
    return {};
  }
};

Task<> trivial() {
  ++done;
  co_return;
}

Task<int> seven() { co_return 7; }

Task<> sleeper() {
  co_await sleep(100ms);
  ++done;
}

Task<> spawn_children(Scope& scope) {
  for (long i = 0; i < count; ++i) {
    scope.spawn(trivial());
    if ((i & 63) == 63) co_await yield();  // so that few are alive at once
  }
}
Task<> spawn_and_join() { co_await with_scope(spawn_children); }

Task<> yields() {
  for (long i = 0; i < count; ++i) {
    co_await yield();
    ++done;
  }
}

Task<> awaits_task() {
  for (long i = 0; i < count; ++i) co_await trivial();
}

Task<> awaits_at_once() {
  for (long i = 0; i < count; ++i) co_await AtOnce();
}

Task<> timeout_at_once() {
  for (long i = 0; i < count; ++i) co_await timeout(1s, AtOnce());
}

Task<> spawn_future() {
  Executor& here = *internal::this_thread.executor;
  for (long i = 0; i < count; ++i) {
    Future<int> future = spawn(here, seven());
    const int value = co_await future;
    done += value / 7;
  }
}

Task<> queue_put_get() {
  Queue<long> queue(64);
  for (long i = 0; i < count; ++i) {
    co_await queue.put(i);
    const long item = co_await queue.get();
    done += item == i ? 1 : 0;
  }
}

Task<> ping(Queue<long>& to, Queue<long>& from) {
  for (long i = 0; i < count; ++i) {
    co_await to.put(i);
    const long item = co_await from.get();
    done += item == i ? 1 : 0;
  }
}
Task<> pong(Queue<long>& from, Queue<long>& to) {
  for (long i = 0; i < count; ++i) {
    const long item = co_await from.get();
    co_await to.put(item);
  }
}
Task<> ping_pong() {
  Queue<long> there(1);
  Queue<long> back(1);
  co_await gather(ping(there, back), pong(there, back));
}

Task<> spawn_sleepers(Scope& scope) {
  for (long i = 0; i < count; ++i) scope.spawn(sleeper());
  co_return;
}
Task<> sleepers() { co_await with_scope(spawn_sleepers); }

// A function the compiler cannot see through, as a user's callback in another file.
[[gnu::noinline]] int work(int x) {
  asm volatile("" : "+r"(x));
  return x + 1;
}

void direct_call() {
  for (long i = 0; i < count; ++i) {
    const int value = work(static_cast<int>(i));
    done += value == static_cast<int>(i) + 1 ? 1 : 0;
  }
}

void inline_callback() {
  for (long i = 0; i < count; ++i) {
    start([i] { return work(static_cast<int>(i)); }, on(Inline{}),
          [i](const Outcome<int>& value) { done += *value == static_cast<int>(i) + 1 ? 1 : 0; });
  }
}

struct Program {
  const char* name;
  Task<> (*task)();
  void (*plain)();
};

constexpr Program kPrograms[] = {
    {"spawn_join", spawn_and_join, nullptr},
    {"yield", yields, nullptr},
    {"await_task", awaits_task, nullptr},
    {"await_at_once", awaits_at_once, nullptr},
    {"timeout", timeout_at_once, nullptr},
    {"spawn_future", spawn_future, nullptr},
    {"queue_put_get", queue_put_get, nullptr},
    {"ping_pong", ping_pong, nullptr},
    {"sleepers", sleepers, nullptr},
    {"direct_call", nullptr, direct_call},
    {"inline_callback", nullptr, inline_callback},
};

double cpu_ns() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e9 + static_cast<double>(now.tv_nsec);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 3) count = std::atol(argv[2]);
  for (const Program& program : kPrograms) {
    if (count <= 0 || std::strcmp(program.name, argv[1]) != 0) continue;
    const auto bytes_before = static_cast<double>(bench::peak_bytes());
    const double start = cpu_ns();
    if (program.task != nullptr) {
      run(program.task());
    } else {
      program.plain();
    }
    const double ns = cpu_ns() - start;
    if (done != count) {
      std::fprintf(stderr, "cost: %s did %ld of %ld\n", program.name, done, count);
      return 1;
    }
    std::printf("%.2f %.1f\n", ns / static_cast<double>(count),
                (static_cast<double>(bench::peak_bytes()) - bytes_before) / static_cast<double>(count));
    return 0;
  }
  std::fputs("usage: cost NAME COUNT, with NAME one of\n", stderr);
  for (const Program& program : kPrograms) std::fprintf(stderr, "  %s\n", program.name);
  return 2;
}
