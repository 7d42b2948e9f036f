#include "ringback/io/internal/process_state.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>

#include "ringback/base/check.h"
#include "ringback/io/internal/child_start.h"

namespace ringback::internal {
namespace {

constexpr std::size_t kStackBytes = std::size_t{32} * 1024;
constexpr Duration kKillLimit = std::chrono::milliseconds(100);
constexpr const char* kStreamNames[] = {"standard input", "standard output", "standard error"};

std::vector<char*> pointers_to(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  pointers.reserve(texts.size() + 1);
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

// The value of PATH among "NAME=value" texts.
std::string_view path_of(char* const* environment) noexcept {
  constexpr std::string_view kName = "PATH=";
  for (; environment != nullptr && *environment != nullptr; ++environment) {
    const std::string_view entry = *environment;
    if (entry.starts_with(kName)) return entry.substr(kName.size());
  }
  return "/usr/local/bin:/usr/bin:/bin";
}

// Where `program` may be. An empty place in the path is the working folder.
std::vector<std::string> candidates_of(const std::string& program, std::string_view path) {
  if (program.find('/') != std::string::npos) return {program};
  std::vector<std::string> found;
  for (;;) {
    const std::size_t end = path.find(':');
    const std::string_view folder = path.substr(0, end);
    found.push_back(folder.empty() ? "./" + program : std::string(folder) + "/" + program);
    if (end == std::string_view::npos) return found;
    path.remove_prefix(end + 1);
  }
}

ErrorKind kind_of_start(int os_code) noexcept {
  switch (os_code) {
    case EAGAIN: return ErrorKind::exhausted;
    case ENOEXEC:
    case E2BIG: return ErrorKind::invalid;
    default: return Error::from_os(os_code, {}).kind();
  }
}

Error start_error(int os_code, std::string_view operation, std::string_view name) {
  const Error plain = Error::from_os(os_code, operation, name);
  const ErrorKind kind = kind_of_start(os_code);
  if (kind == plain.kind()) return plain;
  const char* const message = os_code == EAGAIN  ? "no more processes (RLIMIT_NPROC, or the system's own limit)"
                              : os_code == E2BIG ? "the arguments and the environment are too long"
                                                 : "it is no program that can be run";
  return Error(kind, operation, message, os_code, name);
}

// No handler of this program may run in a child that shares its memory.
class SignalsBlocked {
 public:
  SignalsBlocked() noexcept {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  ~SignalsBlocked() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  SignalsBlocked(const SignalsBlocked&) = delete;
  SignalsBlocked& operator=(const SignalsBlocked&) = delete;

 private:
  sigset_t before_;
};

bool ignores_hangup() noexcept {
  struct sigaction action = {};
  return ::sigaction(SIGHUP, nullptr, &action) == 0 && action.sa_handler == SIG_IGN;
}

// P_PIDFD of waitid(2), which glibc's header may lack.
int wait_by_pidfd(int pidfd, siginfo_t& info, int how) noexcept {
  constexpr int kPidfd = 3;
  int result = 0;
  do {
    info = {};
    result = ::waitid(static_cast<idtype_t>(kPidfd), static_cast<id_t>(pidfd), &info, how);
  } while (result != 0 && errno == EINTR);
  return result;
}

// Nothing for a stop, which a program that traces its child is told of here, too.
std::optional<ProcessEnd> end_of(const siginfo_t& info) noexcept {
  if (info.si_code == CLD_EXITED) return ProcessEnd::by_exit(info.si_status);
  if (info.si_code == CLD_KILLED || info.si_code == CLD_DUMPED) return ProcessEnd::by_signal(info.si_status);
  return std::nullopt;
}

}  // namespace

// Those that were let go of while the kernel had not ended them. Never destroyed: a Process may be
// destroyed later than any static object.
class LeftBehind {
 public:
  static LeftBehind& instance() {
    static auto* const all = new LeftBehind();
    return *all;
  }

  void add(std::unique_ptr<ProcessState> state) noexcept {
    std::lock_guard guard(lock_);
    state->next_ = std::move(first_);
    first_ = std::move(state);
  }

  void sweep() noexcept {
    std::lock_guard guard(lock_);
    for (auto* place = &first_; *place != nullptr;) {
      if ((*place)->try_reap().has_value()) {
        *place = std::move((*place)->next_);
      } else {
        place = &(*place)->next_;
      }
    }
  }

 private:
  std::mutex lock_;
  std::unique_ptr<ProcessState> first_;
};

ProcessState::ProcessState(std::vector<std::string> command, const ProcessOptions& options)
    : program_(command.empty() ? "" : command.front()) {
  if (program_.empty()) throw Error(ErrorKind::invalid, "start process", "there is no program in the command");
  LeftBehind::instance().sweep();
  const ChildSide sides[] = {connect(0, options.input), connect(1, options.output), connect(2, options.error)};
  start(command, options, sides);
}

// Whoever destroys it has seen to its end: let_go(), or a start that failed.
ProcessState::~ProcessState() = default;

ProcessState::ChildSide ProcessState::connect(int number, const StandardStream& stream) {
  using Kind = StandardStream::Kind;
  ChildSide side;
  switch (stream.kind_) {
    case Kind::inherit: return side;
    case Kind::descriptor:
      if (::fcntl(stream.fd_, F_GETFD) < 0) throw Error::from_os(errno, "start process", kStreamNames[number]);
      side.fd = stream.fd_;
      return side;
    case Kind::null:
      side.made = Descriptor(::open("/dev/null", O_RDWR | O_CLOEXEC));
      if (!side.made.is_open()) throw Error::from_os(errno, "start process", program_);
      break;
    case Kind::pipe: {
      int ends[2];
      if (::pipe2(ends, O_CLOEXEC) != 0) throw Error::from_os(errno, "start process", program_);
      Descriptor ours(ends[number == 0 ? 1 : 0]);
      side.made = Descriptor(ends[number == 0 ? 0 : 1]);
      // Ours only: other programs do not expect a standard stream that does not block.
      ::fcntl(ours.fd(), F_SETFL, ::fcntl(ours.fd(), F_GETFL) | O_NONBLOCK);
      pipes_[number].emplace(std::move(ours), std::string(kStreamNames[number]) + " of " + program_);
      break;
    }
  }
  side.fd = side.made.fd();
  return side;
}

void ProcessState::start(std::vector<std::string>& command, const ProcessOptions& options, const ChildSide* sides) {
  std::vector<std::string> given = options.environment.value_or(std::vector<std::string>());
  const std::vector<char*> given_pointers = pointers_to(given);
  char* const* const environment = options.environment.has_value() ? given_pointers.data() : environ;
  std::vector<std::string> candidates = candidates_of(program_, path_of(environment));
  const std::vector<char*> programs = pointers_to(candidates);
  const std::vector<char*> arguments = pointers_to(command);

  ChildPlan plan{.programs = programs.data(),
                 .arguments = arguments.data(),
                 .environment = environment,
                 .folder = options.folder.empty() ? nullptr : options.folder.c_str(),
                 .standard = {sides[0].fd, sides[1].fd, sides[2].fd},
                 .ignores_hangup = ignores_hangup()};
  const std::unique_ptr<std::max_align_t[]> stack(new std::max_align_t[kStackBytes / sizeof(std::max_align_t)]);
  std::string name = program_;  // Past the start nothing may fail.
  int code = 0;
  {
    const SignalsBlocked guard;
    code = start_child(plan, stack.get(), kStackBytes);
  }
  if (code != 0) throw start_error(code, "start process", program_);
  Descriptor pidfd(plan.descriptor);
  if (plan.error != 0) {
    siginfo_t info;
    wait_by_pidfd(pidfd.fd(), info, WEXITED);
    if (plan.step == ChildPlan::Step::folder) throw start_error(plan.error, "enter folder", options.folder);
    throw start_error(plan.error, "start process", program_);
  }
  pid_ = plan.pid;
  resource_.emplace(std::move(pidfd), std::move(name));
}

// ECHILD: it has ended, and somebody else has taken its status.
std::optional<ProcessEnd> ProcessState::try_reap() noexcept {
  std::lock_guard guard(lock_);
  if (end_.has_value()) return end_;
  siginfo_t info;
  if (wait_by_pidfd(resource_->fd(), info, WEXITED | WNOHANG) != 0) {
    end_ = ProcessEnd::unknown();
  } else if (info.si_pid != 0) {
    end_ = end_of(info);
  }
  return end_;
}

// By the pidfd: what has been reaped is not found, and nobody else is ever meant.
bool ProcessState::send_signal(int number) {
  if (::syscall(SYS_pidfd_send_signal, resource_->fd(), number, nullptr, 0) == 0) return true;
  if (errno == ESRCH) return false;
  throw Error::from_os(errno, "send signal", program_);
}

PipeEnd& ProcessState::pipe(int number) {
  RINGBACK_CHECK(pipes_[number].has_value(),
                 "the process has no such pipe: ask for StandardStream::pipe() in its options");
  return *pipes_[number];
}

bool ProcessState::ends_within(Duration limit) noexcept {
  const auto until = std::chrono::steady_clock::now() + limit;
  while (!try_reap().has_value()) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
    if (left.count() <= 0) return false;
    pollfd end{resource_->fd(), POLLIN, 0};
    ::poll(&end, 1, static_cast<int>(left.count()));
  }
  return true;
}

void ProcessState::let_go(std::unique_ptr<ProcessState> state) noexcept {
  if (!state->try_reap().has_value()) {
    ::syscall(SYS_pidfd_send_signal, state->resource_->fd(), SIGKILL, nullptr, 0);
    for (auto& pipe : state->pipes_) pipe.reset();
    if (!state->ends_within(kKillLimit)) LeftBehind::instance().add(std::move(state));
  }
  LeftBehind::instance().sweep();
}

}  // namespace ringback::internal
