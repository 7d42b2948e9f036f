#include "ringback/tls/internal/openssl_error.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>

namespace ringback::internal {
namespace {

// Alerts that the other side sent are reasons from here on.
constexpr int kAlerts = SSL_AD_REASON_OFFSET;
constexpr int kAlertsEnd = kAlerts + 256;

bool is_untrusted(int reason) noexcept {
  return reason == SSL_R_CERTIFICATE_VERIFY_FAILED || reason == SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE;
}

bool is_nothing_in_common(int reason) noexcept {
  switch (reason) {
    case SSL_R_UNSUPPORTED_PROTOCOL:
    case SSL_R_VERSION_TOO_LOW:
    case SSL_R_NO_PROTOCOLS_AVAILABLE:
    case SSL_R_NO_SHARED_CIPHER:
    case SSL_R_NO_SUITABLE_KEY_SHARE:
    case SSL_R_NO_SUITABLE_GROUPS:
    case SSL_R_NO_SUITABLE_SIGNATURE_ALGORITHM:
    case SSL_R_NO_APPLICATION_PROTOCOL: return true;
    default: return false;
  }
}

ErrorKind kind_of(unsigned long code) noexcept {
  const int reason = ERR_GET_REASON(code);
  if (reason == ERR_R_MALLOC_FAILURE || code == 0) return ErrorKind::exhausted;
  if (ERR_GET_LIB(code) != ERR_LIB_SSL) return ErrorKind::malformed;
  if (is_untrusted(reason)) return ErrorKind::untrusted;
  if (reason >= kAlerts && reason < kAlertsEnd) return ErrorKind::denied;
  return is_nothing_in_common(reason) ? ErrorKind::unsupported : ErrorKind::malformed;
}

std::string text_of(unsigned long code) {
  const char* reason = code == 0 ? "no memory" : ERR_reason_error_string(code);
  return reason != nullptr ? reason : "OpenSSL gives no reason";
}

// Why a certificate is not trusted: "certificate has expired".
std::string distrust(const ssl_st& ssl, std::string_view host) {
  const long why = SSL_get_verify_result(&ssl);
  std::string text = "no certificate was shown";
  if (why != X509_V_OK) text = X509_verify_cert_error_string(why);
  if (!host.empty()) text.append(" (asked for ").append(host).append(")");
  return text;
}

}  // namespace

Error connection_error(const ssl_st& ssl, std::string_view operation, std::string_view peer, std::string_view host) {
  const unsigned long code = ERR_peek_error();
  const ErrorKind kind = kind_of(code);
  std::string text = text_of(code);
  if (kind == ErrorKind::untrusted) text = "the certificate is not trusted: " + distrust(ssl, host);
  if (kind == ErrorKind::denied) text = "the other side sent an alert: " + text;
  ERR_clear_error();
  return Error(kind, operation, text, 0, peer);
}

Error settings_error(std::string_view message, std::string_view what) {
  std::string text(message);
  const unsigned long code = ERR_peek_error();
  if (code != 0) text.append(" (").append(text_of(code)).append(")");
  ERR_clear_error();
  return Error(ErrorKind::invalid, "tls context", text, 0, what);
}

}  // namespace ringback::internal
