// A request's number in every line of a log, without handing it through every function.
#include <cstdio>

#include "ringback/async/gather.h"
#include "ringback/async/on.h"
#include "ringback/async/sleep.h"
#include "ringback/async/task_local.h"
#include "ringback/async/wait.h"
#include "ringback/exec/pool.h"

using namespace ringback;
using namespace std::chrono_literals;

// [local]
const TaskLocal<int> request_id(0);  // 0 where there is no request

void log_line(const char* what) { std::printf("[%d] %s\n", request_id.get(), what); }

Task<> look_up(Pool& pool) {
  log_line("asks the data base");
  co_await offload(pool, [] { log_line("is on another thread"); });
  log_line("has its answer");
}
// [/local]

// [with]
Task<> serve(Pool& pool) {
  log_line("begins");
  co_await request_id.with(17, look_up(pool));
  co_await request_id.with(18, look_up(pool));
  log_line("ends");
}
// [/with]

int main() {
  Pool pool({.threads = 1});
  wait(serve(pool));
}
