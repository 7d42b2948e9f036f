#include "ringback/async/run.h"

#include <unistd.h>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <iostream>

namespace ringback::internal {
namespace {

// What a signal handler may touch: three lock-free words.
std::atomic<Loop*> watching{nullptr};
std::atomic<int> first_signal{0};
std::atomic<int> in_handler{0};  // threads that may be using `watching`; any thread may get the signal
static_assert(std::atomic<Loop*>::is_always_lock_free && std::atomic<int>::is_always_lock_free);

void on_signal(int signal) noexcept {
  int none = 0;
  if (!first_signal.compare_exchange_strong(none, signal)) {
    std::signal(signal, SIG_DFL);  // The second one ends the process.
    std::raise(signal);
    return;
  }
  in_handler.fetch_add(1);
  if (Loop* loop = watching.load()) loop->interrupt();
  in_handler.fetch_sub(1);
}

bool watch_one(int signal) noexcept {
  struct sigaction before = {};
  if (sigaction(signal, nullptr, &before) != 0) return false;
  if ((before.sa_flags & SA_SIGINFO) != 0 || before.sa_handler != SIG_DFL) return false;
  struct sigaction mine = {};
  mine.sa_handler = on_signal;
  return sigaction(signal, &mine, nullptr) == 0;
}

// What the program has printed so far, by printf or by std::cout. Only stdout and its like: another file may be locked
// for as long as some thread reads from it.
void flush_output() noexcept {
  try {
    std::cout.flush();
    std::clog.flush();
  } catch (const std::ios_base::failure&) {
    std::fputs("ringback: std::cout could not be written out\n", stderr);
  }
  std::fflush(stdout);
}

// The implementation's handler, taken before the program's own static objects are made.
struct FirstHandler {
  std::terminate_handler handler = std::get_terminate();
};
[[gnu::init_priority(101)]] const FirstHandler first_handler;

// What this thread is throwing out of run().
thread_local const Failure* leaving = nullptr;

void end_program() {
  if (leaving == nullptr) {  // Another thread's end, at the same time.
    first_handler.handler();
    std::abort();
  }
  flush_output();
  std::fprintf(stderr, "%s: error: %s\n", program_invocation_short_name, leaving->describe().c_str());
  _exit(1);
}

// From the throw until somebody catches it. Where nobody does, the stack is not unwound, so std::terminate finds it
// still here; a `catch` and a `noexcept` on the way unwind it first. An exception that is thrown again later, and every
// other one, meets the handler that was there before.
class Leaving {
 public:
  explicit Leaving(const Failure& failure) noexcept {
    if (getpid() != gettid() || std::uncaught_exceptions() != 0 || std::get_terminate() != first_handler.handler)
      return;
    leaving = &failure;
    std::set_terminate(end_program);
  }
  ~Leaving() {
    if (std::exchange(leaving, nullptr) != nullptr) std::set_terminate(first_handler.handler);
  }
  Leaving(const Leaving&) = delete;
  Leaving& operator=(const Leaving&) = delete;
};

}  // namespace

void raise_from_run(const Failure& failure) {
  const Leaving end(failure);
  failure.raise();
}

SignalWatch::SignalWatch(Loop& loop, Signals signals) {
  if (signals == Signals::none || getpid() != gettid() || watching.load() != nullptr) return;
  first_signal.store(0);
  is_watching_ = true;
  watching.store(&loop);
  watches_int_ = watch_one(SIGINT);
  watches_term_ = watch_one(SIGTERM);
}

SignalWatch::~SignalWatch() {
  if (watches_int_) std::signal(SIGINT, SIG_DFL);
  if (watches_term_) std::signal(SIGTERM, SIG_DFL);
  if (!is_watching_) return;
  watching.store(nullptr);
  for (unsigned round = 0; in_handler.load() != 0; ++round) internal::spin_pause(round);
  if (signal() == 0 || is_taken_) return;
  flush_output();
  std::raise(first_signal.load());  // As if it had come now.
}

int SignalWatch::signal() const noexcept { return watches_int_ || watches_term_ ? first_signal.load() : 0; }

bool SignalWatch::has_come() const noexcept {
  if (signal() == 0) return false;
  flush_output();
  return true;
}

void StuckWatch::begin() noexcept {
  if (std::exchange(has_begun_, true)) return;
  set();
}

void StuckWatch::stop() noexcept {
  is_over_ = true;
  if (has_begun_) loop_.timers().remove(*this);
}

void StuckWatch::set() noexcept {
  TimerService& timers = loop_.timers();
  timers.add(*this, saturating_add(timers.now(), loop_.shutdown_limit()));
}

void StuckWatch::run() noexcept {
  if (is_over_) return;
  loop_.report_stuck();
  set();
}

void SignalWatch::die() const {
  const int signal = first_signal.load();
  flush_output();
  std::signal(signal, SIG_DFL);
  std::raise(signal);
  std::abort();  // Not reached: the default action of both ends the process.
}

}  // namespace ringback::internal
