// TLS in every model: what is said arrives, and what goes wrong is told apart.
#include <gtest/gtest.h>

#include "ringback/async/gather.h"
#include "ringback/net/tcp.h"
#include "ringback/tls/certificates_test.h"
#include "ringback/tls/tls_stream.h"
#include "tests/contract/models.h"

namespace ringback {
namespace {

using namespace testing_tls;

class TlsInEveryModel : public InEveryModel {};
RINGBACK_IN_EVERY_MODEL(TlsInEveryModel);

struct Ends {
  Outcome<TlsStream> client;
  Outcome<TlsStream> server;
};

Task<Ends> meet(TlsContext server, std::string host) {
  TcpListener listener(Address::loopback(0));
  auto [near, far] = co_await gather(TcpStream::connect(listener.local()), listener.accept());
  auto both = co_await gather(outcome(TlsStream::connect(a_client(), std::move(near), host)),
                              outcome(TlsStream::accept(server, std::move(far))));
  co_return Ends{std::get<0>(std::move(both)), std::get<1>(std::move(both))};
}

Task<std::string> read_to_end(ByteStream& stream) {
  std::string all;
  for (;;) {
    const Chunk chunk = co_await stream.read();
    if (chunk.empty()) break;
    all += chunk.text();
  }
  co_return all;
}
Task<> write_to_end(ByteStream& stream, std::string text) {
  co_await stream.write(text);
  co_await stream.shutdown_write();
}

TEST_P(TlsInEveryModel, carries_both_directions_at_once_contract_01) {
  run_here([]() -> Task<> {
    Ends ends = co_await meet(a_server(), "localhost");
    TlsStream client = *std::move(ends.client);
    TlsStream server = *std::move(ends.server);
    const std::string there(300'000, 'c');
    const std::string back(200'000, 's');
    auto all = co_await gather(write_to_end(client, there), write_to_end(server, back), read_to_end(client),
                               read_to_end(server));
    EXPECT_TRUE(std::get<2>(all) == back);
    EXPECT_TRUE(std::get<3>(all) == there);
  }());
}

TEST_P(TlsInEveryModel, who_cannot_be_trusted_is_told_apart_contract_46) {
  run_here([]() -> Task<> {
    const Identity expired = make_identity({.ends = -60}, &world().root);
    const Ends stale = co_await meet(server_of(expired), "localhost");
    EXPECT_EQ(end_of(stale.client), "untrusted");
    const Error why = *stale.client.failure().error();
    EXPECT_EQ(why.operation(), "tls handshake");
    EXPECT_TRUE(why.peer().starts_with("127.0.0.1:")) << why.peer();
    EXPECT_NE(std::string(why.what()).find("certificate has expired"), std::string::npos) << why.what();
    EXPECT_EQ(end_of(stale.server), "denied");

    const Ends elsewhere = co_await meet(a_server(), "example.org");
    EXPECT_EQ(end_of(elsewhere.client), "untrusted");

    Ends cut = co_await meet(a_server(), "localhost");
    cut.server->close();
    auto end = co_await outcome(cut.client->read());
    EXPECT_EQ(end_of(end), "end_of_stream");
  }());
}

TEST_P(TlsInEveryModel, a_handshake_with_nobody_ends_by_its_deadline_contract_09) {
  run_here([]() -> Task<> {
    TcpListener listener(Address::loopback(0));
    auto [near, far] = co_await gather(TcpStream::connect(listener.local()), listener.accept());
    auto late = co_await outcome(timeout(20ms, TlsStream::connect(a_client(), std::move(near), "localhost")));
    EXPECT_EQ(end_of(late), "timed_out");
  }());
}

}  // namespace
}  // namespace ringback
