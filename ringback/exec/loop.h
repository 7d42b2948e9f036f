// One thread, many waits: runs what is ready, and sleeps in the kernel when nothing is.
//
// A turn runs, in this order: the timers that have expired, by deadline (equal ones in the order
// they were set); then what was ready when the turn began, in order. What is posted during a turn
// runs in the next. The clock, the kernel and other threads' jobs are looked at when nothing is ready,
// and otherwise every 61 resumptions, whether of one turn or of many, so that neither starves the other.
#pragma once

#include <concepts>
#include <memory>
#include <string>

#include "ringback/base/time.h"
#include "ringback/driver/driver.h"
#include "ringback/exec/adaptive_spin.h"
#include "ringback/exec/executor.h"
#include "ringback/exec/inbox.h"
#include "ringback/exec/timer_service.h"

namespace ringback {

namespace runtime {

// Something that keeps kernel requests armed on a loop between calls (a multishot receive) and
// must let go when the loop stops running, or when another driver takes it over.
class LoopGuest : public ListLink<class LoopGuestTag> {
 public:
  // On the loop's thread. Cancel what is armed; results that still arrive are to be kept.
  virtual void leave_loop() noexcept = 0;

 protected:
  ~LoopGuest() = default;
};

}  // namespace runtime

// In which order a turn runs what is ready.
enum class TurnOrder : std::uint8_t {
  posted,  // as it came
  drawn,   // by the driver's random(), for tests: what must not depend on the order shows that it does.
           // Only with a driver that has a time of its own.
};

struct LoopOptions {
  // Null: make_driver() with `driver_kind` and `driver_options`. Tests give a VirtualDriver.
  std::unique_ptr<runtime::Driver> driver = nullptr;
  DriverKind driver_kind = DriverKind::any;
  DriverOptions driver_options = {};
  // How long run() waits for what it cancelled before it names on stderr who is stuck.
  Duration shutdown_limit = std::chrono::seconds(10);
  // What it does then.
  Stuck stuck = Stuck::report;
  TurnOrder order = TurnOrder::posted;
};

namespace runtime {

struct LoopStatus {
  std::size_t timers = 0;      // armed
  std::size_t requests = 0;    // that the kernel has
  bool has_inbox = false;      // jobs of other threads wait to be looked at
  std::uint64_t jobs_run = 0;  // up to its last look
  std::uint64_t looks = 0;     // at clock, kernel and inbox
  Duration lag_last{};         // how late the timer was that was found to have expired last, and
  Duration lag_max{};          // the latest of all
};

}  // namespace runtime

// Threads: run, poll, run_until, and destruction on one thread at a time; post() and stop() from any.
class Loop : public Executor {
 public:
  explicit Loop(LoopOptions options = {});
  ~Loop() override;

  // Runs turns until stop(), then cancels the work it owns (Reason::shutdown), waits for its
  // clean-up and returns. Fails (would_deadlock) where this thread already drives an executor.
  void run();

  // Makes run() return, or the next run(). Threads: any.
  void stop() noexcept;

  // Runs what is ready, without waiting. True where something was run. For embedding: call it when
  // wake_fd() is readable, or when the moment of next_deadline() has come.
  bool poll();

  // Runs turns until `deadline` passed or stop() was called; gives false for the latter.
  bool run_until(Deadline deadline);

  // Polls readable when poll() would find work from the kernel or another thread. Threads: the loop's.
  int wake_fd() noexcept;
  // The earliest timer; a moment in the past where something is ready now.
  Deadline next_deadline() noexcept;

  // The time now: of the driver's clock, real or virtual. Threads: the loop's own.
  TimePoint now() noexcept { return driver_->now(); }

  std::uint64_t random() noexcept override { return driver_->random(); }

  // Threads: the loop's own, inside a job.
  runtime::Driver& driver() noexcept { return *driver_; }

  // True while run() is running: only then may guests keep requests armed.
  bool is_running() const noexcept { return running_; }
  // For code that drives the loop and then calls shut_down(), as run() does: the loop counts as running until then.
  void begin_run() noexcept { running_ = true; }
  void add_guest(runtime::LoopGuest& guest) noexcept { guests_.push_back(guest); }

  // Runs turns until `done` is true, which work on this loop sets; for wait(), run() and tests.
  // `interrupted` is called after each interrupt(). Same rules as run().
  void drive(const bool& done, void (*interrupted)(void*) = nullptr, void* argument = nullptr);
  template <std::predicate Done>
  void drive(Done&& done) {
    Driving driving(*this);
    while (!done()) turn(Deadline::never());
  }

  // Has drive() call its `interrupted` soon. Threads: any; safe in a signal handler.
  void interrupt() noexcept {
    interrupted_.store(true, std::memory_order_seq_cst);
    nudge();
  }

  // Cancels everything owned and drives until it has ended; stuck work is named on stderr after the
  // shutdown limit, and again after each further one. Part of run(); for embedders.
  void shut_down();

  // As a shutdown does once its limit has passed. Threads: the loop's.
  void report_stuck() noexcept { report_stuck_work(stuck_); }
  Duration shutdown_limit() const noexcept { return shutdown_limit_; }

  // True while a thread runs it. Threads: any; as of now.
  bool is_driven() const noexcept { return is_driven_.load(std::memory_order_relaxed); }

  // What it has to do, and has done. Threads: the loop's own.
  runtime::LoopStatus status() noexcept;
  // What has become ready and waits for the next turn, in no order. Threads: the loop's own.
  template <typename Visit>
  void for_each_ready(Visit&& visit) const {
    for (const runtime::Job* job = ready_.first(); job != nullptr; job = job->next_job) visit(*job);
    for (const runtime::Job* job = expired_.first(); job != nullptr; job = job->next_job) visit(*job);
  }

  // Wakes the loop if it sleeps. Threads: any.
  void nudge() noexcept {
    if (inbox_.must_wake()) driver_->wake();
  }

 protected:
  // For a loop that serves another executor (a Pool): its timers are shared and run in `home`.
  Loop(LoopOptions options, Executor& home);

  void post_from_anywhere(runtime::Job& job) noexcept override;
  void on_owned_empty() noexcept override { nudge(); }
  // In the destructor of what derives from it, first of all: no other thread looks at it from here on.
  void leave_list() noexcept;

 private:
  // Makes the calling thread this loop's thread for as long as it lives.
  class Driving {
   public:
    explicit Driving(Loop& loop);
    ~Driving();

   private:
    Loop& loop_;
    internal::ThreadState outer_;
  };

  // One turn; waits for work until `until` at most where nothing is ready.
  void turn(Deadline until);
  template <bool kLooksEveryTurn>
  [[gnu::always_inline]] inline void turn_here(Deadline until);  // the same, inside loop.cpp
  void look_before_turn(Deadline until);
  void look_in_turn();
  void merge_expired() noexcept;
  void look(Deadline until);
  bool wait(Deadline until);
  bool spin(TimePoint since, Deadline until) noexcept;
  bool has_ready() noexcept;
  void shut_down_here();
  void announce_sleep() noexcept;
  void note_lag(TimePoint now) noexcept;
  void join_list() noexcept;

  std::unique_ptr<runtime::Driver> driver_;
  runtime::TimerService timers_;
  runtime::JobQueue ready_;
  runtime::JobQueue expired_;
  runtime::JobQueue::Place early_ = nullptr;  // in ready_: behind what has expired during this turn
  runtime::Inbox inbox_;
  runtime::IntrusiveList<runtime::LoopGuest, runtime::LoopGuestTag> guests_;
  const Duration shutdown_limit_;
  const Stuck stuck_;
  const bool looks_every_turn_;
  const bool may_spin_;
  const TurnOrder order_;
  runtime::AdaptiveSpin spin_;
  std::atomic<TimePoint> woken_at_{TimePoint()};  // by the last job that found the loop asleep
  std::uint32_t until_look_ = 1;                  // resumptions
  std::uint64_t looks_ = 0;
  std::uint64_t jobs_run_;  // up to the last look
  Duration lag_last_{};
  Duration lag_max_{};
  void (*on_interrupt_)(void*) = nullptr;
  void* interrupt_argument_ = nullptr;
  bool running_ = false;
  bool is_listed_ = false;  // from the first time it is driven
  std::atomic<bool> is_driven_{false};
  std::atomic<bool> stop_requested_{false};
  std::atomic<bool> interrupted_{false};
  std::atomic<std::uint32_t> posting_{0};  // threads inside post_from_anywhere()
};

}  // namespace ringback
