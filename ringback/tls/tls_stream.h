// TLS over any stream of bytes.
//
//   TcpStream tcp = co_await resolver.connect("example.org", 443);
//   TlsStream stream = co_await TlsStream::connect(context, std::move(tcp), "example.org");
//   co_await stream.write("hello\n");
//   const Chunk answer = co_await stream.read();
//   co_await stream.shutdown_write();                        // "no more comes", which the other side can trust
//
// A ByteStream like any other: one reader and one writer at once, from anywhere in turn, in every model.
//
// Ends: a read gives 0 (an empty chunk) only where the other side said that no more comes (close_notify). An end
// without that is Error end_of_stream: somebody may have cut the connection, and what came may not be all.
// shutdown_write() says it for this side, and ends the carrier's direction too; reading goes on. close() says
// nothing, since it must not wait.
// Errors of connect() and accept(): untrusted where the certificate of the other side cannot be trusted, saying why
// (has expired, self-signed, unknown issuer, another name ...); denied where the other side broke the handshake
// off, saying which alert it sent; unsupported where there is no version, cipher or protocol in common; malformed
// where what came is not TLS; end_of_stream, and what the carrier says. Each has the carrier's peer. Of the calls:
// malformed where a record was changed on its way, denied where the other side sent an alert, and the carrier's.
// Cancellation: in a handshake it ends the connection; its only limit is the deadline around the await. A read that was
// cancelled gave no byte away: what had come stays. A write_some that was cancelled did not happen; one that had begun
// to leave has happened, and what of it has not left (64 KiB at most) leaves with a read, also one that waits already,
// or the next write or shutdown_write(). Cost: about 40 KiB of OpenSSL's for a connection, and while bytes are under
// way up to 64 KiB more for each direction; a coroutine for each call. Certificates and randomness are OpenSSL's: real
// time, and not of a seed. Source: RFC 8446, RFC 5246; RFC 9525 for names.
#pragma once

#include <concepts>
#include <memory>
#include <string>
#include <utility>

#include "ringback/io/byte_stream.h"
#include "ringback/tls/tls_context.h"

namespace ringback {

namespace internal {
class TlsCore;
}

class TlsStream final : public ByteStream {
 public:
  // As the client of `host`, a name or an address, which the certificate must have. `context`: a client's.
  static Task<TlsStream> connect(TlsContext context, std::unique_ptr<ByteStream> carrier, std::string host);
  template <std::derived_from<ByteStream> Carrier>
  static Task<TlsStream> connect(TlsContext context, Carrier carrier, std::string host) {
    return connect(std::move(context), std::unique_ptr<ByteStream>(std::make_unique<Carrier>(std::move(carrier))),
                   std::move(host));
  }

  // As the server. `context`: a server's.
  static Task<TlsStream> accept(TlsContext context, std::unique_ptr<ByteStream> carrier);
  template <std::derived_from<ByteStream> Carrier>
  static Task<TlsStream> accept(TlsContext context, Carrier carrier) {
    return accept(std::move(context), std::unique_ptr<ByteStream>(std::make_unique<Carrier>(std::move(carrier))));
  }

  TlsStream(TlsStream&&) noexcept;
  TlsStream& operator=(TlsStream&&) noexcept;
  ~TlsStream() override;

  Task<> shutdown_write() override;
  void close() noexcept override;
  std::string peer_name() const override;

  // What both sides agreed on: "http/1.1", or empty; "TLSv1.3".
  std::string alpn() const;
  std::string version() const;

 private:
  friend class internal::TlsCore;
  explicit TlsStream(std::unique_ptr<internal::TlsCore> core) noexcept;

  void make_read(runtime::StreamPlace& place, std::span<std::byte> into) override;
  void make_read_chunk(runtime::StreamPlace& place) override;
  void make_write(runtime::StreamPlace& place, std::span<const std::byte> from) override;

  std::unique_ptr<internal::TlsCore> core_;
};

}  // namespace ringback
