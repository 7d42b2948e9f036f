// Certificates and keys from PEM, into OpenSSL's settings.
#pragma once

#include <string>

struct ssl_ctx_st;

namespace ringback::internal {

// A file, or its text; one of them is empty.
struct PemSource {
  const std::string& file;
  const std::string& text;
  bool is_given() const noexcept { return !file.empty() || !text.empty(); }
};

// Errors of all: see tls_context.h.
void trust(ssl_ctx_st& context, const PemSource& issuers);
void trust_system(ssl_ctx_st& context);
// What clients are told that they may show certificates of.
void name_issuers(ssl_ctx_st& context, const PemSource& issuers);
void use_identity(ssl_ctx_st& context, const PemSource& certificates, const PemSource& key);

}  // namespace ringback::internal
