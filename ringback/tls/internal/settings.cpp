#include "ringback/tls/internal/settings.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <new>

#include "ringback/base/check.h"
#include "ringback/tls/internal/core.h"
#include "ringback/tls/internal/openssl_error.h"
#include "ringback/tls/internal/pem.h"

namespace ringback::internal {
namespace {

constexpr std::size_t kProtocolBytesMax = 255;

std::string on_the_wire(const std::vector<std::string>& protocols) {
  std::string wire;
  for (const std::string& each : protocols) {
    if (each.empty() || each.size() > kProtocolBytesMax) throw settings_error("a protocol has 1 to 255 letters", each);
    wire.push_back(static_cast<char>(each.size()));
    wire.append(each);
  }
  return wire;
}

// The first of ours that the client offers.
int choose_protocol(SSL* /*ssl*/, const unsigned char** chosen, unsigned char* chosen_bytes,
                    const unsigned char* offered, unsigned int offered_bytes, void* ours) {
  const auto& wire = *static_cast<const std::string*>(ours);
  unsigned char* found = nullptr;
  const int how = SSL_select_next_proto(&found, chosen_bytes, reinterpret_cast<const unsigned char*>(wire.data()),
                                        static_cast<unsigned int>(wire.size()), offered, offered_bytes);
  *chosen = found;
  return how == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

// RFC 6066: a server's name has no dot at its end, and an address is no name.
std::string name_of(const std::string& host) { return host.ends_with('.') ? host.substr(0, host.size() - 1) : host; }

}  // namespace

TlsSettings::TlsSettings(bool is_client)
    : is_client_(is_client), context_(SSL_CTX_new(is_client ? TLS_client_method() : TLS_server_method())) {
  if (context_ == nullptr) throw std::bad_alloc();
  SSL_CTX_set_min_proto_version(context_, TLS1_2_VERSION);
  SSL_CTX_set_options(context_, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  SSL_CTX_set_mode(context_, SSL_MODE_RELEASE_BUFFERS);
  // Sessions are in tickets, at the clients: nothing is kept here for strangers.
  SSL_CTX_set_session_cache_mode(context_, SSL_SESS_CACHE_OFF);
  static constexpr unsigned char kName[] = "ringback";
  SSL_CTX_set_session_id_context(context_, kName, sizeof kName - 1);
}

TlsSettings::TlsSettings(const TlsClientOptions& options) : TlsSettings(true) {
  const PemSource issuers{options.ca_file, options.ca_pem};
  const PemSource certificates{options.certificate_file, options.certificate_pem};
  verifies_ = options.verify == TlsVerify::peer;
  if (verifies_ && issuers.is_given()) trust(*context_, issuers);
  if (verifies_ && !issuers.is_given()) trust_system(*context_);
  SSL_CTX_set_verify(context_, verifies_ ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, nullptr);
  if (certificates.is_given()) use_identity(*context_, certificates, {options.key_file, options.key_pem});
  protocols_ = on_the_wire(options.alpn);
  const auto* offered = reinterpret_cast<const unsigned char*>(protocols_.data());
  // 0 is good, unlike everywhere else.
  if (SSL_CTX_set_alpn_protos(context_, offered, static_cast<unsigned int>(protocols_.size())) != 0) {
    throw std::bad_alloc();
  }
}

TlsSettings::TlsSettings(const TlsServerOptions& options) : TlsSettings(false) {
  const PemSource issuers{options.client_ca_file, options.client_ca_pem};
  const PemSource certificates{options.certificate_file, options.certificate_pem};
  if (!certificates.is_given()) throw settings_error("a server has a certificate: give its file or its text");
  use_identity(*context_, certificates, {options.key_file, options.key_pem});
  if (issuers.is_given()) {
    trust(*context_, issuers);
    name_issuers(*context_, issuers);
    SSL_CTX_set_verify(context_, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  }
  protocols_ = on_the_wire(options.alpn);
  if (!protocols_.empty()) SSL_CTX_set_alpn_select_cb(context_, choose_protocol, &protocols_);
}

TlsSettings::~TlsSettings() { SSL_CTX_free(context_); }

ssl_st* TlsSettings::make_connection(const std::string& host) const {
  ERR_clear_error();
  ssl_st* ssl = SSL_new(context_);
  if (ssl == nullptr) throw std::bad_alloc();
  if (!is_client_) {
    SSL_set_accept_state(ssl);
    return ssl;
  }
  SSL_set_connect_state(ssl);
  try {
    set_host(*ssl, host);
  } catch (...) {
    SSL_free(ssl);
    throw;
  }
  return ssl;
}

void TlsSettings::set_host(ssl_st& ssl, const std::string& host) const {
  const std::string name = name_of(host);
  if (name.empty() || name.find('\0') != std::string::npos) {
    throw Error(ErrorKind::invalid, "tls handshake", "it needs the name of the server, which its certificate has");
  }
  X509_VERIFY_PARAM* checks = SSL_get0_param(&ssl);
  X509_VERIFY_PARAM_set_hostflags(checks, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  if (X509_VERIFY_PARAM_set1_ip_asc(checks, name.c_str()) == 1) return;
  ERR_clear_error();
  const bool is_set = X509_VERIFY_PARAM_set1_host(checks, name.c_str(), name.size()) == 1 &&
                      SSL_set_tlsext_host_name(&ssl, name.c_str()) == 1;
  if (!is_set) throw Error(ErrorKind::invalid, "tls handshake", "no certificate can have this name", 0, host);
}

Task<std::unique_ptr<ByteStream>> TlsSettings::connect(std::unique_ptr<ByteStream> stream, std::string host) const {
  co_return std::make_unique<TlsStream>(co_await TlsCore::make(shared_from_this(), std::move(stream), std::move(host)));
}

Task<std::unique_ptr<ByteStream>> TlsSettings::accept(std::unique_ptr<ByteStream> stream) const {
  co_return std::make_unique<TlsStream>(co_await TlsCore::make(shared_from_this(), std::move(stream), std::string()));
}

}  // namespace ringback::internal
