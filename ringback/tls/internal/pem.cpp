#include "ringback/tls/internal/pem.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <cerrno>
#include <cstdio>
#include <memory>
#include <vector>

#include "ringback/base/error.h"
#include "ringback/tls/internal/openssl_error.h"

namespace ringback::internal {
namespace {

template <auto kFree>
struct Freed {
  template <typename T>
  void operator()(T* thing) const noexcept {
    kFree(thing);
  }
};
using BioHandle = std::unique_ptr<BIO, Freed<BIO_free_all>>;
using CertificateHandle = std::unique_ptr<X509, Freed<X509_free>>;
using KeyHandle = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY_free>>;

BioHandle open(const PemSource& source) {
  if (source.file.empty()) return BioHandle(BIO_new_mem_buf(source.text.data(), static_cast<int>(source.text.size())));
  std::FILE* file = std::fopen(source.file.c_str(), "re");
  if (file == nullptr) throw Error::from_os(errno, "tls context", source.file);
  return BioHandle(BIO_new_fp(file, BIO_CLOSE));
}

// Instead of asking whoever sits at the terminal.
int refuse_password(char* /*into*/, int /*bytes*/, int /*is_writing*/, void* was_asked) {
  if (was_asked != nullptr) *static_cast<bool*>(was_asked) = true;
  return -1;
}

// At least one.
std::vector<CertificateHandle> read_certificates(const PemSource& source) {
  std::vector<CertificateHandle> read;
  ERR_clear_error();
  const BioHandle from = open(source);
  for (;;) {
    CertificateHandle next(PEM_read_bio_X509(from.get(), nullptr, refuse_password, nullptr));
    if (next == nullptr) break;
    read.push_back(std::move(next));
  }
  const bool is_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
  if (is_end && !read.empty()) {
    ERR_clear_error();
    return read;
  }
  throw settings_error(is_end ? "there is no certificate" : "a certificate cannot be read", source.file);
}

KeyHandle read_key(const PemSource& source) {
  bool was_asked = false;
  ERR_clear_error();
  const BioHandle from = open(source);
  KeyHandle key(PEM_read_bio_PrivateKey(from.get(), nullptr, refuse_password, &was_asked));
  if (key != nullptr) return key;
  throw settings_error(was_asked ? "the key is encrypted: give it without a password" : "there is no private key",
                       source.file);
}

}  // namespace

void trust(ssl_ctx_st& context, const PemSource& issuers) {
  for (const CertificateHandle& each : read_certificates(issuers)) {
    if (X509_STORE_add_cert(SSL_CTX_get_cert_store(&context), each.get()) != 1) {
      throw settings_error("a certificate cannot be trusted", issuers.file);
    }
  }
}

void trust_system(ssl_ctx_st& context) {
  if (SSL_CTX_set_default_verify_paths(&context) != 1) throw settings_error("the system has no trust store");
}

void name_issuers(ssl_ctx_st& context, const PemSource& issuers) {
  for (const CertificateHandle& each : read_certificates(issuers)) {
    if (SSL_CTX_add_client_CA(&context, each.get()) != 1) throw settings_error("an issuer has no name", issuers.file);
  }
}

void use_identity(ssl_ctx_st& context, const PemSource& certificates, const PemSource& key) {
  const std::vector<CertificateHandle> chain = read_certificates(certificates);
  const KeyHandle own = read_key(key.is_given() ? key : certificates);
  bool is_good = SSL_CTX_use_certificate(&context, chain.front().get()) == 1;
  for (std::size_t i = 1; i < chain.size(); ++i) is_good &= SSL_CTX_add1_chain_cert(&context, chain[i].get()) == 1;
  is_good = is_good && SSL_CTX_use_PrivateKey(&context, own.get()) == 1 && SSL_CTX_check_private_key(&context) == 1;
  if (!is_good) throw settings_error("certificate and key cannot be used together", certificates.file);
}

}  // namespace ringback::internal
