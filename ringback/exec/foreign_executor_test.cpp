#include <gtest/gtest.h>

#include <utility>

#include "ringback/exec/executor.h"

namespace ringback {

using namespace runtime;

namespace {

// The least a foreign loop needs: a place to keep jobs, and a moment at which it comes to them.
class ForeignExecutor final : public Executor {
 public:
  ForeignExecutor() noexcept : Executor(false, nullptr, nullptr, nullptr) {}
  std::uint64_t random() noexcept override { return 1; }
  void run_one() { run_here(*std::exchange(waiting_, nullptr)); }

 private:
  void post_from_anywhere(Job& job) noexcept override { waiting_ = &job; }

  Job* waiting_ = nullptr;
};

class Look final : public Job {
 public:
  explicit Look(Executor& executor) noexcept : executor_(executor) {}
  void run() noexcept override { was_current = executor_.is_current(); }
  bool was_current = false;

 private:
  Executor& executor_;
};

TEST(ForeignExecutor, a_job_run_here_runs_as_this_executors) {
  ForeignExecutor executor;
  Look look(executor);
  executor.post(look);
  EXPECT_FALSE(executor.is_current());
  executor.run_one();
  EXPECT_TRUE(look.was_current);
  EXPECT_FALSE(executor.is_current());
}

TEST(ForeignExecutor, running_a_job_inside_another_executor_gives_the_thread_back) {
  ForeignExecutor outer;
  ForeignExecutor inner;
  Look look(inner);
  inner.post(look);
  internal::this_thread.executor = &outer;
  inner.run_one();
  EXPECT_TRUE(look.was_current);
  EXPECT_TRUE(outer.is_current());
  internal::this_thread.executor = nullptr;
}

}  // namespace
}  // namespace ringback
