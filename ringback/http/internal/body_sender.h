// The body of a response on its way out: framed, and counted where its length was promised.
#pragma once

#include "ringback/http/body.h"
#include "ringback/http/internal/outflow.h"
#include "ringback/http/internal/response_head.h"

namespace ringback::internal {

class BodySender final : public http::BodyWriter {
 public:
  BodySender(Outflow& out, const ResponseHead& head) noexcept
      : out_(out), framing_(head.framing), left_(head.body_bytes) {}

  Task<> write(std::string_view bytes) override;
  Task<> flush() override { return out_.flush(); }

  // The last chunk. Errors: invalid where less was written than promised.
  void finish();

 private:
  void append(std::string_view bytes);

  Outflow& out_;
  const BodyFraming framing_;
  std::uint64_t left_;  // of what was promised
};

// Everything that `body` gives, then finish().
Task<> send_all(http::Body& body, BodySender& sender);

}  // namespace ringback::internal
