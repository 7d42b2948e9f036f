#include "demo/tour.h"

#include <gtest/gtest.h>

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <sstream>

#include "cli/arguments.h"
#include "ringback/driver/virtual_driver.h"
#include "ringback/testing/unhandled_log.h"

namespace ringback::demo {
namespace {

std::string played(Language language) {
  std::ostringstream out;
  play_tour(out, language, [] { return std::make_unique<VirtualDriver>(); });
  return out.str();
}

constexpr const char* kEnglish = R"(Beside each measured time, in brackets, stands the textbook's: the waits alone.

=== 1. The basics ===

Three tasks, synchronously:
[sync] A begins
[sync] A done
[sync] B begins
[sync] B done
[sync] C begins
[sync] C done
sync total: 0.90s  [textbook 0.90s]

Three tasks, asynchronously:
[async] A begins
[async] B begins
[async] C begins
[async] A done
[async] B done
[async] C done
async total: 0.30s  [textbook 0.30s]

=== 2. Searching a vector database ===

Ten vectors searched, synchronously:
sync time: 1.00s  [textbook 1.00s]
got 10 results

Ten vectors searched, asynchronously:
async time: 0.10s  [textbook 0.10s]
got 10 results

=== 3. Callback vs async/await ===
Callback style:
callback done: saved  (0.30s)  [textbook 0.30s]
async/await style:
await done: saved  (0.30s)  [textbook 0.30s]

=== 4. Handling errors ===
caught: simulated error  (0.10s)  [textbook 0.10s]
task 0 succeeded: ok
task 1 failed: simulated error
task 2 succeeded: ok  (0.10s)  [textbook 0.10s]

=== 5. Timeouts ===
the operation timed out!  (1.00s)  [textbook 1.00s]

=== 6. Bounded concurrency (semaphore) ===
task 0 begins (concurrently)
task 1 begins (concurrently)
task 2 begins (concurrently)
task 0 done
task 1 done
task 2 done
task 3 begins (concurrently)
task 4 begins (concurrently)
task 5 begins (concurrently)
task 3 done
task 4 done
task 5 done
task 6 begins (concurrently)
task 7 begins (concurrently)
task 8 begins (concurrently)
task 6 done
task 7 done
task 8 done
task 9 begins (concurrently)
task 9 done
time: 1.20s  [textbook 1.20s]
results: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]

=== 7. Batch insert into a vector database ===
inserted 100, time: 0.05s  [textbook 0.05s; synchronously 5s]

=== 8. Producer and consumers ===
produced: vector_0
consumer A consumed: vector_0
produced: vector_1
consumer B consumed: vector_1
produced: vector_2
consumer A consumed: vector_2
produced: vector_3
consumer B consumed: vector_3
produced: vector_4
consumer A consumed: vector_4
both consumers have ended  (0.55s)  [textbook 0.55s]
)";

constexpr const char* kChinese = R"(每个测得的时间旁边，方括号里是原文给出的时间：只算等待。

=== 1. 基础对比 ===

同步执行 3 个任务：
[同步] A 开始
[同步] A 完成
[同步] B 开始
[同步] B 完成
[同步] C 开始
[同步] C 完成
同步总耗时: 0.90s  [原文 0.90s]

异步执行 3 个任务：
[异步] A 开始
[异步] B 开始
[异步] C 开始
[异步] A 完成
[异步] B 完成
[异步] C 完成
异步总耗时: 0.30s  [原文 0.30s]

=== 2. 向量数据库查询对比 ===

同步批量查询 10 个向量：
同步耗时: 1.00s  [原文 1.00s]
获得 10 个结果

异步批量查询 10 个向量：
异步耗时: 0.10s  [原文 0.10s]
获得 10 个结果

=== 3. 回调 vs async/await ===
回调风格执行：
回调完成: saved  (0.30s)  [原文 0.30s]
async/await 风格执行：
异步完成: saved  (0.30s)  [原文 0.30s]

=== 4. 错误处理 ===
捕获错误: 模拟错误  (0.10s)  [原文 0.10s]
任务 0 成功: 成功
任务 1 失败: 模拟错误
任务 2 成功: 成功  (0.10s)  [原文 0.10s]

=== 5. 超时控制 ===
操作超时！  (1.00s)  [原文 1.00s]

=== 6. 并发限制（信号量）===
任务 0 开始（并发中）
任务 1 开始（并发中）
任务 2 开始（并发中）
任务 0 完成
任务 1 完成
任务 2 完成
任务 3 开始（并发中）
任务 4 开始（并发中）
任务 5 开始（并发中）
任务 3 完成
任务 4 完成
任务 5 完成
任务 6 开始（并发中）
任务 7 开始（并发中）
任务 8 开始（并发中）
任务 6 完成
任务 7 完成
任务 8 完成
任务 9 开始（并发中）
任务 9 完成
耗时: 1.20s  [原文 1.20s]
结果: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]

=== 7. 向量数据库批量插入 ===
插入 100 条，耗时: 0.05s  [原文 0.05s；同步需要 5s]

=== 8. 生产者-消费者模式 ===
生产: vector_0
消费者A 消费: vector_0
生产: vector_1
消费者B 消费: vector_1
生产: vector_2
消费者A 消费: vector_2
生产: vector_3
消费者B 消费: vector_3
生产: vector_4
消费者A 消费: vector_4
两个消费者都已结束  (0.55s)  [原文 0.55s]
)";

TEST(Tour, prints_all_eight_sections_in_english_with_exact_times) { EXPECT_EQ(played(Language::en), kEnglish); }

TEST(Tour, prints_the_lines_of_the_original_in_chinese) { EXPECT_EQ(played(Language::zh), kChinese); }

// Gives up at the k-th line, by throwing where that is written.
class GivesUp final : public std::streambuf {
 public:
  explicit GivesUp(int at) : left_(at) {}

 private:
  int overflow(int letter) override { return letter; }
  int sync() override { return --left_ == 0 ? -1 : 0; }

  int left_;
};

TEST(Tour, stops_cleanly_at_whatever_line_its_output_fails) {
  const auto lines = std::ranges::count(std::string_view(kEnglish), '\n');
  const ringback::testing::UnhandledLog suppressed;  // Tasks side by side fail at the same line.
  for (int at = 1; at <= lines; ++at) {
    GivesUp buffer(at);
    std::ostream out(&buffer);
    out.exceptions(std::ios::badbit | std::ios::failbit);
    EXPECT_ANY_THROW(play_tour(out, Language::en, [] { return std::make_unique<VirtualDriver>(); })) << at;
  }
}

// Virtual time that is interrupted, as by Ctrl-C, at the k-th look of any of its drivers.
class InterruptedDriver final : public runtime::Driver {
 public:
  explicit InterruptedDriver(int& left) : left_(left) {}
  std::string_view name() const noexcept override { return inner_.name(); }
  TimePoint now() noexcept override { return inner_.now(); }
  std::uint64_t random() noexcept override { return inner_.random(); }
  bool submit(runtime::KernelRequest& request, runtime::Result& now) noexcept override {
    return inner_.submit(request, now);
  }
  void cancel(runtime::KernelRequest& request) noexcept override { inner_.cancel(request); }
  std::size_t poll(Deadline until) noexcept override {
    if (--left_ == 0) ::raise(SIGINT);
    return inner_.poll(until);
  }
  void wake() noexcept override { inner_.wake(); }
  int wake_fd() noexcept override { return inner_.wake_fd(); }
  std::size_t in_flight() const noexcept override { return inner_.in_flight(); }

 private:
  VirtualDriver inner_;
  int& left_;
};

// In a process of its own, which ends by that signal and by nothing else: not by a check, nor a sanitizer.
TEST(Tour, slow_ends_by_the_signal_that_interrupts_it_wherever_it_is) {
  int at = 0;
  for (int status = -1; status != 0;) {
    ++at;
    const pid_t child = ::fork();
    if (child == 0) {
      std::ostringstream out;
      int left = at;
      play_tour(out, Language::en, [&] { return std::make_unique<InterruptedDriver>(left); });
      ::_exit(left > 0 ? 0 : 3);
    }
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_TRUE(status == 0 || (WIFSIGNALED(status) && WTERMSIG(status) == SIGINT)) << "look " << at << ": " << status;
  }
  EXPECT_GT(at, 20);
}

TEST(Tour, says_which_languages_there_are) {
  std::ostringstream out;
  try {
    tour_command({"--lang", "fr"}, out);
    FAIL() << "French was accepted";
  } catch (const cli::UsageError& error) {
    EXPECT_STREQ(error.what(), "--lang: 'fr' is not a language of the tour: there are en and zh");
  }
}

TEST(Tour, explains_itself) {
  std::ostringstream out;
  EXPECT_EQ(tour_command({"--help"}, out), 0);
  EXPECT_NE(out.str().find("usage: ringback-demo tour [options]"), std::string::npos);
}

}  // namespace
}  // namespace ringback::demo
