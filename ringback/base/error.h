// What can go wrong, sorted by what the caller can do about it.
//
// Three families, never mixed:
//  - Error (and TimeoutError): something outside the program refused or failed. Catch it.
//  - Cancelled: this work is no longer wanted. Not an Error and not a std::exception, so that
//    `catch (const Error&)` in a retry loop cannot swallow it. Let it pass.
//  - a broken RINGBACK_CHECK: the program is wrong. It aborts.
#pragma once

#include <cstdint>
#include <exception>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace ringback {

enum class ErrorKind : std::uint8_t {
  invalid,         // an argument or the order of calls is wrong: mend the call
  not_found,       // no such file, name or entry
  denied,          // no permission; the other side of TLS refuses, and says why
  exists,          // already there
  refused,         // the peer answered that no program listens
  reset,           // the connection broke while in use
  unreachable,     // no way to the peer
  end_of_stream,   // the stream ended in the middle of what was asked for
  malformed,       // the peer sent what its protocol does not allow
  untrusted,       // the peer could not prove who it is: its TLS certificate
  closed,          // this side has closed the thing used
  timed_out,       // the deadline passed first
  aborted,         // what was waited for was cancelled by somebody else
  overloaded,      // a bound is full: come back later
  exhausted,       // descriptors, memory or disk have run out
  would_deadlock,  // waiting here could never end
  shut_down,       // the executor accepts no more work
  unsupported,     // not on this system, or not by both sides
  io,              // the kernel reported something else; see os_code()
};

// "timed_out" for ErrorKind::timed_out, and so on.
std::string_view to_string(ErrorKind kind) noexcept;

// Why work was cancelled.
enum class Reason : std::uint8_t { requested, deadline, sibling_failed, shutdown, overload };

std::string_view to_string(Reason reason) noexcept;

// Thrown at an await of work that is no longer wanted. Only scopes, outcome() and the runtime
// catch it; code that must clean up uses destructors and on_exit().
struct Cancelled final {
  Reason reason = Reason::requested;
};

class Failure;

// A failure of something outside the program.
//
// Copies share their data and never throw. Threads: reading is safe from any thread.
class Error : public std::exception {
 public:
  // `operation` names what was tried ("connect"), `os_code` is an errno or 0, `peer` the other side
  // (an address, a path) or empty. Messages hold what a caller may log: never payload.
  Error(ErrorKind kind, std::string_view operation, std::string_view message, int os_code = 0,
        std::string_view peer = {});

  // The kind that fits `os_code`, with the system's own text for it.
  static Error from_os(int os_code, std::string_view operation, std::string_view peer = {});

  ErrorKind kind() const noexcept;
  int os_code() const noexcept;
  const std::string& operation() const noexcept;
  const std::string& peer() const noexcept;
  const char* what() const noexcept override;

  // For kind aborted: why the other work was cancelled.
  Reason reason() const noexcept;

  // Failures of siblings that came after this one and would otherwise be lost. As of now: one failed
  // future may fail several groups, on several threads.
  std::vector<Failure> suppressed() const;
  // Nothing where `later` is this failure, or one that this hangs on: a circle would never be freed.
  void add_suppressed(Failure later) const;

 protected:
  struct Data;
  static bool leads_to(const Failure& failure, const Data& data, int depth);
  std::shared_ptr<Data> data_;
  friend Error make_aborted(std::string_view operation, Reason reason);
};

// The deadline in force passed before the operation could complete.
class TimeoutError : public Error {
 public:
  explicit TimeoutError(std::string_view operation, std::string_view message = "the deadline passed");
};

// What somebody gets who waited for work that was cancelled elsewhere.
Error make_aborted(std::string_view operation, Reason reason);

// Why there is no value: an exception, or a cancellation. Sixteen bytes, copies never throw.
class Failure {
 public:
  // "Nothing failed"; only a place to assign to.
  Failure() noexcept = default;
  Failure(Cancelled cancelled) noexcept : reason_(cancelled.reason), tag_(Tag::cancelled) {}  // NOLINT: a value of it
  Failure(Error error);         // NOLINT(google-explicit-constructor): is one
  Failure(TimeoutError error);  // NOLINT(google-explicit-constructor): is one
  explicit Failure(std::exception_ptr exception) noexcept;

  // The exception being handled; call it inside a catch block only.
  static Failure from_current() noexcept;

  bool exists() const noexcept { return tag_ != Tag::none; }
  bool is_cancelled() const noexcept { return tag_ == Tag::cancelled; }
  // Meaningful only where is_cancelled().
  Reason reason() const noexcept { return reason_; }

  // The Error held, or null for foreign exceptions and cancellations. Valid as long as a copy of
  // this Failure lives. Costs about two microseconds (it rethrows to look).
  const Error* error() const noexcept;

  // Null for a cancellation.
  const std::exception_ptr& exception() const noexcept { return exception_; }

  // One line for a log: the Error's text, what() of a std::exception, or "cancelled: deadline".
  std::string describe() const;

  // Throws what it holds.
  [[noreturn]] void raise() const;

 private:
  enum class Tag : std::uint8_t { none, cancelled, exception };

  std::exception_ptr exception_;
  Reason reason_ = Reason::requested;
  Tag tag_ = Tag::none;
};

}  // namespace ringback
