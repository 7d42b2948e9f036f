// A chain of three tasks by callbacks, on a thread of a Pool.
//
// Each task does its work, then calls what comes next with its result. The Pool's block waits for
// the whole chain: what its own jobs start is accepted to the end, so there is no thread to close.
#include <chrono>
#include <cstdio>
#include <string>
#include <thread>

#include "ringback/async/start.h"
#include "ringback/exec/pool.h"

using namespace ringback;
using namespace std::chrono_literals;

using Next = unique_function<void(std::string)>;

// Work that blocks its thread, as many libraries do: a Pool is the place for it.
void work() { std::this_thread::sleep_for(10ms); }

// [tasks]
void task1(Pool& pool, Next next) {
  start(
      [] {
        std::puts("task 1 begins");
        work();
        std::puts("task 1 is done");
        return std::string("result 1");
      },
      on(pool), [next = std::move(next)](Outcome<std::string> result) mutable { next(*result); });
}

void task2(Pool& pool, std::string data, Next next) {
  start(
      [data] {
        std::printf("task 2 is given: %s\n", data.c_str());
        work();
        std::puts("task 2 is done");
        return data + " -> result 2";
      },
      on(pool), [next = std::move(next)](Outcome<std::string> result) mutable { next(*result); });
}

void task3(std::string data) {
  std::printf("task 3 is given: %s\n", data.c_str());
  std::puts("the chain has ended");
}
// [/tasks]

// [chain]
void start_chain(Pool& pool) {
  task1(pool, [&pool](std::string result) { task2(pool, result, task3); });
}
// [/chain]

// [main]
int main() {
  Pool pool({.threads = 1, .name = "chain"});
  start_chain(pool);
}
// [/main]
