// What a request is answered with instead of a result: an HTTP status and a sentence for people.
#pragma once

#include <string>
#include <string_view>

#include "ringback/base/error.h"

namespace vectordb::internal {

class Refusal final : public ringback::Error {
 public:
  Refusal(int status, std::string_view message)
      : Error(ringback::ErrorKind::invalid, "request", message), status_(status), message_(message) {}

  int status() const noexcept { return status_; }
  const std::string& message() const noexcept { return message_; }

 private:
  int status_;
  std::string message_;
};

// 400: what is asked for is not so, or not here. `what` names the field.
[[noreturn]] void refuse_input(std::string_view what);
// 422: the request can be read, but one of its values may not be. As Qdrant says it:
// "Validation error in JSON body: [limit: value 0 invalid, must be 1 or larger]".
[[noreturn]] void refuse_value(std::string_view field, std::string_view what);
// 404.
[[noreturn]] void refuse_unknown(std::string_view what);

// What to answer where `failure` ended a request: by its kind, with its text. 500 for what the client did
// not cause.
struct Ending {
  int status;
  std::string message;
};
Ending ending_of(const ringback::Failure& failure);

}  // namespace vectordb::internal
