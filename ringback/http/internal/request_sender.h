// A request as bytes: its head as text, and its body written to a stream.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "ringback/async/task.h"
#include "ringback/http/request.h"
#include "ringback/http/url.h"
#include "ringback/io/byte_stream.h"

namespace ringback::http::internal {

// May be sent twice with the effect of once. (RFC 9110, section 9.2.2)
bool is_idempotent(Method method) noexcept;

// Errors: invalid where the request cannot be sent as it is.
std::string request_head(const Request& request, const Url& url, std::string_view user_agent);

// Writes the body chunk by chunk, or as many bytes as were announced; small writes are gathered.
class RequestBodyWriter final : public BodyWriter {
 public:
  RequestBodyWriter(ByteStream& stream, std::optional<std::uint64_t> bytes) noexcept : stream_(stream), left_(bytes) {}

  Task<> write(std::string_view bytes) override;
  Task<> flush() override;
  // After the last write. Errors: invalid where there were fewer bytes than announced.
  Task<> finish();

 private:
  void add(std::string_view bytes);

  ByteStream& stream_;
  std::optional<std::uint64_t> left_;  // of those announced; none: chunked
  std::string waiting_;
};

// The body of `request`, whatever it is. Its text is not used up.
Task<> send_body(ByteStream& stream, Request& request);

}  // namespace ringback::http::internal
