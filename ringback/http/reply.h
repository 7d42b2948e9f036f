// What a server's handler gives for a request: a response, or a task that will have one.
//
//   http::Response hello(http::Request& request);                          // answers at once
//   Task<http::Response> find(http::Request& request, std::uint64_t id);   // may wait
//
// Both become a Reply by themselves; the first costs no coroutine.
#pragma once

#include <utility>
#include <variant>

#include "ringback/async/task.h"
#include "ringback/base/unique_function.h"
#include "ringback/http/request.h"
#include "ringback/http/response.h"

namespace ringback::http {

class Reply {
 public:
  Reply(Response&& response) noexcept : what_(std::move(response)) {}  // NOLINT(google-explicit-constructor)
  Reply(Task<Response>&& task) noexcept : what_(std::move(task)) {}    // NOLINT(google-explicit-constructor)

  // Null where it is a task.
  Response* response() noexcept { return std::get_if<Response>(&what_); }
  // Where it is one.
  Task<Response>& task() noexcept { return *std::get_if<Task<Response>>(&what_); }

 private:
  std::variant<Response, Task<Response>> what_;
};

// The request is the server's, and lives until the reply has been sent. On a Pool several may be called
// at once.
using Handler = unique_function<Reply(Request&)>;

}  // namespace ringback::http
