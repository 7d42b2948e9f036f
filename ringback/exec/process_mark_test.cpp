// What a child of fork() is told. Each death test is such a child; what it uses was made before, by its parent.

#include "ringback/exec/process_mark.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <thread>

#include "ringback/exec/loop.h"
#include "ringback/exec/pool.h"

namespace ringback {

using namespace runtime;
namespace {

using namespace std::chrono_literals;

constexpr const char* kSaid = "after fork a child may only exec";

class Noted final : public Job {
 public:
  explicit Noted(std::function<void()> note) : note_(std::move(note)) {}
  void run() noexcept override { note_(); }

 private:
  std::function<void()> note_;
};

class ForkDeathTest : public ::testing::TestWithParam<DriverKind> {
 protected:
  LoopOptions loop_options() const {
    LoopOptions options;
    options.driver_kind = GetParam();
    return options;
  }
  PoolOptions pool_options() const {
    PoolOptions options;
    options.threads = 2;
    options.driver_kind = GetParam();
    return options;
  }
};

TEST_P(ForkDeathTest, a_loop_of_the_parent_cannot_be_used) {
  Loop loop(loop_options());
  loop.poll();
  Noted job([] {});
  EXPECT_DEATH(loop.poll(), kSaid);
  EXPECT_DEATH(loop.run(), kSaid);
  EXPECT_DEATH(std::ignore = loop.run_until(Deadline::never()), kSaid);
  EXPECT_DEATH(loop.post(job), kSaid);
  EXPECT_DEATH(loop.stop(), kSaid);
}

// In the child the job goes on, and the loop must not go to the kernel after it.
TEST_P(ForkDeathTest, a_child_that_comes_back_to_the_loop_it_was_forked_in_ends) {
  Loop loop(loop_options());
  int status = 0;
  bool is_child = false;
  Noted job([&] {
    const pid_t child = fork();
    is_child = child == 0;
    if (is_child) return;
    waitpid(child, &status, 0);
    loop.stop();
  });
  loop.post(job);
  loop.run();
  if (is_child) _exit(3);  // Not reached.
  ASSERT_TRUE(WIFSIGNALED(status)) << status;
  EXPECT_EQ(WTERMSIG(status), SIGABRT);
}

TEST_P(ForkDeathTest, a_pool_of_the_parent_cannot_be_used) {
  Pool pool(pool_options());
  Noted job([] {});
  EXPECT_DEATH(pool.post(job), kSaid);
  EXPECT_DEATH(std::ignore = pool.try_admit(), kSaid);
  EXPECT_DEATH(pool.shutdown(), kSaid);
  EXPECT_DEATH(pool.~Pool(), kSaid);
}

// The one thread that the child has is that worker, which would wait for jobs for ever.
TEST_P(ForkDeathTest, a_worker_that_was_forked_off_ends) {
  Pool pool(pool_options());
  std::atomic<int> status = -1;
  Noted job([&] {
    const pid_t child = fork();
    if (child == 0) return;
    int how = 0;
    waitpid(child, &how, 0);
    status = how;
  });
  pool.post(job);
  pool.shutdown();
  ASSERT_TRUE(WIFSIGNALED(status.load())) << status;
  EXPECT_EQ(WTERMSIG(status.load()), SIGABRT);
}

INSTANTIATE_TEST_SUITE_P(Drivers, ForkDeathTest, ::testing::Values(DriverKind::uring, DriverKind::epoll),
                         [](const auto& test) { return test.param == DriverKind::uring ? "uring" : "epoll"; });

int status_of_child(const std::function<int()>& body) {
  const pid_t child = fork();
  if (child == 0) _exit(body());
  int status = 0;
  waitpid(child, &status, 0);
  return status;
}

TEST(Fork, leaves_the_child_free_to_make_loops_and_pools_of_its_own) {
  const Loop of_the_parent;
  const int status = status_of_child([] {
    Loop loop;
    Pool pool({.threads = 2});
    std::atomic<int> run = 0;
    Noted in_pool([&] {
      ++run;
      loop.stop();
    });
    pool.post(in_pool);
    loop.run();
    pool.shutdown();
    return 40 + run;
  });
  ASSERT_TRUE(WIFEXITED(status)) << status;
  EXPECT_EQ(WEXITSTATUS(status), 41);
}

TEST(Fork, leaves_the_parent_as_it_was) {
  Loop loop;
  std::ignore = status_of_child([] { return 0; });
  Noted job([&] { loop.stop(); });
  loop.post(job);
  loop.run();
}

}  // namespace
}  // namespace ringback
