#include "ringback/http/body.h"

#include <utility>

#include "ringback/io/bytes.h"

namespace ringback::http {
namespace {

Task<Chunk> give_text(std::string text) { co_return text.empty() ? Chunk() : Chunk::copy_of(bytes_of(text)); }

}  // namespace

Body Body::made_by(Maker maker, std::optional<std::uint64_t> bytes) {
  Body body;
  body.parts_ = std::make_unique<Parts>();
  body.parts_->maker = std::move(maker);
  body.bytes_ = bytes.value_or(kUnknown);
  body.kind_ = Kind::maker;
  return body;
}

Body Body::from(std::unique_ptr<BodySource> source, std::optional<std::uint64_t> bytes) {
  Body body = from(*source, bytes);
  body.parts_ = std::make_unique<Parts>();
  body.parts_->source = std::move(source);
  return body;
}

Body Body::from(BodySource& source, std::optional<std::uint64_t> bytes) noexcept {
  Body body;
  body.source_ = &source;
  body.bytes_ = bytes.value_or(kUnknown);
  body.kind_ = Kind::source;
  return body;
}

std::optional<std::uint64_t> Body::bytes() const noexcept {
  if (kind_ == Kind::text) return text_.size();
  if (bytes_ == kUnknown) return std::nullopt;
  return bytes_;
}

Task<Chunk> Body::read() {
  RINGBACK_CHECK(kind_ != Kind::maker, "a body that is made by a function was read: it can only be sent");
  return kind_ == Kind::source ? source_->read() : give_text(std::exchange(text_, {}));
}

Task<std::string> Body::read_all(std::size_t bytes_max) {
  std::string all;
  for (;;) {
    const Chunk chunk = co_await read();
    if (chunk.empty()) co_return all;
    if (chunk.size() > bytes_max - all.size()) {
      throw Error(ErrorKind::overloaded, "read a body", "it is larger than " + std::to_string(bytes_max) + " bytes");
    }
    all.append(chunk.text());
  }
}

}  // namespace ringback::http
