// Stages that tests of pipelines are made of.
#pragma once

#include "ringback/pipeline/branch.h"
#include "ringback/pipeline/pipeline.h"
#include "ringback/pipeline/stage.h"
#include "tests/contract/models.h"

namespace ringback {

inline int plus_one(int number) { return number + 1; }
inline Task<int> twice(int number) {
  co_await yield();
  co_return 2 * number;
}
inline Task<int> broken(int /*number*/) {
  co_await yield();
  throw Error(ErrorKind::io, "stage", "broke");
}
inline Task<int> endless(int number) {
  co_await sleep(1h);
  co_return number;
}
inline Stream<int> count_to(int last) {
  for (int number = 1; number <= last; ++number) {
    co_await yield();
    co_yield number;
  }
}
inline Stream<int> fails_after(int last) {
  for (int number = 1; number <= last; ++number) co_yield number;
  throw Error(ErrorKind::io, "stream", "broke");
}
inline int sum(std::vector<int> numbers) {
  int all = 0;
  for (int number : numbers) all += number;
  return all;
}
inline int sum_of_two(int first, int second) { return first + second; }
inline bool is_even(int number) { return number % 2 == 0; }

inline Pipeline<int, int> two_steps() { return (stage("plus", plus_one) | stage("twice", twice)).with_name("two"); }

// Fails every first time.
class FailsOnce {
 public:
  explicit FailsOnce(std::shared_ptr<std::atomic<int>> calls) : calls_(std::move(calls)) {}
  Task<int> operator()(int number) const { return call(calls_, number); }

 private:
  static Task<int> call(std::shared_ptr<std::atomic<int>> calls, int number) {
    co_await yield();
    if (++*calls % 2 == 1) throw Error(ErrorKind::io, "stage", "the first time");
    co_return number;
  }
  std::shared_ptr<std::atomic<int>> calls_;
};
}  // namespace ringback
