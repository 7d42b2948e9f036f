// What a listener is told of the steps of a job.

#include <gtest/gtest.h>

#include <coroutine>
#include <cstdlib>
#include <map>
#include <string>

#include "ringback/exec/hooks.h"
#include "ringback/exec/virtual_loop_test.h"

namespace ringback {

using namespace runtime;

namespace {

using testing_loops::on_virtual_time;

// Writes down what it is told: which step, and of which job. In the whole process, so one at a time.
class Listener final : public Hooks {
 public:
  void name(const Job& job, char is) { names_[&job] = is; }
  std::string told;

  void job_begins(Executor&, const Job& job) noexcept override { note("begins", &job); }
  void job_ended(Executor&) noexcept override { note("ended", nullptr); }
  void job_goes_on(Executor&, const Job& step) noexcept override { note("goes on", &step); }
  void sleep_begins(Executor&) noexcept override {}
  void sleep_ended(Executor&) noexcept override {}

 private:
  void note(const char* what, const Job* job) {
    told += what;
    if (job != nullptr) told += std::string(" ") + names_.at(job);
    told += "; ";
  }

  std::map<const Job*, char> names_;
};

class Step final : public Job {
 public:
  void run() noexcept override { ++runs; }
  int runs = 0;
};

// A coroutine as the trampoline knows it: its promise is a Job.
struct Coroutine {
  struct promise_type final : Job {
    Coroutine get_return_object() noexcept { return {std::coroutine_handle<promise_type>::from_promise(*this)}; }
    std::suspend_always initial_suspend() const noexcept { return {}; }
    std::suspend_always final_suspend() const noexcept { return {}; }
    void return_void() const noexcept {}
    void unhandled_exception() const noexcept { std::abort(); }
    void run() noexcept override {}
  };
  std::coroutine_handle<promise_type> handle;
};

Coroutine count_a_run(int& runs) {
  ++runs;
  co_return;
}

// Goes on with another step, then with a coroutine.
class First final : public Job {
 public:
  First(Step& retired, std::coroutine_handle<> next) : retired_(retired), next_(next) {}
  void run() noexcept override {
    internal::retire(retired_);
    internal::this_thread.next = next_;
  }

 private:
  Step& retired_;
  std::coroutine_handle<> next_;
};

class WithListener {
 public:
  explicit WithListener(Listener& listener) : before_(set_hooks(&listener)) {}
  ~WithListener() { set_hooks(before_); }

 private:
  Hooks* before_;
};

TEST(JobHooks, every_step_of_a_job_is_told) {
  Loop loop(on_virtual_time());
  Listener listener;
  int runs = 0;
  Step step;
  const Coroutine coroutine = count_a_run(runs);
  First first(step, coroutine.handle);
  listener.name(first, 'f');
  listener.name(step, 's');
  listener.name(internal::job_of(coroutine.handle), 'c');
  {
    const WithListener listens(listener);
    loop.post(first);
    EXPECT_TRUE(loop.poll());
  }
  EXPECT_EQ(listener.told, "begins f; goes on s; goes on c; ended; ");
  EXPECT_EQ(step.runs, 1);
  EXPECT_EQ(runs, 1);
  coroutine.handle.destroy();
}

TEST(JobHooks, without_a_listener_the_same_steps_are_done) {
  Loop loop(on_virtual_time());
  Listener listener;
  int runs = 0;
  Step step;
  const Coroutine coroutine = count_a_run(runs);
  First first(step, coroutine.handle);
  loop.post(first);
  EXPECT_TRUE(loop.poll());
  EXPECT_EQ(listener.told, "");
  EXPECT_EQ(step.runs, 1);
  EXPECT_EQ(runs, 1);
  coroutine.handle.destroy();
}

// Takes itself off: what it began to hear of, it hears to the end.
class Leaves final : public Job {
 public:
  void run() noexcept override { set_hooks(nullptr); }
};

TEST(JobHooks, a_listener_that_goes_in_the_middle_of_a_job_is_told_of_its_end) {
  Loop loop(on_virtual_time());
  Listener listener;
  Leaves leaves;
  Step later;
  listener.name(leaves, 'l');
  const WithListener listens(listener);
  loop.post(leaves);
  loop.post(later);
  EXPECT_TRUE(loop.poll());
  EXPECT_EQ(listener.told, "begins l; ended; ");
  EXPECT_EQ(later.runs, 1);
}

}  // namespace
}  // namespace ringback
