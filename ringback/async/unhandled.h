// The hook for failures that no code receives: one for the whole process.
#pragma once

#include <source_location>
#include <string_view>

#include "ringback/base/error.h"

namespace ringback {

struct Unhandled {
  Failure failure;  // none for a task that was dropped unstarted
  // Of work that was spawned or started, and of a callback: the call that did it. Of a task that was dropped before it
  // began: where its coroutine is defined, since a coroutine does not know who called it.
  std::source_location place;
  std::string_view what;  // "a callback threw", "a failed future was never looked at", ...
};

using UnhandledHook = void (*)(const Unhandled&) noexcept;

// Replaces the hook, which by default writes one block to stderr; gives the one before. The only
// print in the library. Threads: any; the hook is called on whatever thread met the failure.
UnhandledHook set_unhandled_hook(UnhandledHook hook) noexcept;

namespace runtime {

// Tells the hook, but for a cancellation: a callback that throws on the one it was given, say.
void report_unhandled(const Unhandled& unhandled) noexcept;

}  // namespace runtime

namespace internal {

// Hangs `later` on `first`. Where that is no Error, or has no memory for it, the hook is told instead.
void suppress(const Failure& first, Failure later, std::source_location place, std::string_view what) noexcept;

// While it lives, tasks this thread drops unstarted are not reported: somebody was told otherwise.
class QuietDrop {
 public:
  QuietDrop() noexcept { ++depth; }
  ~QuietDrop() { --depth; }
  QuietDrop(const QuietDrop&) = delete;
  QuietDrop& operator=(const QuietDrop&) = delete;
  static bool is_on() noexcept { return depth != 0; }

 private:
  static inline thread_local int depth = 0;
};

}  // namespace internal

}  // namespace ringback
