#include "ringback/base/error.h"

#include <cxxabi.h>
#include <cerrno>
#include <mutex>
#include <system_error>
#include <typeinfo>

namespace ringback {
namespace {

ErrorKind kind_of(int os_code) noexcept {
  switch (os_code) {
    case EINVAL:
    case EBADF:
    case EFAULT:
    case ENOTSOCK:
    case EISCONN:
    case ENOTCONN:
    case EDESTADDRREQ:
    case EMSGSIZE:
    case ENAMETOOLONG:
    case ENOTDIR:
    case EISDIR:
    case ESPIPE: return ErrorKind::invalid;
    case ENOENT:
    case ENXIO:
    case ENODEV:
    case ESRCH: return ErrorKind::not_found;
    case EACCES:
    case EPERM:
    case EROFS: return ErrorKind::denied;
    case EEXIST:
    case EADDRINUSE:
    case ENOTEMPTY: return ErrorKind::exists;
    case ECONNREFUSED: return ErrorKind::refused;
    case ECONNRESET:
    case EPIPE:
    case ECONNABORTED:
    case ENETRESET: return ErrorKind::reset;
    case ENETUNREACH:
    case EHOSTUNREACH:
    case ENETDOWN:
    case EHOSTDOWN:
    case EADDRNOTAVAIL: return ErrorKind::unreachable;
    case ETIMEDOUT: return ErrorKind::timed_out;
    case EMFILE:
    case ENFILE:
    case ENOMEM:
    case ENOBUFS:
    case ENOSPC:
    case EDQUOT:
    case EFBIG: return ErrorKind::exhausted;
    case ENOSYS:
    case EOPNOTSUPP:
    case EAFNOSUPPORT:
    case EPROTONOSUPPORT: return ErrorKind::unsupported;
    default: return ErrorKind::io;
  }
}

std::string compose(ErrorKind kind, std::string_view operation, std::string_view message, std::string_view peer) {
  std::string text;
  text.append(operation);
  if (!peer.empty()) text.append(" ").append(peer);
  text.append(": ").append(message.empty() ? to_string(kind) : message);
  return text;
}

}  // namespace

std::string_view to_string(ErrorKind kind) noexcept {
  switch (kind) {
    case ErrorKind::invalid: return "invalid";
    case ErrorKind::not_found: return "not_found";
    case ErrorKind::denied: return "denied";
    case ErrorKind::exists: return "exists";
    case ErrorKind::refused: return "refused";
    case ErrorKind::reset: return "reset";
    case ErrorKind::unreachable: return "unreachable";
    case ErrorKind::end_of_stream: return "end_of_stream";
    case ErrorKind::malformed: return "malformed";
    case ErrorKind::untrusted: return "untrusted";
    case ErrorKind::closed: return "closed";
    case ErrorKind::timed_out: return "timed_out";
    case ErrorKind::aborted: return "aborted";
    case ErrorKind::overloaded: return "overloaded";
    case ErrorKind::exhausted: return "exhausted";
    case ErrorKind::would_deadlock: return "would_deadlock";
    case ErrorKind::shut_down: return "shut_down";
    case ErrorKind::unsupported: return "unsupported";
    case ErrorKind::io: return "io";
  }
  return "unknown";
}

std::string_view to_string(Reason reason) noexcept {
  switch (reason) {
    case Reason::requested: return "requested";
    case Reason::deadline: return "deadline";
    case Reason::sibling_failed: return "sibling_failed";
    case Reason::shutdown: return "shutdown";
    case Reason::overload: return "overload";
  }
  return "unknown";
}

struct Error::Data {
  ErrorKind kind;
  Reason reason = Reason::requested;
  int os_code;
  std::string operation;
  std::string peer;
  std::string text;
  std::mutex suppressed_lock;
  std::vector<Failure> suppressed;
};

Error::Error(ErrorKind kind, std::string_view operation, std::string_view message, int os_code, std::string_view peer)
    : data_(std::make_shared<Data>()) {
  data_->kind = kind;
  data_->os_code = os_code;
  data_->operation = operation;
  data_->peer = peer;
  data_->text = compose(kind, operation, message, peer);
}

Error Error::from_os(int os_code, std::string_view operation, std::string_view peer) {
  return Error(kind_of(os_code), operation, std::system_category().message(os_code), os_code, peer);
}

ErrorKind Error::kind() const noexcept { return data_->kind; }
int Error::os_code() const noexcept { return data_->os_code; }
const std::string& Error::operation() const noexcept { return data_->operation; }
const std::string& Error::peer() const noexcept { return data_->peer; }
const char* Error::what() const noexcept { return data_->text.c_str(); }
Reason Error::reason() const noexcept { return data_->reason; }

std::vector<Failure> Error::suppressed() const {
  std::lock_guard guard(data_->suppressed_lock);
  return data_->suppressed;
}

bool Error::leads_to(const Failure& failure, const Data& data, int depth) {
  const Error* error = failure.error();
  if (error == nullptr || depth == 0) return false;
  if (error->data_.get() == &data) return true;
  for (const Failure& below : error->suppressed()) {
    if (leads_to(below, data, depth - 1)) return true;
  }
  return false;
}

void Error::add_suppressed(Failure later) const {
  constexpr int kDepthMax = 16;
  if (leads_to(later, *data_, kDepthMax)) return;
  std::lock_guard guard(data_->suppressed_lock);
  data_->suppressed.push_back(std::move(later));
}

TimeoutError::TimeoutError(std::string_view operation, std::string_view message)
    : Error(ErrorKind::timed_out, operation, message) {}

Error make_aborted(std::string_view operation, Reason reason) {
  Error error(ErrorKind::aborted, operation,
              std::string("what was waited for was cancelled: ").append(to_string(reason)));
  error.data_->reason = reason;
  return error;
}

Failure::Failure(Error error) : exception_(std::make_exception_ptr(std::move(error))), tag_(Tag::exception) {}
Failure::Failure(TimeoutError error) : exception_(std::make_exception_ptr(std::move(error))), tag_(Tag::exception) {}

Failure::Failure(std::exception_ptr exception) noexcept : exception_(std::move(exception)), tag_(Tag::exception) {
  try {
    std::rethrow_exception(exception_);
  } catch (const Cancelled& cancelled) {
    *this = Failure(cancelled);
  } catch (...) {
    return;  // Kept as it is: exception_ holds it.
  }
}

Failure Failure::from_current() noexcept {
  // Comparing types costs nothing; throwing again to ask would cost more than the error itself.
  const std::type_info* type = abi::__cxa_current_exception_type();
  if (type != nullptr && *type == typeid(Cancelled)) return Failure(std::current_exception());
  Failure failure;
  failure.exception_ = std::current_exception();
  failure.tag_ = Tag::exception;
  return failure;
}

const Error* Failure::error() const noexcept {
  if (tag_ != Tag::exception) return nullptr;
  try {
    std::rethrow_exception(exception_);
  } catch (const Error& error) {
    return &error;
  } catch (...) {
    return nullptr;  // Foreign: exception() has it.
  }
}

std::string Failure::describe() const {
  if (tag_ == Tag::none) return "no failure";
  if (tag_ == Tag::cancelled) return std::string("cancelled: ").append(to_string(reason_));
  try {
    std::rethrow_exception(exception_);
  } catch (const std::exception& exception) {
    return exception.what();
  } catch (...) {
    const std::type_info* type = abi::__cxa_current_exception_type();
    return std::string("exception of type ").append(type != nullptr ? type->name() : "unknown");
  }
}

void Failure::raise() const {
  if (tag_ == Tag::cancelled) throw Cancelled{reason_};
  std::rethrow_exception(exception_);
}

}  // namespace ringback
