// A program that is one task: `int main() { return ringback::run(serve()); }`
//
// An error that leaves run() and that main() does not catch ends the program like one that returns 1: what was printed
// to stdout is written out, stderr says `program: error: connect 127.0.0.1:80: Connection refused`, and the exit status
// is 1. No destructor runs then, as with every exception that nobody catches: catch it in main() where one has to.
// Elsewhere run() throws like any function: on another thread, below a `catch` that takes the exception, below a
// `noexcept`, and where the program has a terminate handler of its own.
#pragma once

#include "ringback/async/wait.h"

namespace ringback {

enum class Signals : std::uint8_t {
  cancel,  // SIGINT and SIGTERM, unless they have a handler, cancel the task once; a second one ends the process
  none,    // leave them alone
};

struct RunOptions {
  Signals signals = Signals::cancel;
  // What is done, each time the loop's shutdown limit (10 s) has passed, about work that was cancelled
  // and does not end: it is named, and with Stuck::abort the process ends.
  Stuck stuck = Stuck::report;
  LoopOptions loop = {};
};

namespace internal {

// While it lives, the first SIGINT or SIGTERM is kept for signal() instead of ending the process.
// Does nothing on other threads than the main one, and where a handler is installed already. What the program has
// printed to stdout is written out when the loop learns of the signal, and again before the process ends by it. A
// second signal ends it inside the handler, where nothing may be written.
class SignalWatch {
 public:
  SignalWatch(Loop& loop, Signals signals);
  ~SignalWatch();
  // The signal that came, or 0.
  int signal() const noexcept;
  // It has had its effect. One that came too late for any ends the process when the watch ends.
  void take() noexcept { is_taken_ = true; }
  // On the loop's thread: true where a signal has come, and stdout has been written out.
  bool has_come() const noexcept;
  // Ends the process as that signal would have, after a clean shutdown.
  [[noreturn]] void die() const;

 private:
  bool is_watching_ = false;
  bool is_taken_ = false;
  bool watches_int_ = false;
  bool watches_term_ = false;
};

// Reports, from begin() on, what does not end: on a loop whose work has been cancelled.
//
// Lifetime: outlives the loop's shut_down(), which runs the timer where it was late for stop().
class StuckWatch final : public Timer {
 public:
  explicit StuckWatch(Loop& loop) noexcept : loop_(loop) {}
  void begin() noexcept;
  void stop() noexcept;

 private:
  void run() noexcept override;
  void set() noexcept;

  Loop& loop_;
  bool has_begun_ = false;
  bool is_over_ = false;
};

template <Operation Op>
class RunRoot final : public WaitRoot<Op> {
 public:
  RunRoot(Executor& home, Op&& op, StuckWatch& stuck, std::source_location place) noexcept
      : WaitRoot<Op>(home, std::move(op), place), stuck_(stuck) {
    this->cancel_leftovers();
  }

 private:
  void leftovers_cancelled() noexcept override { stuck_.begin(); }

  StuckWatch& stuck_;
};

// Throws what `failure` holds. On the main thread, where nobody catches that, the program ends as said above.
[[noreturn]] void raise_from_run(const Failure& failure);

// run(), with its failure as a value.
template <WorkFor Work>
auto run_to_outcome(Work&& work, RunOptions options, std::source_location place)
    -> Outcome<typename work_operation_t<Work>::value_type>;

}  // namespace internal

// Runs `work` on a new Loop of the calling thread. When it has ended, what is left of what it
// started is cancelled and awaited, however long that takes: it never returns over live frames (see
// RunOptions::stuck). Then run() returns the value or throws the failure. Where a signal ended it, or
// came when it was too late to cancel, the process ends by that signal once everything has been cleaned
// up. Work that was cancelled by one and gives a value all the same has ended in its own way: run()
// returns.
// Errors: would_deadlock where this thread already drives an executor.
template <runtime::WorkFor Work>
auto run(Work&& work, RunOptions options = {}, std::source_location place = std::source_location::current()) {
  auto outcome = internal::run_to_outcome(std::forward<Work>(work), std::move(options), place);
  if (!outcome.ok()) internal::raise_from_run(outcome.failure());
  return std::move(outcome).value();
}

template <runtime::WorkFor Work>
auto internal::run_to_outcome(Work&& work, RunOptions options, std::source_location place)
    -> Outcome<typename work_operation_t<Work>::value_type> try {
  check_may_wait("run");
  using Op = work_operation_t<Work>;
  if (options.stuck == Stuck::abort) options.loop.stuck = Stuck::abort;
  Loop loop(std::move(options.loop));
  SignalWatch watch(loop, options.signals);
  StuckWatch stuck(loop);
  using Root = RunRoot<Op>;
  auto root = Ref<Root>::adopt(new Root(loop, work_as_operation(std::forward<Work>(work)), stuck, place));
  root->start_unlinked();
  struct Interrupted {
    Root& root;
    SignalWatch& watch;
    StuckWatch& stuck;
  } interrupted{*root, watch, stuck};
  loop.begin_run();
  loop.drive(
      root->is_done(),
      [](void* argument) {
        auto& [task, signals, watch_stuck] = *static_cast<Interrupted*>(argument);
        if (!signals.has_come()) return;
        if (task.cancel(Reason::shutdown)) signals.take();
        watch_stuck.begin();
      },
      &interrupted);
  stuck.stop();
  loop.shut_down();
  auto outcome = root->take();
  if (!outcome.ok() && outcome.failure().is_cancelled()) {
    if (watch.signal() != 0) watch.die();
    return Failure(make_aborted("run", outcome.failure().reason()));
  }
  return outcome;
} catch (const std::exception&) {
  return Failure::from_current();  // The system gives no Loop, or this thread must not wait.
}

}  // namespace ringback
