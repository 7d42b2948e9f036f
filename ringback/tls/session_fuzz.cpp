// A session on any bytes: in its handshake, as client and as server, and after it. It fails or it waits; it gives
// nothing that was not said, and holds no more than it should.
//
// The first byte says who gets the rest: a server, a client, or a server that has come through its handshake; the
// second where the pieces end.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "ringback/tls/certificates_test.h"
#include "ringback/tls/internal/session.h"

namespace ringback {
namespace {

using internal::TlsSession;
using internal::TlsSettings;
using testing_tls::world;

constexpr std::size_t kOutputBytesMax = 64 * 1024;

void check(bool is_right, const char* what) {
  if (is_right) return;
  std::fprintf(stderr, "%s\n", what);
  std::abort();
}

std::shared_ptr<const TlsSettings> server_settings() {
  static const auto made = std::make_shared<const TlsSettings>(
      TlsServerOptions{.certificate_pem = world().server.certificate, .key_pem = world().server.key});
  return made;
}
std::shared_ptr<const TlsSettings> client_settings() {
  static const auto made = std::make_shared<const TlsSettings>(TlsClientOptions{.ca_pem = world().root.certificate});
  return made;
}

// What one has to say, to the other.
void carry(TlsSession& from, TlsSession& to) {
  std::vector<std::byte> bytes;
  from.take_output(bytes);
  if (!bytes.empty()) to.take_in(Chunk::copy_of(bytes));
}

void shake_hands(TlsSession& client, TlsSession& server) {
  bool is_done = false;
  while (!is_done) {
    const bool is_client_done = client.handshake();
    carry(client, server);
    is_done = server.handshake() && is_client_done;
    if (!is_done) carry(server, client);
  }
}

// Any bytes; false: it wants no more.
bool feed(TlsSession& session, bool is_established, std::span<const std::byte> bytes) {
  std::byte plain[100];
  session.take_in(Chunk::copy_of(bytes));
  if (!is_established) {
    check(!session.handshake(), "a handshake with random bytes came to an end");
  } else {
    const auto got = session.read(plain);
    check(!got.has_value(), "a session gave what nobody said");
  }
  check(session.output_bytes() <= kOutputBytesMax, "a session answers without bound");
  return !session.has_failed();
}

}  // namespace
}  // namespace ringback

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace ringback;
  if (size < 2) return 0;
  const int who = data[0] % 3;
  const std::size_t piece = data[1] + 1U;
  std::span<const std::byte> rest = std::as_bytes(std::span(data, size)).subspan(2);
  TlsSession server(server_settings(), "", "fuzz");
  TlsSession client(client_settings(), "localhost", "fuzz");
  TlsSession& target = who == 1 ? client : server;
  if (who == 1) client.handshake();
  if (who == 2) shake_hands(client, server);
  while (!rest.empty()) {
    const std::size_t count = std::min(piece, rest.size());
    if (!feed(target, who == 2, rest.first(count))) break;
    rest = rest.subspan(count);
  }
  return 0;
}
