// Starting function, middle function, callback: who calls whom, and when.
//
// The middle function decides when and what: one more than an even number. The callback decides how
// that even number is made. It is the caller's own function, and it is called back on the same
// thread before the middle function returns: a blocking callback.
#include <cstdio>
#include <functional>

#include "ringback/base/unique_function.h"

using ringback::unique_function;

// [callbacks]
int twice(int x) { return x * 2; }
int four_times(int x) { return x * 4; }
// [/callbacks]

// [middle]
// Takes anything that can be called with an int, and knows nothing else about it.
int odd_number(int k, unique_function<int(int)> even_number) { return 1 + even_number(k); }
// [/middle]

// The same callback as an object that remembers what to multiply by.
struct Multiply {
  int factor;
  int operator()(int x) const { return x * factor; }
};

struct Calculator {
  int factor;
  int multiply(int x) const { return x * factor; }
};

// [start]
int main() {
  const int k = 1;
  std::printf("%d\n", odd_number(k, twice));       // 2k + 1
  std::printf("%d\n", odd_number(k, four_times));  // 4k + 1
  // [/start]

  int factor = 4;
  const Calculator calculator{factor};
  std::printf("\nfive kinds of callable, one middle function:\n");
  std::printf("function         %d\n", odd_number(k, four_times));
  std::printf("lambda           %d\n", odd_number(k, [](int x) { return x * 4; }));
  std::printf("with a capture   %d\n", odd_number(k, [factor](int x) { return x * factor; }));
  std::printf("function object  %d\n", odd_number(k, Multiply{factor}));
  std::printf("member function  %d\n", odd_number(k, std::bind_front(&Calculator::multiply, &calculator)));
}
