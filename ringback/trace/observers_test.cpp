#include <gtest/gtest.h>

#include <cctype>

#include "ringback/async/outcome_of.h"
#include "ringback/async/run.h"
#include "ringback/async/sleep.h"
#include "ringback/driver/virtual_driver.h"
#include "ringback/exec/pool.h"
#include "ringback/pipeline/branch.h"
#include "ringback/pipeline/pipeline.h"
#include "ringback/pipeline/stage.h"
#include "ringback/trace/log_observer.h"
#include "ringback/trace/progress_observer.h"
#include "ringback/trace/timing_observer.h"

namespace ringback {
namespace {

using namespace std::chrono_literals;

Task<int> slow(int milliseconds) {
  co_await sleep(milliseconds * 1ms);
  if (milliseconds == 13) throw Error(ErrorKind::io, "stage", "broke");
  co_return milliseconds;
}
int half(int number) { return number / 2; }

Task<> invoke_some(Observer* observer) {
  const auto both =
      (stage("slow", slow).with_retry({.attempts = 2, .wait = {.first = 5ms, .jitter = 0}}) | stage("half", half))
          .with_name("both");
  InvokeOptions heard{.observers = {observer}};
  for (int length : {10, 30, 13}) std::ignore = co_await outcome(both.ainvoke(length, heard));
  std::ignore = co_await outcome(timeout(2ms, both.ainvoke(10, heard)));
}
void run_on_virtual_time(Task<> work) { run(std::move(work), {.loop = {.driver = std::make_unique<VirtualDriver>()}}); }

TEST(TimingObservers, count_and_time_what_ends_by_name) {
  TimingObserver times;
  run_on_virtual_time(invoke_some(&times));
  EXPECT_EQ(times.table(),
            "               runs     failed  cancelled    retries      total    longest\n"
            "both              4          1          1          0    73.0 ms    31.0 ms\n"
            "slow              4          1          1          1    73.0 ms    31.0 ms\n"
            "half              2          0          0          0       0 ns       0 ns\n");
  const auto rows = times.rows();
  ASSERT_EQ(rows.size(), 3U);
  EXPECT_EQ(rows[1].runs, 4U);
}

TEST(TimingObservers, may_be_read_while_runs_go_on) {
  TimingObserver times;
  Pool pool({.threads = 2});
  const auto all = parallel(stage("a", half), stage("b", half));
  std::vector<Future<std::tuple<int, int>>> futures;
  for (int number = 0; number < 50; ++number) futures.push_back(all.submit(pool, number, {.observers = {&times}}));
  while (!futures.back().is_done()) std::ignore = times.table();
  for (auto& future : futures) future.get();
  for (const auto& row : times.rows()) EXPECT_EQ(row.runs, 50U) << row.name;
}

// Numbers of runs differ from process to process.
std::string without_numbers(std::string line) {
  for (std::size_t at = line.find('#'); at != std::string::npos; at = line.find('#', at + 1)) {
    while (at + 1 < line.size() && std::isdigit(static_cast<unsigned char>(line[at + 1])) != 0) line.erase(at + 1, 1);
  }
  return line;
}

TEST(LogObservers, write_a_line_for_each_event) {
  std::string text;
  LogObserver log([&](std::string_view line) { text += without_numbers(std::string(line)) + "\n"; });
  run_on_virtual_time(invoke_some(&log));
  EXPECT_NE(text.find("start both #\nstart slow # in #\nend slow # in #\nstep both #: slow\n"), std::string::npos)
      << text;
  EXPECT_NE(text.find("retry slow # in #: attempt 2 after 5 ms: stage: broke\nerror slow # in #: stage: broke\n"),
            std::string::npos)
      << text;
  EXPECT_NE(text.find("cancelled both #: cancelled: deadline\n"), std::string::npos) << text;
}

Stream<int> ticks(int count) {
  for (int tick = 1; tick <= count; ++tick) {
    co_await sleep(30ms);
    co_yield tick;
  }
}
Task<> drain(Observer* observer) {
  const auto halves = stage("ticks", ticks) | stage("half", half);
  co_await stream::for_each(halves.stream(10, {.observers = {observer}}), [](int) {});
}
std::string text_of(const RunProgress& now) {
  const std::string total = now.total ? "/" + std::to_string(*now.total) : "";
  return std::to_string(now.done) + total + (now.failed != 0 ? "!" + std::to_string(now.failed) : "") + "@" +
         std::to_string(now.elapsed / 1ms) + " ";
}

TEST(ProgressObservers, count_items_of_what_they_were_given_to_and_report_now_and_then) {
  std::string text;
  ProgressObserver progress([&](const RunProgress& now) { text += text_of(now); });
  run_on_virtual_time(drain(&progress));
  EXPECT_EQ(text, "1@30 5@150 9@270 10@300 ");
}

Task<> batch_of_three(Observer* observer) {
  const auto both = stage("slow", slow) | stage("half", half);
  const BatchOptions one_by_one{.observers = {observer}, .max_concurrency = 2};
  std::ignore = co_await both.batch_outcomes({10, 13, 200}, one_by_one);
}

TEST(ProgressObservers, count_the_inputs_of_a_batch_that_are_done) {
  std::string text;
  ProgressObserver progress([&](const RunProgress& now) { text += text_of(now); }, {.total = 3});
  run_on_virtual_time(batch_of_three(&progress));
  EXPECT_EQ(text, "1/3@10 3/3!1@210 ") << "the second came too soon after the first";
  EXPECT_EQ(progress.progress().done, 3U);
}

}  // namespace
}  // namespace ringback
