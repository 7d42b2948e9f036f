#include "ringback/io/process_pool.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <set>
#include <stdexcept>
#include <thread>

#include "ringback/async/gather.h"
#include "ringback/async/outcome_of.h"
#include "ringback/async/sleep.h"
#include "ringback/async/timeout.h"
#include "ringback/driver/virtual_driver.h"
#include "ringback/io/internal/process_message.h"
#include "ringback/io/line_reader.h"
#include "ringback/io/places_test.h"
#include "ringback/io/run_process.h"
#include "ringback/testing/temporary_folder.h"

namespace ringback {
namespace {

using namespace std::chrono_literals;
using namespace testing_places;

struct Point {
  int x;
  double y;
};

const ProcessFunction<std::string(const std::string&, std::vector<std::string>, Point, std::vector<Point>)> mix(
    "test mix", [](const std::string& text, std::vector<std::string> texts, Point point, std::vector<Point> points) {
      std::string all = text;
      for (const std::string& each : texts) all += "," + each;
      for (const Point& each : points) point.x += each.x;
      return all + " " + std::to_string(point.x) + " " + std::to_string(static_cast<int>(point.y));
    });
const ProcessFunction<std::vector<std::vector<int>>(int)> table("test table", [](int size) {
  std::vector<std::vector<int>> rows;
  for (int row = 0; row < size; ++row) rows.emplace_back(static_cast<std::size_t>(row), row);
  return rows;
});
const ProcessFunction<void()> nothing("test nothing", [] {});
const ProcessFunction<pid_t()> own_pid("test pid", [] { return ::getpid(); });
const ProcessFunction<pid_t(int)> pid_after("test pid after", [](int milliseconds) {
  ::poll(nullptr, 0, milliseconds);
  return ::getpid();
});
const ProcessFunction<std::string(std::string)> echo("test echo", [](std::string text) { return text; });
const ProcessFunction<std::size_t(std::string)> length("test length", [](std::string text) { return text.size(); });
const ProcessFunction<void(int)> die_by("test die by", [](int signal) { ::raise(signal); });
const ProcessFunction<void(int)> exit_with("test exit", [](int status) { ::_exit(status); });
const ProcessFunction<void()> hang("test hang", [] {
  for (;;) ::pause();
});
const ProcessFunction<void()> say_pid_and_hang("test say pid", [] {
  std::printf("%d\n", static_cast<int>(::getpid()));
  std::fflush(stdout);
  for (;;) ::pause();
});
const ProcessFunction<void(int)> fail("test fail", [](int how) {
  switch (how) {
    case 0: throw Error(ErrorKind::denied, "open", "not today", 13, "/some/file");
    case 1: throw std::runtime_error("it broke");
    case 2: throw std::invalid_argument("odd");
    case 3: throw std::bad_alloc();
    case 4: throw Cancelled{};
    default: throw 5;
  }
});
const ProcessFunction<int()> read_input("test read input", [] { return std::getchar(); });
const ProcessFunction<std::string()> ignored_signals("test signals", [] {
  std::ifstream status("/proc/self/status");
  std::string line;
  while (std::getline(status, line) && !line.starts_with("SigIgn")) {
  }
  return line;
});
// Over the line to the pool, past the worker.
const ProcessFunction<void(std::string)> send_raw("test raw", [](std::string bytes) {
  for (int fd = 3; fd < 64; ++fd) {
    if (::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL) > 0) break;
  }
  for (;;) ::pause();
});

bool has_children() {
  siginfo_t info = {};
  return ::waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0 || errno != ECHILD;
}

// These tests have no main() of their own: what stands first in it stands behind the functions here.
const struct Main {
  Main() {
    if (::getenv("RINGBACK_TEST_SILENT") != nullptr) hang();
    if (::getenv("RINGBACK_TEST_UNSERVED") != nullptr) make_pool_unserved();
    if (::getenv("RINGBACK_TEST_PARENT") != nullptr) be_parent();
    std::ifstream file("/proc/self/cmdline");
    std::array<std::string, 2> words;
    for (std::string& word : words) std::getline(file, word, '\0');
    std::array<char*, 2> arguments{words[0].data(), words[1].data()};
    process_worker_main(2, arguments.data());
  }

  [[noreturn]] static void make_pool_unserved() {
    try {
      const ProcessPool pool;
    } catch (const Error& error) {
      std::printf("%s\n", error.what());
      std::exit(42);
    }
    std::exit(0);
  }
  [[noreturn]] static void be_parent() {
    ::unsetenv("RINGBACK_TEST_PARENT");
    ProcessPool pool({.workers = 1});
    wait(pool.call(say_pid_and_hang));
    std::exit(0);
  }
} kMain;

class ProcessPools : public PlaceTest {
 protected:
  ~ProcessPools() override { EXPECT_FALSE(has_children()); }

  template <typename Call>
  Error error_of(Call call) {
    try {
      in_place(std::move(call));
    } catch (const Error& error) {
      return error;
    }
    return {ErrorKind::invalid, "test", "it did not fail"};
  }
};

TEST_P(ProcessPools, values_cross_in_both_directions) {
  ProcessPool pool({.workers = 1});
  EXPECT_EQ(in_place(pool.call(mix, "text", {"a", "", "c"}, Point{1, 2.5}, {Point{10, 0}, Point{100, 0}})),
            "text,a,,c 111 2");
  EXPECT_EQ(in_place(pool.call(table, 3)), (std::vector<std::vector<int>>{{}, {1}, {2, 2}}));
  in_place(pool.call(nothing));
  EXPECT_EQ(mix("here", {}, {}, {}), "here 0 0");
}

TEST_P(ProcessPools, much_crosses_in_both_directions) {
  ProcessPool pool({.workers = 1});
  std::string much(10'000'000, 'm');
  much[7'777'777] = 'x';
  EXPECT_TRUE(in_place(pool.call(echo, much)) == much);
}

TEST_P(ProcessPools, a_worker_is_another_process_and_is_used_again) {
  ProcessPool pool({.workers = 1});
  const pid_t first = in_place(pool.call(own_pid));
  EXPECT_NE(first, ::getpid());
  EXPECT_EQ(in_place(pool.call(own_pid)), first);
  EXPECT_EQ(pool.worker_count(), 1u);
}

TEST_P(ProcessPools, what_a_function_throws_is_the_error_of_its_call) {
  ProcessPool pool({.workers = 1});
  const pid_t worker = in_place(pool.call(own_pid));
  const Error own = error_of(pool.call(fail, 0));
  EXPECT_EQ(own.kind(), ErrorKind::denied);
  EXPECT_EQ(own.os_code(), 13);
  EXPECT_EQ(own.peer(), "/some/file");
  EXPECT_STREQ(own.what(), "open /some/file: not today");
  const Error foreign = error_of(pool.call(fail, 1));
  EXPECT_EQ(foreign.kind(), ErrorKind::aborted);
  EXPECT_STREQ(foreign.what(), "test fail: it broke");
  EXPECT_EQ(error_of(pool.call(fail, 2)).kind(), ErrorKind::invalid);
  EXPECT_EQ(error_of(pool.call(fail, 3)).kind(), ErrorKind::exhausted);
  EXPECT_EQ(error_of(pool.call(fail, 4)).kind(), ErrorKind::aborted);
  EXPECT_EQ(error_of(pool.call(fail, 5)).kind(), ErrorKind::aborted);
  EXPECT_EQ(in_place(pool.call(own_pid)), worker);
}

TEST_P(ProcessPools, a_worker_that_dies_is_the_error_of_its_call_and_is_replaced) {
  ProcessPool pool({.workers = 1});
  const pid_t first = in_place(pool.call(own_pid));
  const Error killed = error_of(pool.call(die_by, SIGKILL));
  EXPECT_EQ(killed.kind(), ErrorKind::reset);
  EXPECT_STREQ(killed.what(), "test die by: the worker process ended before its answer, by signal 9 (Killed)");
  const pid_t second = in_place(pool.call(own_pid));
  EXPECT_NE(second, first);
  EXPECT_STREQ(error_of(pool.call(exit_with, 3)).what(),
               "test exit: the worker process ended before its answer, by exit status 3");
  EXPECT_NE(in_place(pool.call(own_pid)), second);
  EXPECT_EQ(pool.worker_count(), 1u);
}

TEST_P(ProcessPools, one_that_died_while_idle_is_replaced_unseen) {
  ProcessPool pool({.workers = 1});
  const pid_t first = in_place(pool.call(own_pid));
  ::kill(first, SIGKILL);
  siginfo_t info = {};
  ASSERT_EQ(::waitid(P_PID, static_cast<id_t>(first), &info, WEXITED | WNOWAIT), 0);
  EXPECT_NE(in_place(pool.call(own_pid)), first);
}

TEST_P(ProcessPools, nonsense_from_a_worker_is_malformed_and_the_worker_replaced) {
  ProcessPool pool({.workers = 1});
  EXPECT_EQ(error_of(pool.call(send_raw, std::string(100, 'g'))).kind(), ErrorKind::malformed);
  using Kind = internal::ProcessMessageHead::Kind;
  EXPECT_EQ(error_of(pool.call(send_raw, internal::process_message(Kind::ready, {}))).kind(), ErrorKind::malformed);
  const std::string cut = internal::process_message(Kind::failure, "too short");
  EXPECT_EQ(error_of(pool.call(send_raw, cut)).kind(), ErrorKind::malformed);
  internal::ProcessMessageHead head;
  head.body_bytes = ~std::uint64_t{0};
  const std::string endless(reinterpret_cast<const char*>(&head), sizeof head);
  EXPECT_EQ(error_of(pool.call(send_raw, endless)).kind(), ErrorKind::overloaded);
  EXPECT_EQ(in_place(pool.call(echo, "well")), "well");
}

TEST_P(ProcessPools, messages_have_a_bound) {
  ProcessPool pool({.workers = 1, .message_bytes_max = 1000});
  EXPECT_EQ(in_place(pool.call(echo, std::string(900, 'x'))).size(), 900u);
  EXPECT_EQ(kind_thrown_by([&] { return in_place(pool.call(length, std::string(1001, 'x'))); }), ErrorKind::overloaded);
  EXPECT_EQ(kind_thrown_by([&] { return in_place(pool.call(table, 100)); }), ErrorKind::overloaded);
  EXPECT_EQ(in_place(pool.call(echo, "x")), "x");
}

TEST_P(ProcessPools, a_full_queue_refuses) {
  ProcessPool pool({.workers = 1, .queue_max = 1});
  // One runs, one waits, and whichever is the third ends them all.
  EXPECT_EQ(kind_thrown_by([&] { return in_place(gather(pool.call(hang), pool.call(hang), pool.call(hang))), 0; }),
            ErrorKind::overloaded);
}

TEST_P(ProcessPools, contract_09_a_deadline_kills_the_worker_that_runs_and_replaces_it) {
  ProcessPool pool({.workers = 1});
  in_place(pool.call(nothing));
  EXPECT_EQ(error_of(timeout(5ms, pool.call(hang))).kind(), ErrorKind::timed_out);
  EXPECT_EQ(pool.worker_count(), 0u);
  EXPECT_FALSE(has_children());
  EXPECT_EQ(in_place(pool.call(echo, "next")), "next");
}

Task<> until_busy(ProcessPool& pool) {
  while (pool.worker_count() == 0) co_await yield();
}

Task<> wait_in_vain_behind_another(ProcessPool& pool) {
  co_await until_busy(pool);
  auto ended = co_await outcome(timeout(1ms, pool.call(nothing)));
  EXPECT_EQ(ended.failure().error()->kind(), ErrorKind::timed_out);
}

TEST_P(ProcessPools, contract_06_a_call_that_waits_is_cancelled_without_harm) {
  ProcessPool pool({.workers = 1});
  auto both = in_place(gather(pool.call(pid_after, 50), wait_in_vain_behind_another(pool)));
  EXPECT_EQ(in_place(pool.call(own_pid)), std::get<0>(both));
}

Task<> shut_down_when_busy(ProcessPool& pool, bool now) {
  co_await until_busy(pool);
  if (now) {
    co_await pool.shutdown_now();
  } else {
    co_await pool.shutdown();
  }
}

TEST_P(ProcessPools, a_shutdown_waits_for_what_was_accepted) {
  ProcessPool pool({.workers = 1});
  auto both = in_place(gather(pool.call(pid_after, 20), shut_down_when_busy(pool, false)));
  EXPECT_GT(std::get<0>(both), 0);
  EXPECT_FALSE(has_children());
  EXPECT_EQ(error_of(pool.call(nothing)).kind(), ErrorKind::shut_down);
  in_place(pool.shutdown());
}

TEST_P(ProcessPools, a_shutdown_at_once_ends_what_runs_and_what_waits) {
  ProcessPool pool({.workers = 1});
  auto ends = in_place(gather_outcomes(pool.call(hang), pool.call(hang), shut_down_when_busy(pool, true)));
  EXPECT_EQ(std::get<0>(ends).failure().error()->kind(), ErrorKind::shut_down);
  EXPECT_EQ(std::get<1>(ends).failure().error()->kind(), ErrorKind::shut_down);
  EXPECT_TRUE(std::get<2>(ends).ok());
  EXPECT_FALSE(has_children());
}

// What is started is gone by then: a start would say so.
Task<> shut_down_without_program(ProcessPool& pool, std::string program) {
  co_await until_busy(pool);
  std::filesystem::remove(program);
  co_await pool.shutdown_now();
}

TEST_P(ProcessPools, a_shutdown_at_once_starts_no_worker_for_who_waits) {
  const testing::TemporaryFolder folder;
  const std::string program = folder.file("worker");
  std::filesystem::create_symlink(std::filesystem::read_symlink("/proc/self/exe"), program);
  ProcessPool pool({.workers = 1, .program = program});
  auto ends = in_place(gather_outcomes(pool.call(hang), pool.call(hang), shut_down_without_program(pool, program)));
  EXPECT_EQ(std::get<0>(ends).failure().error()->kind(), ErrorKind::shut_down);
  EXPECT_EQ(std::get<1>(ends).failure().error()->kind(), ErrorKind::shut_down);
  EXPECT_TRUE(std::get<2>(ends).ok());
}

TEST_P(ProcessPools, a_function_that_the_worker_does_not_have_is_not_found) {
  ProcessPool pool({.workers = 1});
  const ProcessFunction<int()> late("test made later", [] { return 1; });
  EXPECT_EQ(kind_thrown_by([&] { return in_place(pool.call(late)); }), ErrorKind::not_found);
}

TEST_P(ProcessPools, a_program_that_is_no_worker_is_told_of) {
  ProcessPool ends({.workers = 1, .program = "/bin/true"});
  const Error ended = error_of(ends.call(nothing));
  EXPECT_EQ(ended.kind(), ErrorKind::reset);
  EXPECT_NE(std::string(ended.what()).find("main() begin with process_worker_main()"), std::string::npos);
  ProcessPool missing({.workers = 1, .program = "/no/such/program"});
  EXPECT_EQ(error_of(missing.call(nothing)).kind(), ErrorKind::not_found);
}

TEST_P(ProcessPools, a_worker_that_never_says_it_is_ready_is_given_up) {
  ProcessPool pool({.workers = 1, .start_limit = 5ms});
  ::setenv("RINGBACK_TEST_SILENT", "1", 1);
  const Error error = error_of(pool.call(nothing));
  ::unsetenv("RINGBACK_TEST_SILENT");
  EXPECT_EQ(error.kind(), ErrorKind::timed_out);
  EXPECT_EQ(pool.worker_count(), 0u);
}

TEST_P(ProcessPools, a_worker_does_not_read_our_input_and_leaves_signals_to_its_pool) {
  ProcessPool pool({.workers = 1});
  EXPECT_EQ(in_place(pool.call(read_input)), EOF);
  EXPECT_EQ(in_place(pool.call(ignored_signals)), "SigIgn:\t0000000000004003");
}

TEST_P(ProcessPools, a_worker_outlives_the_thread_that_started_it) {
  ProcessPool pool({.workers = 1});
  pid_t first = 0;
  std::thread([&] { first = wait(pool.call(own_pid)); }).join();
  EXPECT_EQ(in_place(pool.call(own_pid)), first);
}

TEST_P(ProcessPools, without_descriptors_a_call_is_exhausted_and_the_next_is_not) {
  ProcessPool pool({.workers = 1});
  in_place(sleep(0s));
  std::optional<ErrorKind> kind;
  {
    const DescriptorLimit limit(64);
    DescriptorHoard hoard;
    kind = error_of(pool.call(nothing)).kind();
  }
  EXPECT_EQ(kind, ErrorKind::exhausted);
  in_place(pool.call(nothing));
}

Task<> cancel_often(ProcessPool& pool) {
  co_await pool.call(nothing);
  std::ignore = co_await outcome(timeout(5ms, pool.call(hang)));
  const std::size_t before = open_descriptor_count();
  for (std::chrono::microseconds limit = 0us; limit < 5ms; limit += 100us) {
    auto ended = co_await outcome(timeout(limit, pool.call(hang)));
    EXPECT_EQ(ended.failure().error()->kind(), ErrorKind::timed_out);
    EXPECT_FALSE(has_children());
    EXPECT_EQ(open_descriptor_count(), before);
  }
  const std::string well = co_await pool.call(echo, "well");
  EXPECT_EQ(well, "well");
}

TEST_P(ProcessPools, cancelled_at_any_moment_a_call_leaves_nothing_behind) {
  ProcessPool pool({.workers = 1});
  in_place(cancel_often(pool));
}

Task<> call_often(ProcessPool& pool, int calls, std::set<pid_t>& seen, std::mutex& lock) {
  for (int call = 0; call < calls; ++call) {
    const pid_t pid = co_await pool.call(own_pid);
    const std::string said = co_await pool.call(echo, std::to_string(call));
    EXPECT_EQ(said, std::to_string(call));
    std::lock_guard guard(lock);
    seen.insert(pid);
  }
}

TEST_P(ProcessPools, many_callers_share_few_workers) {
  ProcessPool pool({.workers = 2});
  std::set<pid_t> seen;
  std::mutex lock;
  std::thread other([&] { wait(call_often(pool, 20, seen, lock)); });
  in_place(
      gather(call_often(pool, 20, seen, lock), call_often(pool, 20, seen, lock), call_often(pool, 20, seen, lock)));
  other.join();
  EXPECT_LE(seen.size(), 2u);
}

TEST_P(ProcessPools, no_worker_is_left_where_the_program_is_killed) {
  ProcessOptions options{.output = StandardStream::pipe()};
  options.environment = {{"RINGBACK_TEST_PARENT=1"}};
  Process parent({"/proc/self/exe"}, options);
  LineReader lines(parent.output());
  const auto pid = in_place(lines.next());
  ASSERT_TRUE(pid.has_value());
  const Descriptor worker(static_cast<int>(::syscall(SYS_pidfd_open, std::stoi(*pid), 0)));
  ASSERT_TRUE(worker.is_open());
  parent.send_signal(SIGKILL);
  pollfd end{worker.fd(), POLLIN, 0};
  EXPECT_EQ(::poll(&end, 1, 10'000), 1);
  in_place(parent.wait());
}

TEST_P(ProcessPools, a_worker_whose_main_does_not_know_it_starts_no_pool) {
  RunProcessOptions options;
  options.environment = {{"RINGBACK_TEST_UNSERVED=1"}};
  const auto said = in_place(run_process({"/proc/self/exe", internal::kProcessWorkerArgument}, options));
  EXPECT_EQ(said.end.exit_status(), 42);
  EXPECT_NE(said.output.find("begin it with process_worker_main()"), std::string::npos);
  const auto by_hand = in_place(run_process({"/proc/self/exe", internal::kProcessWorkerArgument}));
  EXPECT_EQ(by_hand.end.signal(), SIGABRT);
  EXPECT_NE(by_hand.error.find("only a ProcessPool starts"), std::string::npos);
}

RINGBACK_EVERY_PLACE(ProcessPools);

TEST(ProcessPoolOnVirtualTime, calls_are_answered_and_a_limit_has_passed_before_a_process_moves) {
  set_inline_driver(std::make_unique<VirtualDriver>(1));
  {
    ProcessPool pool({.workers = 1});
    EXPECT_EQ(wait(pool.call(echo, "real")), "real");
    EXPECT_EQ(kind_thrown_by([&] { return wait(timeout(1h, pool.call(hang))), 0; }), ErrorKind::timed_out);
    EXPECT_EQ(wait(pool.call(echo, "again")), "again");
    wait(pool.shutdown());
  }
  set_inline_driver(nullptr);
  EXPECT_FALSE(has_children());
}

// Its text is long: while that is packed the call is inside, and has no place yet.
ErrorKind call_until_accepted(ProcessPool& pool, const std::string& text) {
  for (;;) {
    const auto ended = wait(outcome(timeout(10s, pool.call(length, text))));
    const ErrorKind kind = ended.failure().error()->kind();
    if (kind != ErrorKind::overloaded) return kind;
  }
}
void until_somebody_is_inside(ProcessPool& pool) {
  while (kind_thrown_by([&] { return wait(pool.call(nothing)), 0; }) != ErrorKind::overloaded) {
  }
}

TEST(ProcessPoolShutdown, waits_for_a_call_that_is_on_its_way_to_its_place) {
  const std::string text(20'000'000, 'x');
  for (int round = 0; round < 3; ++round) {
    auto pool =
        std::make_unique<ProcessPool>(ProcessPoolOptions{.workers = 1, .queue_max = 0, .program = "/no/such/program"});
    ErrorKind ended = ErrorKind::invalid;
    std::thread caller([&] { ended = call_until_accepted(*pool, text); });
    until_somebody_is_inside(*pool);
    wait(pool->shutdown());
    pool.reset();
    caller.join();
    EXPECT_EQ(ended, ErrorKind::not_found);
  }
}

TEST(ProcessPoolDeathTest, destroyed_with_a_call_in_flight_it_aborts) {
  EXPECT_DEATH(
      {
        Loop loop;
        auto pool = std::make_unique<ProcessPool>();
        auto call = spawn(loop, pool->call(hang));
        loop.drive([&] { return pool->worker_count() != 0; });
        pool.reset();
      },
      "shutdown_now");
}

}  // namespace
}  // namespace ringback
