// On which thread does it run? The question to ask of every callback.
#include <pthread.h>

#include <cstdio>
#include <string>
#include <thread>

#include "ringback/async/gather.h"
#include "ringback/async/on.h"
#include "ringback/async/run.h"
#include "ringback/async/sleep.h"
#include "ringback/async/start.h"
#include "ringback/exec/pool.h"

using namespace ringback;
using namespace std::chrono_literals;

const std::thread::id main_thread = std::this_thread::get_id();

const char* whose() { return std::this_thread::get_id() == main_thread ? "the caller's" : "another"; }

std::string thread_name() {
  char name[16];
  pthread_getname_np(pthread_self(), name, sizeof name);
  return name;
}

// [loop]
Task<> show_thread(int n) {
  std::printf("Loop:   task %d is on %s thread\n", n, whose());
  co_await sleep(1ms);
  std::printf("Loop:   task %d is still on %s thread\n", n, whose());
}

// Three tasks, one thread: between two awaits no other of them can run.
Task<> three_tasks() { co_await gather(show_thread(1), show_thread(2), show_thread(3)); }
// [/loop]

Task<> on_a_worker(Pool& pool) {
  // [hop]
  std::string there = co_await offload(pool, thread_name);  // runs on a worker, while this task waits
  // [/hop]
  std::printf("Pool:   offload() ran on %s; after the await the task is on %s thread\n", there.c_str(), whose());
}

int main() {
  // [inline]
  start([] { return 1; }, on(Inline{}), [](Outcome<int>) { std::printf("inline: callback on %s thread\n", whose()); });
  // [/inline]

  run(three_tasks());

  // [pool]
  Pool pool({.threads = 1, .name = "clerk"});
  spawn(pool, [] { return 1; }).on_done([](const Outcome<int>&) {
    std::printf("Pool:   callback on %s thread, whose name is %s\n", whose(), thread_name().c_str());
  });
  // [/pool]
  run(on_a_worker(pool));
}
