// Certificates for tests, made when they are asked for: none is kept anywhere.
#pragma once

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include <memory>
#include <stdexcept>
#include <string>

#include "ringback/tls/tls_context.h"

namespace ringback::testing_tls {

struct Identity {
  std::string certificate;  // PEM
  std::string key;
  std::shared_ptr<X509> x509;
  std::shared_ptr<EVP_PKEY> pkey;
};

struct Wish {
  std::string name = "localhost";
  // Of the certificate; none: it has no names.
  std::string alternative = "DNS:localhost,IP:127.0.0.1";
  // From now, in seconds.
  long begins = -3600;
  long ends = 3600;
  bool is_issuer = false;
};

inline void must(bool is_good) {
  if (!is_good) throw std::runtime_error("a certificate of the test could not be made");
}

inline std::string text_of_bio(BIO* bio) {
  char* data = nullptr;
  const long bytes = BIO_get_mem_data(bio, &data);
  std::string text(data, static_cast<std::size_t>(bytes));
  BIO_free(bio);
  return text;
}

inline void extend(X509* certificate, X509* issuer, int nid, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str());
  must(extension != nullptr && X509_add_ext(certificate, extension, -1) == 1);
  X509_EXTENSION_free(extension);
}

// Issued by `issuer`; null: by itself.
inline Identity make_identity(const Wish& wish, const Identity* issuer = nullptr) {
  Identity made;
  made.pkey.reset(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256"), EVP_PKEY_free);
  made.x509.reset(X509_new(), X509_free);
  X509* x509 = made.x509.get();
  std::uint32_t serial = 0;
  must(RAND_bytes(reinterpret_cast<unsigned char*>(&serial), sizeof serial) == 1);
  X509_set_version(x509, X509_VERSION_3);
  ASN1_INTEGER_set_uint64(X509_get_serialNumber(x509), serial);
  X509_gmtime_adj(X509_getm_notBefore(x509), wish.begins);
  X509_gmtime_adj(X509_getm_notAfter(x509), wish.ends);
  X509_set_pubkey(x509, made.pkey.get());
  X509_NAME_add_entry_by_txt(X509_get_subject_name(x509), "CN", MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>(wish.name.c_str()), -1, -1, 0);
  X509* by = issuer == nullptr ? x509 : issuer->x509.get();
  X509_set_issuer_name(x509, X509_get_subject_name(by));
  extend(x509, by, NID_basic_constraints, wish.is_issuer ? "critical,CA:TRUE" : "critical,CA:FALSE");
  if (!wish.alternative.empty() && !wish.is_issuer) extend(x509, by, NID_subject_alt_name, wish.alternative);
  EVP_PKEY* signer = issuer == nullptr ? made.pkey.get() : issuer->pkey.get();
  must(X509_sign(x509, signer, EVP_sha256()) > 0);

  BIO* certificate = BIO_new(BIO_s_mem());
  BIO* key = BIO_new(BIO_s_mem());
  PEM_write_bio_X509(certificate, x509);
  PEM_write_bio_PrivateKey(key, made.pkey.get(), nullptr, nullptr, 0, nullptr, nullptr);
  made.certificate = text_of_bio(certificate);
  made.key = text_of_bio(key);
  return made;
}

inline std::string encrypted_key(const Identity& identity, const char* password) {
  BIO* key = BIO_new(BIO_s_mem());
  must(PEM_write_bio_PKCS8PrivateKey(key, identity.pkey.get(), EVP_aes_128_cbc(), nullptr, 0, nullptr,
                                     const_cast<char*>(password)) == 1);
  return text_of_bio(key);
}

// The authority that the tests trust, and whom it vouches for. Made once.
struct World {
  Identity root = make_identity({.name = "Test Root", .is_issuer = true});
  Identity server = make_identity({}, &root);
};
inline const World& world() {
  static const World made;
  return made;
}

inline TlsContext server_of(const Identity& identity, const std::string& rest_of_chain = {}) {
  return TlsContext::server(
      {.certificate_pem = identity.certificate + rest_of_chain, .key_pem = identity.key, .alpn = {"http/1.1"}});
}
inline const TlsContext& a_server() {
  static const TlsContext made = server_of(world().server);
  return made;
}
inline const TlsContext& a_client() {
  static const TlsContext made = TlsContext::client({.ca_pem = world().root.certificate, .alpn = {"http/1.1"}});
  return made;
}

}  // namespace ringback::testing_tls
