// The models in which the contract's statements are tested: every place to run, over every driver.
//
// A statement is a program, a coroutine that runs in "this model" (InEveryModel::run_here), or, where
// it is about what plain code does, a test of a Host. What is meant to differ by model is said in the
// test, by place().
#pragma once

#include <gtest/gtest.h>
#include <poll.h>

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "ringback/async/future.h"
#include "ringback/async/on_exit.h"
#include "ringback/async/outcome_of.h"
#include "ringback/async/run.h"
#include "ringback/async/sleep.h"
#include "ringback/async/start.h"
#include "ringback/async/task.h"
#include "ringback/async/timeout.h"
#include "ringback/driver/virtual_driver.h"
#include "ringback/exec/loop.h"
#include "ringback/exec/pool.h"
#include "ringback/sync/event.h"
#include "ringback/testing/simulation.h"

namespace ringback {

using namespace std::chrono_literals;

enum class Place : std::uint8_t {
  caller,       // inline: wait() on the test's own thread
  loop,         // run() on the test's own thread
  embedded,     // a Loop that another loop polls
  loop_thread,  // a Loop in run() on a thread of its own
  pool,         // of two workers; of one where time jumps
};

struct Model {
  const char* name;
  Place place;
  const char* driver;
};

// Its time jumps, and what is drawn is drawn from a seed.
inline bool has_own_time(const Model& model) {
  return std::string_view(model.driver) == "virtual" || std::string_view(model.driver) == "simulated";
}
inline std::unique_ptr<runtime::Driver> driver_of(const Model& model) {
  if (std::string_view(model.driver) == "virtual") return std::make_unique<VirtualDriver>(7);
  if (std::string_view(model.driver) == "simulated") {
    return testing::Simulation({.seed = 7, .network = {.latency_max = 3ms}}).make_driver();
  }
  return make_driver(std::string_view(model.driver) == "uring" ? DriverKind::uring : DriverKind::epoll);
}
inline LoopOptions loop_options_of(const Model& model) {
  LoopOptions options;
  options.driver = driver_of(model);
  return options;
}
inline PoolOptions pool_options_of(const Model& model) {
  PoolOptions options;
  options.threads = 2;
  if (has_own_time(model)) {
    options.driver = driver_of(model);
  } else {
    options.driver_kind = std::string_view(model.driver) == "uring" ? DriverKind::uring : DriverKind::epoll;
  }
  return options;
}

// The executor of the program that runs here.
inline Executor& executor_here() { return *internal::this_thread.executor; }

// A model as plain code sees it: where it can name the executor, and wait for its end.
class Host {
 public:
  explicit Host(const Model& model) : place_(model.place) {
    switch (place_) {
      case Place::caller: set_inline_driver(driver_of(model)); return;
      case Place::pool: pool_.emplace(pool_options_of(model)); return;
      default: loop_ = std::make_unique<Loop>(loop_options_of(model));
    }
    if (place_ == Place::loop_thread) thread_ = std::thread([this] { loop_->run(); });
  }
  ~Host() { end(); }
  Host(const Host&) = delete;
  Host& operator=(const Host&) = delete;

  template <runtime::WorkFor Work>
  auto spawn(Work&& work, std::source_location place = std::source_location::current()) {
    if (place_ == Place::caller) return ringback::spawn(Inline{}, std::forward<Work>(work), place);
    return ringback::spawn(executor(), std::forward<Work>(work), place);
  }
  template <runtime::WorkFor Work, typename Callback>
  void start(Work&& work, Callback callback) {
    if (place_ == Place::caller) {
      ringback::start(std::forward<Work>(work), on(Inline{}), std::move(callback));
    } else {
      ringback::start(std::forward<Work>(work), on(executor()), std::move(callback));
    }
  }
  // Names this model's executor.
  template <typename T, typename F>
  void on_done(const Future<T>& future, F callback) {
    if (place_ == Place::caller) {
      future.on_done(Inline{}, std::move(callback));
    } else {
      future.on_done(executor(), std::move(callback));
    }
  }

  // Lets the model run until `is_done()`, which work in it brings about; `wait_for` blocks until then
  // where another thread runs it.
  template <typename IsDone, typename Wait>
  void drive(IsDone&& is_done, Wait&& wait_for) {
    if (place_ == Place::embedded) {
      drive_embedded(is_done);
    } else if (place_ == Place::loop) {
      loop_->drive(is_done);
    } else {
      wait_for();
    }
  }
  template <typename T>
  void wait_for(const Future<T>& future) {
    drive([&] { return future.is_done(); }, [&] { std::ignore = wait_outcome(until_done(future)); });
  }
  void wait_for(Event& event) {
    drive([&] { return event.is_set(); }, [&] { wait(event.wait()); });
  }

  // Everything that was given to it has ended when this returns, its callbacks included.
  void end() {
    if (thread_.joinable()) {
      loop_->stop();
      thread_.join();
    } else if (loop_ != nullptr) {
      loop_->shut_down();
    }
    loop_.reset();
    pool_.reset();
    if (place_ == Place::caller) set_inline_driver(nullptr);
  }

  // Not of inline, which has no name but Inline.
  Executor& executor() { return pool_.has_value() ? static_cast<Executor&>(*pool_) : *loop_; }

 private:
  template <typename T>
  static Task<> until_done(Future<T> future) {
    std::ignore = co_await outcome(future);
  }

  // What a program with an event loop of its own does: it waits for the descriptor and the deadline.
  template <typename IsDone>
  void drive_embedded(IsDone&& is_done) {
    while (!is_done()) {
      if (loop_->poll()) continue;
      pollfd wake{loop_->wake_fd(), POLLIN, 0};
      const Deadline next = loop_->next_deadline();
      const Duration left = next.is_never() ? Duration(1h) : std::max(Duration(0), next.moment() - loop_->now());
      const timespec limit{static_cast<time_t>(left / 1s), static_cast<long>((left % 1s).count())};
      ::ppoll(&wake, 1, &limit, nullptr);
    }
  }

  const Place place_;
  std::unique_ptr<Loop> loop_;
  std::thread thread_;
  std::optional<Pool> pool_;
};

// Runs `work` in the model to its end; gives its value, or throws.
template <runtime::WorkFor Work>
auto run_in(const Model& model, Work&& work) {
  if (model.place == Place::caller) {
    set_inline_driver(driver_of(model));
    struct Restore {
      ~Restore() { set_inline_driver(nullptr); }
    } restore;
    return wait(std::forward<Work>(work));
  }
  if (model.place == Place::loop) return run(std::forward<Work>(work), {.loop = loop_options_of(model)});
  Host host(model);
  auto future = host.spawn(std::forward<Work>(work));
  host.wait_for(future);
  host.end();
  return std::move(future).get();
}

class InEveryModel : public ::testing::TestWithParam<Model> {
 protected:
  template <runtime::WorkFor Work>
  auto run_here(Work&& work) {
    return run_in(GetParam(), std::forward<Work>(work));
  }

  Place place() const { return GetParam().place; }
  bool is_inline() const { return place() == Place::caller; }
  bool is_pool() const { return place() == Place::pool; }
  bool has_own_time() const { return ringback::has_own_time(GetParam()); }
};

inline auto every_model() {
  return ::testing::Values(
      Model{"inline_virtual", Place::caller, "virtual"}, Model{"inline_simulated", Place::caller, "simulated"},
      Model{"inline_uring", Place::caller, "uring"}, Model{"inline_epoll", Place::caller, "epoll"},
      Model{"loop_virtual", Place::loop, "virtual"}, Model{"loop_simulated", Place::loop, "simulated"},
      Model{"loop_uring", Place::loop, "uring"}, Model{"loop_epoll", Place::loop, "epoll"},
      Model{"embedded_uring", Place::embedded, "uring"}, Model{"embedded_epoll", Place::embedded, "epoll"},
      Model{"loop_thread_uring", Place::loop_thread, "uring"}, Model{"loop_thread_epoll", Place::loop_thread, "epoll"},
      Model{"pool_virtual", Place::pool, "virtual"}, Model{"pool_simulated", Place::pool, "simulated"},
      Model{"pool_uring", Place::pool, "uring"}, Model{"pool_epoll", Place::pool, "epoll"});
}
inline auto every_inline_model() {
  return ::testing::Values(Model{"virtual", Place::caller, "virtual"}, Model{"simulated", Place::caller, "simulated"},
                           Model{"uring", Place::caller, "uring"}, Model{"epoll", Place::caller, "epoll"});
}
inline auto every_pool() {
  return ::testing::Values(Model{"virtual", Place::pool, "virtual"}, Model{"simulated", Place::pool, "simulated"},
                           Model{"uring", Place::pool, "uring"}, Model{"epoll", Place::pool, "epoll"});
}
inline const auto kModelName = [](const ::testing::TestParamInfo<Model>& info) { return info.param.name; };

// Opens once; plain code blocks at it. (std::latch of libstdc++ 12 was seen to sleep on when opened.)
class Door {
 public:
  explicit Door(std::ptrdiff_t closed = 1) noexcept : closed_(closed) {}
  void open_one() {
    std::lock_guard guard(lock_);
    if (--closed_ <= 0) opened_.notify_all();
  }
  void blocking_wait() {
    std::unique_lock guard(lock_);
    opened_.wait(guard, [this] { return closed_ <= 0; });
  }

 private:
  std::mutex lock_;
  std::condition_variable opened_;
  std::ptrdiff_t closed_;
};

// While it lives, the program that runs here is alone: where it runs on a Pool, the other workers are
// held up. So what it begins takes its first steps in order, and not before an await.
class Alone {
 public:
  Alone() {
    auto* pool = dynamic_cast<Pool*>(&executor_here());
    const std::ptrdiff_t others = pool == nullptr ? 0 : static_cast<std::ptrdiff_t>(pool->threads()) - 1;
    const auto held = std::make_shared<Door>(others);
    for (std::ptrdiff_t i = 0; i < others; ++i) {
      std::ignore = spawn(*pool, [held, release = release_] {
        held->open_one();
        release->blocking_wait();
      });
    }
    held->blocking_wait();
  }
  ~Alone() { release_->open_one(); }
  Alone(const Alone&) = delete;
  Alone& operator=(const Alone&) = delete;

 private:
  std::shared_ptr<Door> release_ = std::make_shared<Door>();
};

// What happened, in order. Threads: any.
class Record {
 public:
  void note(std::string_view what) {
    std::lock_guard guard(lock_);
    text_.append(text_.empty() ? "" : " ").append(what);
  }
  void note(int number) { note(std::to_string(number)); }
  std::string text() const {
    std::lock_guard guard(lock_);
    return text_;
  }

 private:
  mutable std::mutex lock_;
  std::string text_;
};

// Is set when so many have arrived.
class Gate {
 public:
  explicit Gate(int wanted) noexcept : wanted_(wanted) {}
  void arrive() noexcept {
    if (arrived_.fetch_add(1) + 1 == wanted_) all_.set();
  }
  Event::Wait all_here() noexcept { return all_.wait(); }
  int arrived() const noexcept { return arrived_; }

 private:
  const int wanted_;
  std::atomic<int> arrived_{0};
  Event all_;
};

// How it ended, the same text in every model: "ok", "cancelled: deadline", "aborted: overload",
// "timed_out", "io: text", or what() of a foreign exception.
inline std::string end_of(const Failure& failure) {
  if (!failure.exists()) return "ok";
  if (failure.is_cancelled()) return "cancelled: " + std::string(to_string(failure.reason()));
  const Error* error = failure.error();
  if (error == nullptr) return failure.describe();
  const std::string kind(to_string(error->kind()));
  if (error->kind() == ErrorKind::aborted) return kind + ": " + std::string(to_string(error->reason()));
  if (error->kind() == ErrorKind::io) return kind + ": " + error->what();
  return kind;
}
template <typename T>
std::string end_of(const Outcome<T>& outcome) {
  return end_of(outcome.failure());
}
template <typename Call>
std::string end_of_call(Call&& call) {
  try {
    call();
  } catch (...) {
    return end_of(Failure::from_current());
  }
  return "ok";
}

template <typename T>
Task<T> value_after(Duration length, T value) {
  co_await sleep(length);
  co_return value;
}
inline Task<int> fail_after(Duration length, std::string text) {
  co_await sleep(length);
  throw Error(ErrorKind::io, "test", text);
}
inline Task<> note_later(Record& record, std::string what) {
  co_await yield();
  record.note(what);
}
// Suspends for ever; cancelled, it cleans up, which takes awaits, and notes that.
inline Task<int> never(Gate& gate, Record& record, std::string what) {
  co_await on_exit(note_later(record, std::move(what)));
  gate.arrive();
  co_await sleep(1h);
  co_return 0;
}
// The same, and fails in its own way when it is cancelled.
inline Task<int> fail_when_cancelled(Gate& gate, std::string text) {
  gate.arrive();
  auto end = co_await outcome(sleep(1h));
  if (!end.ok()) throw Error(ErrorKind::io, "test", text);
  co_return 0;
}

}  // namespace ringback

#define RINGBACK_IN_EVERY_MODEL(Suite) INSTANTIATE_TEST_SUITE_P(In, Suite, every_model(), kModelName)
