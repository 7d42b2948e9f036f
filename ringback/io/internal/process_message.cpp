#include "ringback/io/internal/process_message.h"

#include <new>
#include <stdexcept>

#include "ringback/io/process_codec.h"

namespace ringback::internal {
namespace {

using Kind = ProcessMessageHead::Kind;

void append_head(std::string& to, Kind kind, std::size_t body_bytes) {
  ProcessMessageHead head;
  head.kind = kind;
  head.body_bytes = body_bytes;
  append_bytes(to, &head, sizeof head);
}

ErrorKind kind_of_foreign(const std::exception_ptr& exception) noexcept {
  try {
    std::rethrow_exception(exception);
  } catch (const std::bad_alloc&) {
    return ErrorKind::exhausted;
  } catch (const std::logic_error&) {
    return ErrorKind::invalid;
  } catch (...) {
    return ErrorKind::aborted;
  }
}

// What an Error's text says behind its operation and peer.
std::string_view message_of(const Error& error) noexcept {
  std::string_view text = error.what();
  const std::size_t before = error.operation().size() + (error.peer().empty() ? 0 : error.peer().size() + 1) + 2;
  text.remove_prefix(std::min(before, text.size()));
  return text;
}

}  // namespace

std::string process_message(Kind kind, std::string_view body) {
  std::string message;
  message.reserve(sizeof(ProcessMessageHead) + body.size());
  append_head(message, kind, body.size());
  return message.append(body);
}

std::string process_call_message(std::string_view name, std::string_view arguments) {
  const std::size_t body_bytes = sizeof(std::uint64_t) + name.size() + arguments.size();
  std::string message;
  message.reserve(sizeof(ProcessMessageHead) + body_bytes);
  append_head(message, Kind::call, body_bytes);
  ProcessCodec<std::uint64_t>::append(message, name.size());
  return message.append(name).append(arguments);
}

std::string encode_failure(const Failure& failure, std::string_view function) {
  std::string body;
  const Error* const error = failure.error();
  const ErrorKind foreign =
      failure.is_cancelled() || error != nullptr ? ErrorKind::aborted : kind_of_foreign(failure.exception());
  ProcessCodec<ErrorKind>::append(body, error != nullptr ? error->kind() : foreign);
  ProcessCodec<int>::append(body, error != nullptr ? error->os_code() : 0);
  ProcessCodec<std::string>::append(body, error != nullptr ? error->operation() : std::string(function));
  ProcessCodec<std::string>::append(body, error != nullptr ? error->peer() : std::string());
  ProcessCodec<std::string>::append(body, error != nullptr ? std::string(message_of(*error)) : failure.describe());
  return body;
}

Error decode_failure(std::string_view body) {
  const auto kind = ProcessCodec<ErrorKind>::take(body);
  const auto os_code = ProcessCodec<int>::take(body);
  const auto operation = ProcessCodec<std::string>::take(body);
  const auto peer = ProcessCodec<std::string>::take(body);
  const auto message = ProcessCodec<std::string>::take(body);
  if (!body.empty() || kind > ErrorKind::io) throw_cut_value();
  return Error(kind, operation, message, os_code, peer);
}

}  // namespace ringback::internal
