#include "ringback/trace/dump_on_signal.h"

#include <dlfcn.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <functional>
#include <optional>
#include <utility>

#include "ringback/base/error.h"

namespace {

std::function<void()> when_looked_at;  // who handles SIGUSR2, once

using Sigaction = int (*)(int, const struct sigaction*, struct sigaction*);

}  // namespace

// A sanitizer's own, which has to know of handlers; null where there is none.
extern "C" [[gnu::weak]] int __interceptor_sigaction(int signal, const struct sigaction* action,  // NOLINT: its name
                                                     struct sigaction* before);

// In the place of the C library's, for this whole program: the test below begins something else in the middle.
extern "C" int sigaction(int signal, const struct sigaction* action, struct sigaction* before) noexcept {
  static const auto real = __interceptor_sigaction != nullptr
                               ? &__interceptor_sigaction
                               : reinterpret_cast<Sigaction>(::dlsym(RTLD_NEXT, "sigaction"));  // NOLINT: a function
  const int done = real(signal, action, before);
  if (signal == SIGUSR2 && action == nullptr && when_looked_at) std::exchange(when_looked_at, nullptr)();
  return done;
}

namespace ringback::trace {
namespace {

DumpOptions on_usr2() {
  DumpOptions options;
  options.signal = SIGUSR2;
  options.on_dump = [](const std::string&) {};
  return options;
}

ErrorKind kind_of_refusal() {
  try {
    const DumpOnSignal refused(on_usr2());
  } catch (const Error& error) {
    return error.kind();
  }
  return ErrorKind::io;  // It was not refused.
}

// Where both look before either has taken the signal.
TEST(DumpOnSignal, of_two_that_want_a_signal_at_once_one_is_refused) {
  std::optional<DumpOnSignal> other;
  bool has_met = false;
  when_looked_at = [&] {
    has_met = true;
    try {
      other.emplace(on_usr2());
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::invalid);
    }
  };
  const DumpOnSignal guard(on_usr2());
  EXPECT_TRUE(has_met);
  EXPECT_FALSE(other.has_value());
}

TEST(DumpOnSignal, that_was_refused_leaves_the_signal_to_who_comes_next) {
  struct sigaction ignore = {};
  ignore.sa_handler = SIG_IGN;
  ASSERT_EQ(::sigaction(SIGUSR2, &ignore, nullptr), 0);
  EXPECT_EQ(kind_of_refusal(), ErrorKind::invalid);
  ignore.sa_handler = SIG_DFL;
  ASSERT_EQ(::sigaction(SIGUSR2, &ignore, nullptr), 0);
  {
    const DumpOnSignal guard(on_usr2());
    EXPECT_EQ(kind_of_refusal(), ErrorKind::invalid);
  }
  const DumpOnSignal again(on_usr2());
}

}  // namespace
}  // namespace ringback::trace
