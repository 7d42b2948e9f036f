// A secure echo, and a secure page: a certificate of its own, servers that show it, and clients that trust it.
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <cstdio>
#include <string>

#include "ringback/async/gather.h"
#include "ringback/async/outcome_of.h"
#include "ringback/async/run.h"
#include "ringback/async/scope.h"
#include "ringback/async/timeout.h"
#include "ringback/http/http_client.h"
#include "ringback/http/http_server.h"
#include "ringback/http/router.h"
#include "ringback/net/tcp.h"
#include "ringback/tls/tls_stream.h"

using namespace ringback;
using namespace std::chrono_literals;

struct Identity {
  std::string certificate;
  std::string key;
};

std::string take_text(BIO* bio) {
  char* data = nullptr;
  const long bytes = BIO_get_mem_data(bio, &data);
  std::string text(data, static_cast<std::size_t>(bytes));
  BIO_free(bio);
  return text;
}

// Signed by itself, good for an hour. A service has one from an authority instead.
Identity make_identity(const char* names) {
  EVP_PKEY* key = EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256");
  X509* certificate = X509_new();
  X509_set_version(certificate, X509_VERSION_3);
  X509_gmtime_adj(X509_getm_notBefore(certificate), -60);
  X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
  X509_set_pubkey(certificate, key);
  X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>("example"), -1, -1, 0);
  X509_set_issuer_name(certificate, X509_get_subject_name(certificate));
  X509_EXTENSION* alternative = X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, names);
  X509_add_ext(certificate, alternative, -1);
  X509_EXTENSION_free(alternative);
  X509_sign(certificate, key, EVP_sha256());

  BIO* certificate_text = BIO_new(BIO_s_mem());
  BIO* key_text = BIO_new(BIO_s_mem());
  PEM_write_bio_X509(certificate_text, certificate);
  PEM_write_bio_PrivateKey(key_text, key, nullptr, nullptr, 0, nullptr, nullptr);
  X509_free(certificate);
  EVP_PKEY_free(key);
  return {take_text(certificate_text), take_text(key_text)};
}

// [server]
Task<> echo_once(TlsContext context, TcpListener& listener) {
  TcpStream tcp = co_await listener.accept();
  TlsStream peer = co_await TlsStream::accept(context, std::move(tcp));
  for (;;) {
    Chunk bytes = co_await peer.read();
    if (bytes.empty()) break;  // the peer said that no more comes
    co_await peer.write(bytes.text());
  }
  co_await peer.shutdown_write();
}
// [/server]

// [client]
Task<std::string> say(TlsContext context, Address server, std::string name, std::string text) {
  TcpStream tcp = co_await TcpStream::connect(server);
  TlsStream stream = co_await timeout(5s, TlsStream::connect(context, std::move(tcp), name));
  co_await stream.write(text);
  co_await stream.shutdown_write();
  std::string answer;
  for (;;) {
    Chunk bytes = co_await stream.read();
    if (bytes.empty()) break;
    answer += bytes.text();
  }
  co_return answer + " over " + stream.version();
}
// [/client]

Task<> conversation() {
  // [contexts]
  const Identity own = make_identity("DNS:localhost");
  const TlsContext server = TlsContext::server({.certificate_pem = own.certificate, .key_pem = own.key});
  const TlsContext client = TlsContext::client({.ca_pem = own.certificate});
  // [/contexts]
  TcpListener listener(Address::loopback(0));
  const Address at = listener.local();
  auto both = co_await gather(echo_once(server, listener), say(client, at, "localhost", "ring back"));
  std::printf("%s\n", std::get<1>(both).c_str());

  // [untrusted]
  auto wrong = co_await gather(outcome(echo_once(server, listener)), outcome(say(client, at, "example.org", "hello")));
  const Outcome<std::string>& refused = std::get<1>(wrong);
  const Error error = *refused.failure().error();
  std::printf("%s\n", std::string(to_string(error.kind())).c_str());  // and what() says why
  // [/untrusted]
}

Task<> page() {
  const Identity own = make_identity("DNS:localhost");
  // [https_server]
  Router router;
  router.get("/hello", [](http::Request&) { return http::Response::text("hello\n"); });
  HttpServerOptions options;
  options.tls = TlsContext::server({.certificate_pem = own.certificate, .key_pem = own.key, .alpn = {"http/1.1"}});
  HttpServer server(TcpListener(Address::loopback(0)), router, std::move(options));
  // [/https_server]
  co_await with_scope([&](Scope& scope) -> Task<> {
    scope.spawn(server.serve());
    // [https_client]
    HttpClientOptions trusting;  // without these: whom the system trusts
    trusting.tls = TlsContext::client({.ca_pem = own.certificate, .alpn = {"http/1.1"}});
    HttpClient http(std::move(trusting));
    const std::string url = "https://localhost:" + std::to_string(server.local().port()) + "/hello";
    const http::Response hello = co_await http.get(url);
    // [/https_client]
    std::printf("%s", hello.body.text().c_str());
    server.stop();
  });
}

int main() {
  run(conversation());
  run(page());
}
