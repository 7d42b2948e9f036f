// What the programs share whose allocations fail. Each gives "ok" where nothing does.
#pragma once

#include <chrono>
#include <new>
#include <optional>
#include <span>
#include <string>

#include "ringback/async/sleep.h"
#include "ringback/async/task.h"
#include "ringback/testing/census.h"

namespace ringback::allocation_programs {

// What a program runs on.
struct Stage {
  testing::Census& census;
  Executor& here;
};

inline Task<int> number(Stage stage, int value) {
  testing::Census::Member member(stage.census);
  co_await sleep(std::chrono::milliseconds(1));
  co_return value;
}
inline Task<> fail_soon(Stage stage, Duration after) {
  testing::Census::Member member(stage.census);
  co_await sleep(after);
  throw Error(ErrorKind::io, "work", "on purpose");
}
inline std::string said(bool is_right) { return is_right ? "ok" : "wrong"; }

// The kind of the Error a program expects; a lack of memory, however it is said, is passed on.
template <typename T>
std::optional<ErrorKind> kind_of(const Outcome<T>& outcome) {
  if (outcome.ok()) return std::nullopt;
  const Error* error = outcome.failure().error();
  if (error == nullptr || error->kind() == ErrorKind::exhausted) outcome.failure().raise();
  return error->kind();
}

struct Program {
  const char* name;
  Task<std::string> (*run)(Stage stage);
  bool on_real_time;
};

// Those of pipeline/, and of what looks at tasks.
std::span<const Program> pipeline_programs() noexcept;

}  // namespace ringback::allocation_programs
