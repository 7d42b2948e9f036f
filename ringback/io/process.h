// Other programs: started, talked to through pipes, awaited, ended.
//
//   Process sort({"sort", "-n"}, {.input = StandardStream::pipe(), .output = StandardStream::pipe()});
//   co_await sort.input().write("3\n1\n2\n");
//   sort.input().close();
//   std::string sorted = co_await read_all(sort.output());
//   ProcessEnd end = co_await sort.wait();
//
// To write and read at once without filling the pipes, and for the plain case, see run_process.h.
//
// Threads: made on any; each pipe by one task at a time; one task waits; send_signal() from any.
// Lifetime: outlives its operations. Destroying one that runs kills it (SIGKILL) and reaps it, which
// blocks for a moment; one that the kernel keeps longer than 100 ms is reaped when the next Process
// is started or destroyed, so none stays a zombie. Await stop() instead to be polite and not to block.
// What it starts itself is not ended with it.
// The child: has the descriptors 0, 1 and 2 and no other, an empty signal mask, and every signal at
// its default but a hangup that is ignored (nohup).
// SIGCHLD: no handler is installed and none disturbed. A program that ignores it, or that reaps every
// child (waitpid(-1)), takes the status from us: the end is then unknown, and wait() still ends.
// System: Linux 5.9, by pidfd: a process id that is used again is never mistaken for ours.
#pragma once

#include <sys/types.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "ringback/io/pipe.h"
#include "ringback/io/ready_operation.h"

namespace ringback {

namespace internal {
class ProcessState;
}  // namespace internal

// How a process ended: by itself with a status, by a signal, or it is not known.
class ProcessEnd {
 public:
  static ProcessEnd by_exit(int status) noexcept { return {How::exit, status}; }
  static ProcessEnd by_signal(int number) noexcept { return {How::signal, number}; }
  static ProcessEnd unknown() noexcept { return {How::unknown, 0}; }

  // It exited, with 0.
  bool ok() const noexcept { return how_ == How::exit && number_ == 0; }
  std::optional<int> exit_status() const noexcept { return number_where(How::exit); }
  std::optional<int> signal() const noexcept { return number_where(How::signal); }
  bool is_unknown() const noexcept { return how_ == How::unknown; }

  // "exit status 3", "signal 9 (Killed)", "an end that somebody else was told of".
  std::string describe() const;

  friend bool operator==(const ProcessEnd&, const ProcessEnd&) noexcept = default;

 private:
  enum class How : std::uint8_t { exit, signal, unknown };

  ProcessEnd(How how, int number) noexcept : how_(how), number_(number) {}
  std::optional<int> number_where(How how) const noexcept {
    return how_ == how ? std::optional<int>(number_) : std::nullopt;
  }

  How how_;
  int number_;
};

// What the child has as its standard input, output or error.
class StandardStream {
 public:
  // The same as this program's.
  static StandardStream inherit() noexcept { return {Kind::inherit, -1}; }
  // Reads the end at once; drops what is written.
  static StandardStream null() noexcept { return {Kind::null, -1}; }
  // A pipe whose other end is Process::input(), output() or error().
  static StandardStream pipe() noexcept { return {Kind::pipe, -1}; }
  // This descriptor, which stays the caller's and open until the Process has been made.
  static StandardStream descriptor(int fd) noexcept { return {Kind::descriptor, fd}; }

 private:
  friend class internal::ProcessState;
  enum class Kind : std::uint8_t { inherit, null, pipe, descriptor };

  StandardStream(Kind kind, int fd) noexcept : kind_(kind), fd_(fd) {}

  Kind kind_;
  int fd_;
};

struct ProcessOptions {
  StandardStream input = StandardStream::inherit();
  StandardStream output = StandardStream::inherit();
  StandardStream error = StandardStream::inherit();
  // "NAME=value" each; none: this program's own, as it is at that moment.
  std::optional<std::vector<std::string>> environment = std::nullopt;
  // Its working folder; empty: this program's.
  std::string folder = {};
};

namespace runtime {

// See Process::wait().
class [[nodiscard]] ProcessWait final : public ReadyOperation {
 public:
  using value_type = ProcessEnd;

  explicit ProcessWait(internal::ProcessState& state) noexcept;
  ProcessWait(ProcessWait&&) noexcept = default;
  bool begin(Waiter& waiter) noexcept { return begin_when_ready(waiter); }
  Outcome<ProcessEnd> take();

 private:
  bool try_now() noexcept override;

  internal::ProcessState& state_;
};

}  // namespace runtime

class Process {
 public:
  // Starts `command`: a program, found through PATH (that of the child's environment) where its name has
  // no slash, and its arguments; there is no shell in between. Returns when the program has been loaded.
  //
  // Errors, each with the program's name: not_found, denied, invalid (an empty command, what is no
  // program, arguments too long), exhausted (descriptors, memory, or processes: RLIMIT_NPROC),
  // unsupported. The folder is named where it is what failed.
  // Cost: blocks the thread until the program has been loaded; no memory of ours is copied, however much there is.
  explicit Process(std::vector<std::string> command, ProcessOptions options = {});
  Process(Process&&) noexcept;
  Process& operator=(Process&&) noexcept;
  ~Process();

  // Our ends of the pipes that were asked for; others abort.
  PipeEnd& input();
  PipeEnd& output();
  PipeEnd& error();

  // Until it has ended. Again afterwards: the same end, at once.
  // Cancellation: a deadline or a cancellation ends the waiting, not the process.
  runtime::ProcessWait wait() noexcept;
  // Nothing where it still runs.
  std::optional<ProcessEnd> try_wait() noexcept;

  // SIGTERM, and SIGKILL to one that has not ended after `grace`; waits for the end.
  // Cancellation: SIGKILL at once, and the end is not waited for. On virtual time no grace is left.
  Task<ProcessEnd> stop(Duration grace = std::chrono::seconds(5));

  // False: it had ended, and its end was known. Errors: invalid, denied.
  bool send_signal(int number);

  // Whose number may be another's once the end is known.
  pid_t pid() const noexcept;

 private:
  std::unique_ptr<internal::ProcessState> state_;
};

}  // namespace ringback
