#include "ringback/async/unhandled.h"

#include <atomic>
#include <cstdio>
#include <new>
#include <string>

#include "ringback/base/function_name.h"

namespace ringback {

using namespace runtime;

namespace {

std::string text_of(const Failure& failure) noexcept {
  try {
    return failure.exists() ? failure.describe() : std::string();
  } catch (...) {
    return "no memory";  // Short enough to need none.
  }
}

void write_to_stderr(const Unhandled& unhandled) noexcept {
  const std::string failure = text_of(unhandled.failure);
  ::flockfile(stderr);  // One block, whoever else writes.
  std::fprintf(stderr, "ringback: %.*s\n", static_cast<int>(unhandled.what.size()), unhandled.what.data());
  if (!failure.empty()) std::fprintf(stderr, "  %s\n", failure.c_str());
  if (unhandled.place.line() != 0) {
    // Without a failure it is a task that was dropped: a coroutine knows where it is defined, not who called it.
    std::fprintf(stderr, "  %s at %s:%u in %s\n", failure.empty() ? "defined" : "created", unhandled.place.file_name(),
                 static_cast<unsigned>(unhandled.place.line()), runtime::FunctionName(unhandled.place).c_str());
  }
  ::funlockfile(stderr);
}

std::atomic<UnhandledHook> current_hook{write_to_stderr};

}  // namespace

UnhandledHook set_unhandled_hook(UnhandledHook hook) noexcept {
  return current_hook.exchange(hook != nullptr ? hook : write_to_stderr);
}

// A cancellation is no failure: who asked for it knows.
void runtime::report_unhandled(const Unhandled& unhandled) noexcept {
  if (!unhandled.failure.is_cancelled()) current_hook.load()(unhandled);
}

void internal::suppress(const Failure& first, Failure later, std::source_location place,
                        std::string_view what) noexcept {
  try {
    if (const Error* error = first.error()) return error->add_suppressed(later);
  } catch (const std::bad_alloc&) {
    what = "a failure was suppressed by an earlier one, and there is no memory to keep it there";
  }
  report_unhandled({std::move(later), place, what});
}

}  // namespace ringback
