// A coroutine lambda that captures, where that is right (rule R5), and an operation of one's own (rule R4).
#include <cstdio>
#include <vector>

#include "ringback/async/completion.h"
#include "ringback/async/map.h"
#include "ringback/async/run.h"
#include "ringback/async/sleep.h"

using namespace ringback;

// [r4]
// R4: no awaiter is written. Completion makes an operation of any callback.
Task<int> doubled(int number) {
  Completion<int> done;
  const auto give_back = [completer = done.completer()](int result) { completer.try_complete(result); };
  give_back(2 * number);  // another library calls it, later, from any thread
  co_return co_await done;
}
// [/r4]

// [r5]
Task<std::vector<int>> scaled(std::vector<int> numbers, int factor) {
  // R5: a capturing lambda may be a coroutine only where the library keeps it: here map() does.
  co_return co_await map(numbers, 2, [factor](int number) -> Task<int> {
    const int result = number * factor;
    co_await yield();
    co_return result;
  });
}
// [/r5]

Task<> all() {
  const std::vector<int> tens = co_await scaled({1, 2, 3}, 10);
  std::printf("%d, %d\n", co_await doubled(3), tens.back());
}

int main() { run(all()); }
