#include "ringback/io/process.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "ringback/async/gather.h"
#include "ringback/async/outcome_of.h"
#include "ringback/async/timeout.h"
#include "ringback/io/line_reader.h"
#include "ringback/io/places_test.h"
#include "ringback/testing/temporary_folder.h"

namespace ringback {
namespace {

using namespace std::chrono_literals;
using namespace testing_places;

using Command = std::vector<std::string>;

const ProcessOptions kPiped{.input = StandardStream::pipe(), .output = StandardStream::pipe()};

// Neither running nor a zombie.
bool has_children() {
  siginfo_t info = {};
  return ::waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0 || errno != ECHILD;
}

class Processes : public PlaceTest {
 protected:
  ~Processes() override { EXPECT_FALSE(has_children()); }

  std::string output_of(Command command, ProcessOptions options = {}) {
    options.output = StandardStream::pipe();
    Process process(std::move(command), options);
    std::string said = in_place(read_all(process.output()));
    in_place(process.wait());
    return said;
  }
};

// The Error that starting it throws.
Error start_error(Command command, ProcessOptions options = {}) {
  try {
    const Process process(std::move(command), std::move(options));
  } catch (const Error& error) {
    return error;
  }
  return {ErrorKind::invalid, "test", "it started"};
}

TEST_P(Processes, how_one_ended_is_a_value) {
  Process exits({"sh", "-c", "exit 3"});
  EXPECT_EQ(in_place(exits.wait()).exit_status(), 3);
  Process dies({"sh", "-c", "kill -9 $$"});
  const ProcessEnd end = in_place(dies.wait());
  EXPECT_EQ(end.signal(), SIGKILL);
  EXPECT_EQ(end.describe(), "signal 9 (Killed)");
  Process works({"true"});
  EXPECT_TRUE(in_place(works.wait()).ok());
}

TEST_P(Processes, the_end_is_told_again_and_only_when_it_has_come) {
  Process cat({"cat"}, kPiped);
  EXPECT_EQ(cat.try_wait(), std::nullopt);
  cat.input().close();
  const ProcessEnd first = in_place(cat.wait());
  EXPECT_TRUE(first.ok());
  EXPECT_EQ(in_place(cat.wait()), first);
  EXPECT_EQ(cat.try_wait(), first);
  EXPECT_FALSE(cat.send_signal(SIGTERM));
}

TEST_P(Processes, contract_06_a_deadline_ends_the_waiting_and_not_the_process) {
  Process cat({"cat"}, kPiped);
  EXPECT_EQ(kind_thrown_by([&] { return in_place(timeout(1ms, cat.wait())); }), ErrorKind::timed_out);
  EXPECT_EQ(kind_thrown_by([&] { return in_place(timeout(0s, cat.wait())); }), ErrorKind::timed_out);
  in_place(cat.input().write("still here\n"));
  cat.input().close();
  EXPECT_EQ(in_place(read_all(cat.output())), "still here\n");
  EXPECT_TRUE(in_place(cat.wait()).ok());
}

TEST_P(Processes, one_that_is_destroyed_is_killed_and_reaped) {
  pid_t pid = 0;
  {
    const Process cat({"cat"}, kPiped);
    pid = cat.pid();
    EXPECT_EQ(::kill(pid, 0), 0);
  }
  EXPECT_EQ(::kill(pid, 0), -1);
  Process moved({"cat"}, kPiped);
  moved = Process({"cat"}, kPiped);
  EXPECT_EQ(moved.try_wait(), std::nullopt);
}

TEST_P(Processes, one_is_stopped_politely_and_then_for_good) {
  Process cat({"cat"}, kPiped);
  EXPECT_EQ(in_place(cat.stop()).signal(), SIGTERM);
  EXPECT_EQ(in_place(cat.stop()).signal(), SIGTERM);
  Process deaf({"sh", "-c", "trap '' TERM; echo ready; exec cat"}, kPiped);
  LineReader lines(deaf.output());
  EXPECT_EQ(in_place(lines.next()), "ready");
  EXPECT_EQ(in_place(deaf.stop(1ms)).signal(), SIGKILL);
}

TEST_P(Processes, a_cancelled_stop_kills) {
  Process deaf({"sh", "-c", "trap '' TERM; echo ready; exec cat"}, kPiped);
  LineReader lines(deaf.output());
  EXPECT_EQ(in_place(lines.next()), "ready");
  EXPECT_EQ(kind_thrown_by([&] { return in_place(timeout(1ms, deaf.stop(1h))); }), ErrorKind::timed_out);
  EXPECT_EQ(in_place(deaf.wait()).signal(), SIGKILL);
}

TEST_P(Processes, has_the_environment_and_the_folder_it_was_given) {
  ::setenv("RINGBACK_TEST_WORD", "ours", 1);
  EXPECT_EQ(output_of({"sh", "-c", "echo $RINGBACK_TEST_WORD; pwd"}, {.folder = "/proc"}), "ours\n/proc\n");
  EXPECT_EQ(output_of({"/bin/sh", "-c", "echo $RINGBACK_TEST_WORD"}, {.environment = {{"RINGBACK_TEST_WORD=its"}}}),
            "its\n");
  ::unsetenv("RINGBACK_TEST_WORD");
}

TEST_P(Processes, is_found_through_the_path_it_will_have) {
  ProcessOptions options{.environment = {{"PATH=/nowhere"}}};
  EXPECT_EQ(start_error({"sh", "-c", "true"}, options).kind(), ErrorKind::not_found);
  options.environment = {{"PATH=/nowhere:/bin"}};
  EXPECT_EQ(output_of({"sh", "-c", "echo found"}, options), "found\n");
}

TEST_P(Processes, has_no_descriptor_but_its_three) {
  const Descriptor careless(::open("/dev/null", O_RDONLY));  // Not close-on-exec.
  ASSERT_TRUE(careless.is_open());
  const Process other({"cat"}, kPiped);
  EXPECT_EQ(output_of({"ls", "/proc/self/fd"}, {.input = StandardStream::null()}), "0\n1\n2\n3\n");  // 3: the folder
}

TEST_P(Processes, has_every_signal_as_a_new_program_expects_it) {
  const Command ask{"grep", "-E", "Sig(Blk|Ign)", "/proc/self/status"};
  sigset_t one;
  sigset_t before;
  sigemptyset(&one);
  sigaddset(&one, SIGUSR1);
  pthread_sigmask(SIG_BLOCK, &one, &before);
  const auto pipe_before = ::signal(SIGPIPE, SIG_IGN);
  EXPECT_EQ(output_of(ask), "SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n");
  const auto hangup_before = ::signal(SIGHUP, SIG_IGN);
  EXPECT_EQ(output_of(ask), "SigBlk:\t0000000000000000\nSigIgn:\t0000000000000001\n");
  ::signal(SIGHUP, hangup_before);
  EXPECT_EQ(::signal(SIGPIPE, pipe_before), SIG_IGN);
  sigset_t after;
  pthread_sigmask(SIG_SETMASK, &before, &after);
  EXPECT_EQ(sigismember(&after, SIGUSR1), 1);
  EXPECT_EQ(sigismember(&after, SIGUSR2), 0);
}

TEST_P(Processes, streams_are_what_they_were_asked_to_be) {
  const Pipe ours = make_pipe();
  {
    Process echo({"sh", "-c", "cat; echo said; echo wrong >&2"},
                 {.input = StandardStream::null(),
                  .output = StandardStream::descriptor(ours.writer.fd()),
                  .error = StandardStream::descriptor(ours.writer.fd())});
    EXPECT_TRUE(in_place(echo.wait()).ok());
  }
  char text[64];
  EXPECT_EQ(std::string(text, static_cast<std::size_t>(::read(ours.reader.fd(), text, sizeof text))), "said\nwrong\n");
  EXPECT_EQ(start_error({"true"}, {.input = StandardStream::descriptor(12345)}).kind(), ErrorKind::invalid);
}

TEST_P(Processes, can_be_started_by_a_program_whose_own_streams_are_closed) {
  in_place(Process({"true"}).wait());  // What this thread needs has its numbers.
  Descriptor kept[2] = {};
  for (int fd = 0; fd < 2; ++fd) {
    kept[fd] = Descriptor(::fcntl(fd, F_DUPFD_CLOEXEC, 10));
    ::close(fd);
  }
  std::string said;
  {
    Process cat({"cat"}, kPiped);  // Its pipes have the numbers 0 and 1.
    in_place(cat.input().write("through"));
    cat.input().close();
    said = in_place(read_all(cat.output()));
    in_place(cat.wait());
  }
  for (int fd = 0; fd < 2; ++fd) {
    if (kept[fd].is_open()) ::dup2(kept[fd].fd(), fd);
  }
  EXPECT_EQ(said, "through");
}

TEST_P(Processes, what_cannot_be_started_says_why) {
  const Error missing = start_error({"no-such-program"});
  EXPECT_EQ(missing.kind(), ErrorKind::not_found);
  EXPECT_EQ(missing.os_code(), ENOENT);
  EXPECT_STREQ(missing.what(), "start process no-such-program: No such file or directory");
  EXPECT_EQ(start_error({"/etc/passwd"}).kind(), ErrorKind::denied);
  EXPECT_EQ(start_error({}).kind(), ErrorKind::invalid);
  EXPECT_EQ(start_error({"true", std::string(4 << 20, 'x')}).os_code(), E2BIG);
  const Error folder = start_error({"true"}, {.folder = "/no/such/folder"});
  EXPECT_EQ(folder.kind(), ErrorKind::not_found);
  EXPECT_EQ(folder.peer(), "/no/such/folder");
}

TEST_P(Processes, what_is_no_program_is_invalid) {
  const testing::TemporaryFolder folder;
  {
    const Descriptor file(::open(folder.file("program").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0700));
    ASSERT_EQ(::write(file.fd(), "\1\2\3\4", 4), 4);
  }
  const Error error = start_error({folder.file("program")});
  EXPECT_EQ(error.kind(), ErrorKind::invalid);
  EXPECT_EQ(error.os_code(), ENOEXEC);
}

TEST_P(Processes, without_descriptors_it_is_exhausted_and_nothing_leaks) {
  in_place(Process({"true"}).wait());
  const std::size_t before = open_descriptor_count();
  for (const auto& options : {kPiped, ProcessOptions{}, ProcessOptions{.input = StandardStream::null()}}) {
    const DescriptorLimit limit(64);
    DescriptorHoard hoard;
    const Error error = start_error({"cat"}, options);
    EXPECT_EQ(error.kind(), ErrorKind::exhausted);
    EXPECT_EQ(error.os_code(), EMFILE);
  }
  EXPECT_EQ(open_descriptor_count(), before);
}

// Of one thread: the rights of the others stay.
TEST_P(Processes, without_room_for_a_process_it_is_exhausted) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can become somebody without processes";
  rlimit before;
  ::getrlimit(RLIMIT_NPROC, &before);
  std::thread([&] {
    ::syscall(SYS_setresuid, 54321, 54321, 54321);
    const rlimit none{0, before.rlim_max};
    ::setrlimit(RLIMIT_NPROC, &none);
    const Error error = start_error({"true"});
    EXPECT_EQ(error.kind(), ErrorKind::exhausted);
    EXPECT_EQ(error.os_code(), EAGAIN);
  }).join();
  ::setrlimit(RLIMIT_NPROC, &before);
}

TEST_P(Processes, where_children_are_reaped_by_the_kernel_the_end_is_unknown) {
  const auto before = ::signal(SIGCHLD, SIG_IGN);
  Process exits({"sh", "-c", "exit 3"});
  const ProcessEnd end = in_place(exits.wait());
  EXPECT_EQ(start_error({"no-such-program"}).kind(), ErrorKind::not_found);
  {
    const Process cat({"cat"}, kPiped);
  }
  ::signal(SIGCHLD, before);
  EXPECT_TRUE(end.is_unknown());
  EXPECT_FALSE(end.ok());
}

TEST_P(Processes, where_the_program_reaps_every_child_the_end_is_unknown) {
  Process exits({"sh", "-c", "exit 3"});
  int status = 0;
  EXPECT_EQ(::waitpid(-1, &status, 0), exits.pid());
  EXPECT_TRUE(in_place(exits.wait()).is_unknown());
  EXPECT_FALSE(exits.send_signal(SIGKILL));
}

TEST_P(Processes, one_that_does_not_die_at_once_is_reaped_by_the_next) {
  pid_t pid = 0;
  {
    const Process cat({"cat"}, kPiped);
    pid = cat.pid();
    // A tracer holds it up in the middle of its end.
    if (::ptrace(PTRACE_SEIZE, pid, nullptr, PTRACE_O_TRACEEXIT) != 0) GTEST_SKIP() << "tracing is not allowed here";
  }
  EXPECT_EQ(::kill(pid, 0), 0);
  EXPECT_EQ(::ptrace(PTRACE_DETACH, pid, nullptr, nullptr), 0);
  siginfo_t info = {};
  EXPECT_EQ(::waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOWAIT), 0);  // It is a zombie now,
  const Process next({"true"});
  EXPECT_EQ(::kill(pid, 0), -1);  // and now it is not.
}

Task<> start_many(int count) {
  for (int made = 0; made < count; ++made) {
    Process process({"true"}, kPiped);
    const ProcessEnd end = co_await process.wait();
    EXPECT_TRUE(end.ok());
  }
}

TEST_P(Processes, slow_a_thousand_leave_nothing_behind) {
  in_place(start_many(1));
  const std::size_t before = open_descriptor_count();
  in_place(gather(start_many(250), start_many(250), start_many(250), start_many(250)));
  EXPECT_EQ(open_descriptor_count(), before);
}

RINGBACK_EVERY_PLACE(Processes);

}  // namespace
}  // namespace ringback
