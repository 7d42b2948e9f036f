// What one side of TLS knows before there is a connection: whom it trusts, and who it is.
//
//   const TlsContext client = TlsContext::client();                             // the system's trust store
//   const TlsContext server = TlsContext::server({.certificate_file = "chain.pem", .key_file = "key.pem"});
//
// A value that is cheap to copy; made once, for any number of connections. TLS 1.2 and 1.3, without
// renegotiation. The component ringback::tls is to be linked (it needs OpenSSL 3).
//
// Threads: any, several at once. Lifetime: a stream holds what it needs of it.
// Errors: not_found, denied ... where a file cannot be read, with its name as peer; invalid where it holds no
// certificate or key, where the two do not belong together, or where the key is encrypted. No text of an error
// has anything of a key in it.
// Cost: reads the files at once, blocking: some milliseconds. A client also reads the certificate of an issuer
// from the system's trust store when it first meets it.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "ringback/net/tls_engine.h"

namespace ringback {

namespace internal {
class TlsSettings;
}

// What of the other side is checked.
enum class TlsVerify : std::uint8_t {
  peer,     // that its certificate is valid, that a trusted one has issued it, and that it has the name asked for
  nothing,  // nothing: an attacker in between may read and change all. For tests.
};

struct TlsClientOptions {
  // Whom to trust, as PEM: a file, or its text. Both empty: the system's trust store, which SSL_CERT_FILE and
  // SSL_CERT_DIR move. Given, they replace it.
  std::string ca_file = {};
  std::string ca_pem = {};
  TlsVerify verify = TlsVerify::peer;
  // Protocols that are offered, the best first: {"http/1.1"}.
  std::vector<std::string> alpn = {};
  // Who this side is, where a server asks: as of a server.
  std::string certificate_file = {};
  std::string certificate_pem = {};
  std::string key_file = {};
  std::string key_pem = {};
};

struct TlsServerOptions {
  // The certificate first, then those between it and the root, as PEM: a file, or its text.
  std::string certificate_file = {};
  std::string certificate_pem = {};
  // Its key, not encrypted.
  std::string key_file = {};
  std::string key_pem = {};
  // Protocols that are taken, the best first. A client that offers only others is refused; empty: not looked at.
  std::vector<std::string> alpn = {};
  // Who issues the certificates that clients must show, as PEM. Both empty: they need none.
  std::string client_ca_file = {};
  std::string client_ca_pem = {};
};

class TlsContext {
 public:
  static TlsContext client(TlsClientOptions options = {});
  static TlsContext server(TlsServerOptions options);

  // For those who are to be given a context and know nothing of OpenSSL.
  const internal::TlsEngine& engine() const noexcept { return *engine_; }
  std::shared_ptr<const internal::TlsEngine> shared_engine() const noexcept { return engine_; }

 private:
  friend class TlsStream;
  explicit TlsContext(std::shared_ptr<const internal::TlsEngine> engine) noexcept : engine_(std::move(engine)) {}

  std::shared_ptr<const internal::TlsEngine> engine_;
};

}  // namespace ringback
