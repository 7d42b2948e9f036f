// Coroutines written so that every compiler met so far compiles them rightly: rules R1 to R8.
#include <cstdio>
#include <string>
#include <vector>

#include "ringback/async/map.h"
#include "ringback/async/run.h"
#include "ringback/async/sleep.h"

using namespace ringback;

struct Letter {
  std::string name;
  int tries = 1;
};

Task<bool> is_ready(int x) {
  const bool ready = x > 0;
  co_await yield();
  co_return ready;
}

Task<std::string> send(Letter letter) {
  std::string sent = letter.name + " sent";
  co_await yield();
  co_return sent;
}

// [r1]
Task<int> add_up(std::vector<int> numbers) {
  int sum = 0;  // R1: a declaration comes first
  for (int number : numbers) sum += number;
  co_return sum;
}
// [/r1]

// [r2]
Task<const char*> choose(int a, int b) {
  const char* result = "not ready";
  const bool a_ready = co_await is_ready(a);  // R2: await first, decide with the name
  if (a_ready) {
    const bool b_ready = co_await is_ready(b);
    if (b_ready) result = "ready";
  }
  co_return result;
}
// [/r2]

// [r3]
Task<std::string> send_twice() {
  Letter letter{"news", 2};  // R3: the aggregate has a name
  std::string sent = co_await send(letter);
  co_return sent;
}
// [/r3]

// [r5]
Task<std::vector<int>> scaled(std::vector<int> numbers, int factor) {
  // R5: a capturing lambda may be a coroutine only where the library keeps it: here map() does.
  auto results = co_await map(numbers, 2, [factor](int number) -> Task<int> {
    const int result = number * factor;
    co_await yield();
    co_return result;
  });
  co_return results;
}
// [/r5]

Task<> all() {
  const std::vector<int> numbers{1, 2, 3};
  const int sum = co_await add_up(numbers);
  const char* state = co_await choose(1, 1);
  const std::string sent = co_await send_twice();
  const std::vector<int> tens = co_await scaled(numbers, 10);
  std::printf("%d, %s, %s, %d\n", sum, state, sent.c_str(), tens.back());
}

int main() { run(all()); }
