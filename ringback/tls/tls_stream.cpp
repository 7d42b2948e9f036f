#include "ringback/tls/tls_stream.h"

#include "ringback/base/check.h"
#include "ringback/tls/internal/core.h"

namespace ringback {

using namespace runtime;

namespace {

std::shared_ptr<const internal::TlsSettings> settings_of(const TlsContext& context) {
  return std::static_pointer_cast<const internal::TlsSettings>(context.shared_engine());
}

}  // namespace

Task<TlsStream> TlsStream::connect(TlsContext context, std::unique_ptr<ByteStream> carrier, std::string host) {
  auto settings = settings_of(context);
  RINGBACK_CHECK(settings->is_client(), "connect() with a server's TlsContext: make one with TlsContext::client()");
  return internal::TlsCore::make(std::move(settings), std::move(carrier), std::move(host));
}

Task<TlsStream> TlsStream::accept(TlsContext context, std::unique_ptr<ByteStream> carrier) {
  auto settings = settings_of(context);
  RINGBACK_CHECK(!settings->is_client(), "accept() with a client's TlsContext: make one with TlsContext::server()");
  return internal::TlsCore::make(std::move(settings), std::move(carrier), std::string());
}

TlsStream::TlsStream(std::unique_ptr<internal::TlsCore> core) noexcept : core_(std::move(core)) {}
TlsStream::TlsStream(TlsStream&&) noexcept = default;
TlsStream& TlsStream::operator=(TlsStream&&) noexcept = default;
TlsStream::~TlsStream() = default;

Task<> TlsStream::shutdown_write() { return core_->shutdown_write(); }
void TlsStream::close() noexcept {
  if (core_ != nullptr) core_->close();
}
std::string TlsStream::peer_name() const { return core_->peer_name(); }
std::string TlsStream::alpn() const { return core_->session().alpn(); }
std::string TlsStream::version() const { return core_->session().version(); }

void TlsStream::make_read(StreamPlace& place, std::span<std::byte> into) { place.emplace_task(core_->read(into)); }
void TlsStream::make_read_chunk(StreamPlace& place) { place.emplace_task(core_->read_chunk()); }
void TlsStream::make_write(StreamPlace& place, std::span<const std::byte> from) {
  place.emplace_task(core_->write(from, core_->kept(place.kept())));
}

}  // namespace ringback
