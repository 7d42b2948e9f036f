#include "vectordb/server/internal/refusal.h"

namespace vectordb::internal {

namespace {

using ringback::Error;
using ringback::ErrorKind;

int status_of(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::invalid: return 400;
    case ErrorKind::not_found: return 404;
    case ErrorKind::exists: return 409;
    case ErrorKind::timed_out: return 408;
    case ErrorKind::overloaded:
    case ErrorKind::shut_down:
    case ErrorKind::aborted: return 503;
    case ErrorKind::exhausted: return 507;
    default: return 500;
  }
}

std::string_view words_of(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::invalid:
    case ErrorKind::exists: return "Wrong input: ";
    case ErrorKind::not_found: return "Not found: ";
    case ErrorKind::timed_out: return "Timeout error: ";
    case ErrorKind::overloaded:
    case ErrorKind::shut_down:
    case ErrorKind::aborted: return "Service unavailable: ";
    default: return "Service internal error: ";
  }
}

std::string_view text_of(const Error& error) {
  std::string_view text = error.what();
  const std::string& operation = error.operation();
  if (text.starts_with(operation) && text.substr(operation.size()).starts_with(": ")) {
    text.remove_prefix(operation.size() + 2);
  }
  return text;
}

Ending ending_of_error(const Error& error) {
  if (const auto* refusal = dynamic_cast<const Refusal*>(&error)) return {refusal->status(), refusal->message()};
  const std::string_view words =
      error.operation() == "read JSON" ? "Format error in JSON body: " : words_of(error.kind());
  return {status_of(error.kind()), std::string(words).append(text_of(error))};
}

}  // namespace

void refuse_input(std::string_view what) { throw Refusal(400, std::string("Wrong input: ").append(what)); }

void refuse_value(std::string_view field, std::string_view what) {
  throw Refusal(422,
                std::string("Validation error in JSON body: [").append(field).append(": ").append(what).append("]"));
}

void refuse_unknown(std::string_view what) { throw Refusal(404, std::string("Not found: ").append(what)); }

Ending ending_of(const ringback::Failure& failure) {
  if (failure.is_cancelled()) return {503, "Service unavailable: the server is stopping"};
  try {
    failure.raise();
  } catch (const Error& error) {
    return ending_of_error(error);
  } catch (const std::bad_alloc&) {
    return {507, "Service internal error: there is not enough memory for this"};
  } catch (...) {
    return {500, "Service internal error: " + failure.describe()};
  }
}

}  // namespace vectordb::internal
