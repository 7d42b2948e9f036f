#include "ringback/trace/internal/stack_capture.h"

#include <execinfo.h>
#include <signal.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <iterator>
#include <mutex>
#include <thread>
#include <tuple>

#include "ringback/base/error.h"

namespace ringback::trace::internal {
namespace {

// One request at a time, so the handler needs nothing but this. Who asks goes idle -> asked, the handler
// asked -> writing -> answered, who asked answered -> idle; or asked -> idle where it has waited enough. A
// handler that comes late, or in another thread, finds nothing asked of it and returns.
enum State : std::uint32_t { idle, asked, writing, answered };
std::atomic<std::uint32_t> state{idle};
std::atomic<int> asked_thread{0};
// Written by the handler between writing and answered.
void* frames[64];
int depth = 0;
void* stopped_at = nullptr;
static_assert(std::atomic<std::uint32_t>::is_always_lock_free && std::atomic<int>::is_always_lock_free);

#if defined(__x86_64__)
void* place_of(const ucontext_t& context) noexcept {
  return reinterpret_cast<void*>(context.uc_mcontext.gregs[REG_RIP]);  // NOLINT: an address it is
}
#elif defined(__aarch64__)
void* place_of(const ucontext_t& context) noexcept {
  return reinterpret_cast<void*>(context.uc_mcontext.pc);  // NOLINT: an address it is
}
#else
void* place_of(const ucontext_t&) noexcept { return nullptr; }
#endif

// On the stack of whatever was interrupted, not on an alternative one: those are made for a handler that
// gives up, and unwinding may need more. backtrace() has been warmed up, so that it loads nothing here; from
// then on it neither allocates nor locks (glibc 2.35 finds the tables without).
void on_signal(int, siginfo_t*, void* context) noexcept {
  const int error = errno;
  std::uint32_t expected = asked;
  if (asked_thread.load() == ::gettid() && state.compare_exchange_strong(expected, writing)) {
    stopped_at = place_of(*static_cast<const ucontext_t*>(context));
    depth = ::backtrace(frames, static_cast<int>(std::size(frames)));
    state.store(answered);
  }
  errno = error;
}

bool is_ours(const struct sigaction& action) noexcept {
  return (action.sa_flags & SA_SIGINFO) != 0 && action.sa_sigaction == on_signal;
}

// Without the handler's own frames, and what called it, where the place it stopped at can be told.
std::vector<std::uintptr_t> answer() {
  void** const end = frames + depth;
  void** const first = std::find(frames, end, stopped_at);
  std::vector<std::uintptr_t> stack;
  std::transform(first == end ? frames : first, end, std::back_inserter(stack),
                 [](void* frame) { return reinterpret_cast<std::uintptr_t>(frame); });
  return stack;
}

}  // namespace

void prepare_capture(int signal) {
  static std::mutex lock;
  std::lock_guard guard(lock);
  struct sigaction before = {};
  if (::sigaction(signal, nullptr, &before) != 0) throw Error::from_os(errno, "watch for stalls");
  if (is_ours(before)) return;
  if ((before.sa_flags & SA_SIGINFO) != 0 || before.sa_handler != SIG_DFL) {
    throw Error(ErrorKind::invalid, "watch for stalls",
                "the signal has a handler already: name another one, or none, in StallOptions::signal");
  }
  void* warm[4];
  std::ignore = ::backtrace(warm, 4);
  struct sigaction mine = {};
  mine.sa_sigaction = on_signal;
  mine.sa_flags = SA_SIGINFO | SA_RESTART;
  ::sigfillset(&mine.sa_mask);  // The stack is shown as it is, not with another handler on top.
  if (::sigaction(signal, &mine, nullptr) != 0) throw Error::from_os(errno, "watch for stalls");
}

std::vector<std::uintptr_t> capture_stack(int signal, int thread_id, Duration patience) {
  constexpr auto kBetweenLooks = std::chrono::microseconds(200);
  static std::mutex lock;
  std::lock_guard guard(lock);
  std::uint32_t late = answered;  // By one that began to answer, and was held up beyond our patience.
  state.compare_exchange_strong(late, idle);
  if (state.load() != idle) return {};
  asked_thread.store(thread_id);
  state.store(asked);
  const auto give_up = std::chrono::steady_clock::now() + patience;
  if (::syscall(SYS_tgkill, ::getpid(), thread_id, signal) == 0) {
    while (state.load() != answered && std::chrono::steady_clock::now() < give_up) {
      std::this_thread::sleep_for(kBetweenLooks);
    }
  }
  std::uint32_t expected = asked;
  if (state.compare_exchange_strong(expected, idle) || state.load() != answered) return {};
  std::vector<std::uintptr_t> stack = answer();
  state.store(idle);
  return stack;
}

}  // namespace ringback::trace::internal
