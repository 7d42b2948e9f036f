// A coroutine that keeps its state between two values: Generator.
#include <cstdio>
#include <ranges>

#include "ringback/stream/generator.h"

using ringback::Generator;

// [generator]
// Never ends by itself; whoever takes the values decides how many.
Generator<int> fibonacci() {
  int a = 0;
  int b = 1;
  for (;;) {
    co_yield a;
    a = std::exchange(b, a + b);
  }
}
// [/generator]

Generator<const char*> steps() {
  std::puts("  (the body begins)");
  co_yield "one";
  std::puts("  (it goes on where it stood)");
  co_yield "two";
  std::puts("  (it ends)");
}

int main() {
  // [use]
  for (int number : fibonacci() | std::views::take(10)) std::printf("%d ", number);
  // [/use]
  std::printf("\n");
  for (const char* step : steps()) std::puts(step);
}
