// Who is trusted, and how it is told why somebody is not.
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>

#include "ringback/async/gather.h"
#include "ringback/async/outcome_of.h"
#include "ringback/async/wait.h"
#include "ringback/net/unix_socket.h"
#include "ringback/tls/certificates_test.h"
#include "ringback/tls/tls_stream.h"

namespace ringback {
namespace {

using namespace testing_tls;

struct Meeting {
  Outcome<TlsStream> client;
  Outcome<TlsStream> server;
};

Task<Meeting> try_to_meet(TlsContext client, TlsContext server, std::string host) {
  auto sockets = socket_pair();
  auto both = co_await gather(outcome(TlsStream::connect(client, std::move(sockets.first), host)),
                              outcome(TlsStream::accept(server, std::move(sockets.second))));
  co_return Meeting{std::get<0>(std::move(both)), std::get<1>(std::move(both))};
}
Meeting meet(const TlsContext& client, const TlsContext& server, const std::string& host = "localhost") {
  return wait(try_to_meet(client, server, host));
}

// "" where they trust each other; else what the client says, which both sides then know of.
std::string distrust(const TlsContext& client, const TlsContext& server, const std::string& host = "localhost") {
  const Meeting meeting = meet(client, server, host);
  if (meeting.client.ok()) return "";
  const Error error = *meeting.client.failure().error();
  EXPECT_EQ(error.kind(), ErrorKind::untrusted);
  EXPECT_EQ(error.operation(), "tls handshake");
  EXPECT_FALSE(error.peer().empty());
  const Error told = *meeting.server.failure().error();
  EXPECT_EQ(told.kind(), ErrorKind::denied) << told.what();
  EXPECT_NE(std::string(told.what()).find("alert"), std::string::npos) << told.what();
  return error.what();
}
#define EXPECT_SAYS(text, part) EXPECT_NE((text).find(part), std::string::npos) << "it says: " << (text)

TEST(Trust, is_given_to_who_has_the_name_and_an_issuer_that_is_trusted) {
  EXPECT_EQ(distrust(a_client(), a_server()), "");
  EXPECT_EQ(distrust(a_client(), a_server(), "127.0.0.1"), "");
  EXPECT_EQ(distrust(a_client(), a_server(), "LOCALHOST."), "");
}

TEST(Trust, is_refused_and_said_why_contract_46) {
  const Identity& root = world().root;
  const Identity expired = make_identity({.ends = -60}, &root);
  const Identity early = make_identity({.begins = 3600, .ends = 7200}, &root);
  const Identity own = make_identity({});
  const Identity stranger = make_identity({.name = "Other Root", .is_issuer = true});
  const Identity foreign = make_identity({}, &stranger);
  EXPECT_SAYS(distrust(a_client(), server_of(expired)), "certificate has expired");
  EXPECT_SAYS(distrust(a_client(), server_of(early)), "certificate is not yet valid");
  EXPECT_SAYS(distrust(a_client(), server_of(own)), "self-signed certificate");
  EXPECT_SAYS(distrust(a_client(), server_of(foreign)), "unable to get local issuer certificate");
  EXPECT_SAYS(distrust(a_client(), a_server(), "example.org"), "hostname mismatch (asked for example.org)");
  EXPECT_SAYS(distrust(a_client(), a_server(), "127.0.0.2"), "IP address mismatch");
  EXPECT_SAYS(distrust(TlsContext::client(), a_server()), "unable to get local issuer certificate");
}

TEST(Trust, goes_along_a_chain_that_the_server_sends) {
  const Identity& root = world().root;
  const Identity between = make_identity({.name = "Between", .is_issuer = true}, &root);
  const Identity leaf = make_identity({}, &between);
  EXPECT_EQ(distrust(a_client(), server_of(leaf, between.certificate)), "");
  EXPECT_SAYS(distrust(a_client(), server_of(leaf)), "unable to get local issuer certificate");
  // Who issues nothing cannot vouch for anybody.
  const Identity no_issuer = make_identity({.name = "leaf.org", .alternative = "DNS:leaf.org"}, &root);
  const Identity forged = make_identity({}, &no_issuer);
  EXPECT_SAYS(distrust(a_client(), server_of(forged, no_issuer.certificate)), "invalid CA certificate");
}

TEST(Trust, of_names_with_stars_covers_one_label) {
  const Identity star = make_identity({.name = "x", .alternative = "DNS:*.example.org"}, &world().root);
  const Identity half = make_identity({.name = "x", .alternative = "DNS:w*.example.org"}, &world().root);
  EXPECT_EQ(distrust(a_client(), server_of(star), "www.example.org"), "");
  EXPECT_SAYS(distrust(a_client(), server_of(star), "a.b.example.org"), "hostname mismatch");
  EXPECT_SAYS(distrust(a_client(), server_of(star), "example.org"), "hostname mismatch");
  EXPECT_SAYS(distrust(a_client(), server_of(half), "www.example.org"), "hostname mismatch");
}

TEST(Trust, is_not_asked_for_only_where_that_was_said) {
  const TlsContext careless = TlsContext::client({.verify = TlsVerify::nothing});
  EXPECT_EQ(distrust(careless, server_of(make_identity({})), "example.org"), "");
}

TEST(Trust, of_clients_is_asked_for_by_a_server_that_names_issuers) {
  const Identity& root = world().root;
  const Identity somebody = make_identity({.name = "somebody"}, &root);
  const TlsContext strict = TlsContext::server({.certificate_pem = world().server.certificate,
                                                .key_pem = world().server.key,
                                                .client_ca_pem = root.certificate});
  const TlsContext known = TlsContext::client(
      {.ca_pem = root.certificate, .certificate_pem = somebody.certificate, .key_pem = somebody.key});
  EXPECT_TRUE(meet(known, strict).server.ok());
  const Meeting nobody = meet(a_client(), strict);
  EXPECT_EQ(nobody.server.failure().error()->kind(), ErrorKind::untrusted);
  EXPECT_SAYS(std::string(nobody.server.failure().error()->what()), "no certificate was shown");
  const Identity own = make_identity({.name = "own"});
  const TlsContext unknown =
      TlsContext::client({.ca_pem = root.certificate, .certificate_pem = own.certificate, .key_pem = own.key});
  Meeting strangers = meet(unknown, strict);
  EXPECT_SAYS(std::string(strangers.server.failure().error()->what()), "self-signed certificate");
  // In TLS 1.3 a client hears of it where it reads first.
  ASSERT_TRUE(strangers.client.ok());
  TlsStream refused = *std::move(strangers.client);
  const Outcome<Chunk> heard = wait_outcome(refused.read());
  EXPECT_EQ(heard.failure().error()->kind(), ErrorKind::denied) << heard.failure().describe();
}

TEST(Trust, needs_a_protocol_in_common) {
  const TlsContext other = TlsContext::client({.ca_pem = world().root.certificate, .alpn = {"h2"}});
  const Meeting meeting = meet(other, a_server());
  EXPECT_EQ(meeting.server.failure().error()->kind(), ErrorKind::unsupported);
  EXPECT_EQ(meeting.client.failure().error()->kind(), ErrorKind::denied);
  const TlsContext none = TlsContext::client({.ca_pem = world().root.certificate});
  const Meeting silent = meet(none, a_server());
  ASSERT_TRUE(silent.client.ok() && silent.server.ok());
  EXPECT_EQ(silent.client->alpn(), "");
}

template <typename Make>
Error error_of(Make&& make) {
  try {
    make();
  } catch (const Error& error) {
    return error;
  }
  return Error(ErrorKind::exists, "test", "no error");
}

TEST(TlsContexts, say_what_is_wrong_with_what_they_are_given) {
  const Identity& server = world().server;
  const Identity other = make_identity({});
  const auto of = [](TlsServerOptions options) { return error_of([&] { TlsContext::server(std::move(options)); }); };
  EXPECT_EQ(of({}).kind(), ErrorKind::invalid);
  EXPECT_EQ(of({.certificate_pem = server.certificate, .key_pem = other.key}).kind(), ErrorKind::invalid);
  EXPECT_EQ(of({.certificate_pem = server.certificate}).kind(), ErrorKind::invalid);
  EXPECT_EQ(of({.certificate_pem = "nonsense", .key_pem = server.key}).kind(), ErrorKind::invalid);
  const Error missing = of({.certificate_file = "/nowhere/at/all"});
  EXPECT_EQ(missing.kind(), ErrorKind::not_found);
  EXPECT_EQ(missing.os_code(), ENOENT);
  EXPECT_EQ(missing.peer(), "/nowhere/at/all");
  const Error locked = of({.certificate_pem = server.certificate, .key_pem = encrypted_key(server, "secret")});
  EXPECT_EQ(locked.kind(), ErrorKind::invalid);
  EXPECT_SAYS(std::string(locked.what()), "the key is encrypted");
  EXPECT_EQ(error_of([] { TlsContext::client({.ca_pem = "nonsense"}); }).kind(), ErrorKind::invalid);
  EXPECT_EQ(error_of([] { TlsContext::client({.alpn = {""}}); }).kind(), ErrorKind::invalid);
  // A file cut in the middle is not a shorter list of whom to trust.
  const std::string& pem = server.certificate;
  EXPECT_EQ(error_of([&] { TlsContext::client({.ca_pem = pem + pem.substr(0, pem.size() / 2)}); }).kind(),
            ErrorKind::invalid);
}

TEST(TlsContexts, read_files) {
  const std::string path = ::testing::TempDir() + "ringback_tls_" + std::to_string(::getpid()) + ".pem";
  std::ofstream(path) << world().server.certificate << world().server.key;
  EXPECT_EQ(distrust(a_client(), TlsContext::server({.certificate_file = path})), "");
  std::ofstream(path, std::ios::trunc) << world().root.certificate;
  EXPECT_EQ(distrust(TlsContext::client({.ca_file = path}), a_server()), "");
  std::remove(path.c_str());
}

TEST(TlsContexts, ask_for_names_that_can_be) {
  for (const std::string& host : {std::string(), std::string("."), std::string("localhost\0.example.org", 22)}) {
    const Meeting meeting = meet(a_client(), a_server(), host);
    EXPECT_EQ(meeting.client.failure().error()->kind(), ErrorKind::invalid);
  }
}

}  // namespace
}  // namespace ringback
