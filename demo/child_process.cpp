#include "demo/child_process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>

#include "ringback/base/error.h"

namespace ringback::demo {
namespace {

std::atomic<int> stop_signal{0};
static_assert(std::atomic<int>::is_always_lock_free);

void on_stop(int signal) noexcept { stop_signal.store(signal); }

void handle(void (*handler)(int)) {
  struct sigaction action = {};
  action.sa_handler = handler;  // Without SA_RESTART: a blocking call comes back with EINTR.
  ::sigaction(SIGINT, &action, nullptr);
  ::sigaction(SIGTERM, &action, nullptr);
  ::signal(SIGPIPE, SIG_IGN);  // A child that is gone is told by EPIPE.
}

struct PipeEnds {
  Descriptor reader;
  Descriptor writer;
};

PipeEnds pipe_ends() {
  std::array<int, 2> fds{};
  if (::pipe2(fds.data(), O_CLOEXEC) != 0) throw Error::from_os(errno, "pipe");
  return {Descriptor(fds[0]), Descriptor(fds[1])};
}

// In the child, after fork: system calls only, until exec.
[[noreturn]] void become(char* const* words, int input, int output, pid_t parent) {
  ::prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (::getppid() != parent) ::_exit(127);  // It ended before we asked.
  rlimit files{};
  ::getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;  // A connection for each call at one time.
  ::setrlimit(RLIMIT_NOFILE, &files);
  ::dup2(input, STDIN_FILENO);
  ::dup2(output, STDOUT_FILENO);
  ::execv("/proc/self/exe", words);
  ::_exit(127);
}

// Waits for the end of the child `pid`; the kernel tells by its pidfd (Linux 5.3), or by the end of the
// pipe `output`, which the child holds open as long as it runs.
bool ends_within(pid_t pid, const Descriptor& output, std::chrono::milliseconds limit) {
  const auto until = std::chrono::steady_clock::now() + limit;
  const Descriptor process(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  pollfd end{process.is_open() ? process.fd() : output.fd(), static_cast<short>(process.is_open() ? POLLIN : 0), 0};
  for (;;) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
    const int found = ::poll(&end, 1, static_cast<int>(std::max<std::int64_t>(left.count(), 0)));
    if (found >= 0 || errno != EINTR) return found > 0;
  }
}

}  // namespace

StopSignal::StopSignal() {
  stop_signal.store(0);
  handle(on_stop);
}

StopSignal::~StopSignal() { handle(SIG_DFL); }

void StopSignal::check() {
  if (stop_signal.load() != 0) throw Stopped();
}

void StopSignal::end_by_it() {
  handle(SIG_DFL);
  ::raise(stop_signal.load());
  ::_exit(1);  // Not reached: the default action of both ends the process.
}

ChildProcess::ChildProcess(const std::vector<std::string>& arguments) {
  PipeEnds to_child = pipe_ends();
  PipeEnds from_child = pipe_ends();
  std::vector<std::string> words{"ringback-demo"};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> pointers;
  pointers.reserve(words.size() + 1);
  for (std::string& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);

  const pid_t parent = ::getpid();
  pid_ = ::fork();
  if (pid_ < 0) throw Error::from_os(errno, "fork");
  if (pid_ == 0) become(pointers.data(), to_child.reader.fd(), from_child.writer.fd(), parent);
  input_ = std::move(to_child.writer);
  output_ = std::move(from_child.reader);
}

ChildProcess::~ChildProcess() {
  if (pid_ < 0) return;
  ::kill(pid_, SIGTERM);
  if (!ends_within(pid_, output_, std::chrono::seconds(1))) ::kill(pid_, SIGKILL);
  while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
}

void ChildProcess::write_all(std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(input_.fd(), text.data(), text.size());
    if (written < 0 && errno != EINTR) throw Error::from_os(errno, "write to a process of ours");
    StopSignal::check();
    if (written > 0) text.remove_prefix(static_cast<std::size_t>(written));
  }
  input_.close();
}

std::string ChildProcess::read_line() {
  std::size_t end = 0;
  while ((end = buffer_.find('\n')) == std::string::npos) {
    if (!read_more()) throw Error(ErrorKind::end_of_stream, "read", "a process of ours ended before it was ready");
  }
  std::string line = buffer_.substr(0, end);
  buffer_.erase(0, end + 1);
  return line;
}

std::string ChildProcess::read_to_end() {
  while (read_more()) {
  }
  int status = 0;
  while (::waitpid(pid_, &status, 0) < 0) {
    if (errno != EINTR) throw Error::from_os(errno, "wait for a process of ours");
    StopSignal::check();
  }
  pid_ = -1;
  StopSignal::check();
  if (status != 0) throw Error(ErrorKind::aborted, "measure", "a process of ours failed; its reason is above");
  return std::move(buffer_);
}

bool ChildProcess::read_more() {
  std::array<char, 65536> bytes;
  const ssize_t got = ::read(output_.fd(), bytes.data(), bytes.size());
  if (got < 0 && errno != EINTR) throw Error::from_os(errno, "read from a process of ours");
  StopSignal::check();
  if (got > 0) buffer_.append(bytes.data(), static_cast<std::size_t>(got));
  return got != 0;
}

std::int64_t ChildProcess::cpu_ns() const {
  clockid_t clock{};
  timespec time{};
  if (pid_ < 0 || ::clock_getcpuclockid(pid_, &clock) != 0 || ::clock_gettime(clock, &time) != 0) return 0;
  return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

}  // namespace ringback::demo
