// The chain again, as futures: then() for the next step, on_done() for the end.
//
// Nothing is nested, and there is no executor to shut down in time: the same program as printed for
// concurrent.futures ends with "cannot schedule new futures after shutdown".
#include <chrono>
#include <cstdio>
#include <stdexcept>
#include <string>
#include <thread>

#include "ringback/async/future.h"
#include "ringback/exec/pool.h"

using namespace ringback;
using namespace std::chrono_literals;

// [steps]
std::string step1(std::string x) {
  std::this_thread::sleep_for(10ms);
  return "step1(" + x + ")";
}

std::string step2(std::string result) {
  std::printf("step2 begins with: %s\n", result.c_str());
  std::this_thread::sleep_for(10ms);
  return "step2(" + result + ")";
}

void step3(const Outcome<std::string>& result) {
  std::printf("step3 begins with: %s\n", result->c_str());
  std::this_thread::sleep_for(10ms);
  std::printf("the chain is done: %s\n", result->c_str());
}
// [/steps]

// [errors]
std::string broken_step(std::string) { throw std::runtime_error("the disk is full"); }

// A failure skips the steps behind it and arrives at the end of the chain.
void report(const Outcome<std::string>& result) {
  std::printf("the chain failed: %s\n", result.failure().describe().c_str());
}
// [/errors]

int main() {
  // [chain]
  {
    Pool pool({.threads = 3});
    spawn(pool, [] { return step1("init"); }).then(step2).on_done(step3);
  }  // Drains: step2 and step3 are still accepted, and have run when the block ends.
  // [/chain]

  Pool pool({.threads = 3});
  spawn(pool, [] { return step1("init"); }).then(broken_step).then(step2).on_done(report);
}
