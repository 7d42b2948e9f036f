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
        std::puts("任务1开始");
        work();
        std::puts("任务1完成");
        return std::string("结果1");
      },
      on(pool), [next = std::move(next)](Outcome<std::string> result) mutable { next(*result); });
}

void task2(Pool& pool, std::string data, Next next) {
  start(
      [data] {
        std::printf("任务2接收: %s\n", data.c_str());
        work();
        std::puts("任务2完成");
        return data + " -> 结果2";
      },
      on(pool), [next = std::move(next)](Outcome<std::string> result) mutable { next(*result); });
}

void task3(std::string data) {
  std::printf("任务3接收: %s\n", data.c_str());
  std::puts("回调链结束");
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
