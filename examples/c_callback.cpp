// A C library that calls back, as an operation: Completion.
#include <chrono>
#include <cstdio>
#include <thread>

#include "ringback/async/completion.h"
#include "ringback/async/outcome_of.h"
#include "ringback/async/run.h"
#include "ringback/async/timeout.h"

using namespace ringback;
using namespace std::chrono_literals;

// Somebody else's library: it answers on a thread of its own, or for 0 never.
extern "C" {
typedef void (*oracle_answer)(int answer, void* user);
}
std::thread oracle;
void oracle_ask(int question, oracle_answer call, void* user) {
  oracle = std::thread([=] {
    if (question != 0) call(question * 2, user);
  });
}

// [wrap]
// What C keeps for us is one pointer: the Completer goes into it, and comes out where C calls back.
void on_answer(int answer, void* user) { Completer<int>::from_user_data(user).try_complete(answer); }

Task<int> ask(int question) {
  Completion<int> answer;
  oracle_ask(question, on_answer, answer.completer().into_user_data());
  co_return co_await answer;
}
// [/wrap]

// [use]
Task<> conversation() {
  int answer = co_await ask(21);
  oracle.join();
  std::printf("the answer is %d\n", answer);
}
// [/use]

// [late]
// The other side may be too late: the await ends at its limit, and an answer after it is dropped.
Task<> too_late() {
  Completion<int> answer;
  Completer<int> completer = answer.completer();
  auto end = co_await outcome(timeout(1ms, answer.operation()));
  std::printf("%s; an answer now is %s\n", end.failure().describe().c_str(),
              completer.try_complete(1) ? "accepted" : "dropped");
}
// [/late]

// [broken]
// The other side may forget us: when its last Completer goes, the await fails instead of hanging.
Task<> forgotten() {
  Completion<int> answer;
  static_cast<void>(answer.completer());  // given away, and destroyed without an answer
  auto end = co_await outcome(answer.operation());
  std::printf("%s\n", end.failure().describe().c_str());
}
// [/broken]

int main() {
  run(conversation());
  run(too_late());
  run(forgotten());
}
