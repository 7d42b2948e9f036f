// A conversation over TLS that is cut or changed at every byte, and cancelled before every turn: it ends, the end is
// told, and nothing wrong is ever given.
#include <gtest/gtest.h>

#include "ringback/async/gather.h"
#include "ringback/async/outcome_of.h"
#include "ringback/async/timeout.h"
#include "ringback/io/line_reader.h"
#include "ringback/io/places_test.h"
#include "ringback/net/unix_socket.h"
#include "ringback/testing/census.h"
#include "ringback/testing/unhandled_log.h"
#include "ringback/testing/virtual_time.h"
#include "ringback/tls/certificates_test.h"
#include "ringback/tls/tls_stream.h"

namespace ringback {

using namespace runtime;

namespace {

using namespace std::chrono_literals;
using namespace testing_places;
using namespace testing_tls;
using ringback::testing::Census;
using ringback::testing::run_virtually;
using ringback::testing::UnhandledLog;

enum class Damage { none, cut, flip };

// What is done to the bytes that one side receives; counts them.
struct Wound {
  Damage damage = Damage::none;
  std::size_t at = 0;
  std::size_t came = 0;
};

class WoundedStream final : public ByteStream {
 public:
  WoundedStream(UnixStream inner, Wound& wound) : inner_(std::move(inner)), wound_(wound) {}
  Task<> shutdown_write() override { return inner_.shutdown_write(); }
  void close() noexcept override { inner_.close(); }
  std::string peer_name() const override { return "wounded"; }

 private:
  void make_read(StreamPlace& place, std::span<std::byte> into) override { place.emplace_task(read_into(into)); }
  void make_read_chunk(StreamPlace& place) override { place.emplace_task(read_wounded()); }
  void make_write(StreamPlace& place, std::span<const std::byte> from) override { place.emplace_task(write_on(from)); }

  static Task<std::size_t> read_into(std::span<std::byte> /*into*/) {
    throw Error(ErrorKind::unsupported, "read", "TLS reads chunks");
    co_return 0;
  }
  Task<std::size_t> write_on(std::span<const std::byte> from) { co_return co_await inner_.write_some(from); }
  Task<Chunk> read_wounded() {
    Chunk chunk;
    if (wound_.damage == Damage::cut && wound_.came >= wound_.at) co_return chunk;
    chunk = co_await inner_.read();
    const std::size_t before = std::exchange(wound_.came, wound_.came + chunk.size());
    if (wound_.damage == Damage::none || wound_.at < before || wound_.at >= wound_.came) co_return chunk;
    const std::size_t at = wound_.at - before;
    if (wound_.damage == Damage::cut) chunk = Chunk::copy_of(chunk.bytes().first(at));
    if (wound_.damage == Damage::flip) chunk.bytes()[at] ^= static_cast<std::byte>(1 << wound_.at % 8);
    co_return chunk;
  }

  UnixStream inner_;
  Wound& wound_;
};

const std::string kQuestion = "how long does a conversation have to be?";
const std::string kAnswer = "long enough to be cut in the middle";

Task<std::string> ask(Wound& wound, UnixStream carrier) {
  std::string all;
  auto wounded = std::make_unique<WoundedStream>(std::move(carrier), wound);
  TlsStream stream = co_await TlsStream::connect(a_client(), std::move(wounded), "localhost");
  co_await stream.write(kQuestion);
  for (;;) {
    const Chunk chunk = co_await stream.read();
    if (chunk.empty()) break;
    all += chunk.text();
    EXPECT_TRUE(kAnswer.starts_with(all)) << all;
  }
  co_return all;
}

Task<std::string> answer(Wound& wound, UnixStream carrier) {
  std::string all(kQuestion.size(), '?');
  auto wounded = std::make_unique<WoundedStream>(std::move(carrier), wound);
  TlsStream stream = co_await TlsStream::accept(a_server(), std::move(wounded));
  co_await read_exactly(stream, std::as_writable_bytes(std::span(all)));
  EXPECT_EQ(all, kQuestion);
  co_await stream.write(kAnswer);
  co_await stream.shutdown_write();
  co_return all;
}

struct End {
  Outcome<std::string> client;
  Outcome<std::string> server;
};

// Each has an hour, which passes at once where both wait for bytes that nobody will send.
Task<End> converse(Wound& at_client, Wound& at_server) {
  auto sockets = socket_pair();
  auto both = co_await gather(outcome(timeout(1h, ask(at_client, std::move(sockets.first)))),
                              outcome(timeout(1h, answer(at_server, std::move(sockets.second)))));
  co_return End{std::get<0>(std::move(both)), std::get<1>(std::move(both))};
}

ErrorKind kind_of(const Outcome<std::string>& outcome) {
  const Error* error = outcome.failure().error();
  return error != nullptr ? error->kind() : ErrorKind::invalid;
}
bool is_honest(const Outcome<std::string>& outcome) {
  switch (kind_of(outcome)) {
    case ErrorKind::malformed:
    case ErrorKind::untrusted:
    case ErrorKind::denied:
    case ErrorKind::unsupported:
    case ErrorKind::end_of_stream:
    case ErrorKind::reset:
    case ErrorKind::timed_out: return true;
    default: return false;
  }
}

// How many bytes come to the client, or to the server.
std::size_t bytes_in_all(bool to_client) {
  Wound at_client;
  Wound at_server;
  const End end = run_virtually(converse(at_client, at_server));
  EXPECT_EQ(*end.client, kAnswer);
  EXPECT_EQ(*end.server, kQuestion);
  return to_client ? at_client.came : at_server.came;
}

class Wounded : public ::testing::TestWithParam<bool> {};
INSTANTIATE_TEST_SUITE_P(The, Wounded, ::testing::Values(true, false),
                         [](const auto& info) { return info.param ? "client" : "server"; });

TEST_P(Wounded, slow_side_is_told_of_a_cut_at_every_byte_contract_46) {
  const bool is_client = GetParam();
  const std::size_t in_all = bytes_in_all(is_client);
  EXPECT_GT(in_all, 300U);
  // Of a signature the length differs by a few bytes from one handshake to the next.
  for (std::size_t at = 0; at + 16 < in_all; ++at) {
    Wound cut{.damage = Damage::cut, .at = at};
    Wound none;
    const End end = run_virtually(converse(is_client ? cut : none, is_client ? none : cut));
    const Outcome<std::string>& cut_off = is_client ? end.client : end.server;
    ASSERT_EQ(kind_of(cut_off), ErrorKind::end_of_stream)
        << "after " << at << " bytes: " << cut_off.failure().describe();
    if (!end.client.ok()) {
      ASSERT_TRUE(is_honest(end.client)) << end.client.failure().describe();
    }
    if (!end.server.ok()) {
      ASSERT_TRUE(is_honest(end.server)) << end.server.failure().describe();
    }
  }
}

TEST_P(Wounded, slow_side_takes_no_byte_that_was_changed) {
  const bool is_client = GetParam();
  const std::size_t in_all = bytes_in_all(is_client);
  std::size_t unharmed = 0;
  for (std::size_t at = 0; at + 16 < in_all; ++at) {
    Wound flip{.damage = Damage::flip, .at = at};
    Wound none;
    const End end = run_virtually(converse(is_client ? flip : none, is_client ? none : flip));
    if (end.client.ok() && end.server.ok()) ++unharmed;
    if (!end.client.ok()) {
      ASSERT_TRUE(is_honest(end.client)) << at << ": " << end.client.failure().describe();
    }
    if (!end.server.ok()) {
      ASSERT_TRUE(is_honest(end.server)) << at << ": " << end.server.failure().describe();
    }
  }
  // The version in the head of a record, which nobody is to look at, at most.
  EXPECT_LE(unharmed, 8U);
}

Task<std::string> read_all_of(Census& census, TlsStream& stream) {
  Census::Member member(census);
  std::string all;
  for (;;) {
    const Chunk chunk = co_await stream.read();
    if (chunk.empty()) break;
    all += chunk.text();
  }
  co_return all;
}
Task<> write_all_of(Census& census, TlsStream& stream, const std::string& text) {
  Census::Member member(census);
  co_await stream.write(text);
  co_await stream.shutdown_write();
}

// Both sides send more than the sockets hold, at once.
Task<std::string> talk(Census& census) {
  Census::Member member(census);
  const std::string text(700'000, 't');
  auto sockets = socket_pair();
  auto both = co_await gather(TlsStream::connect(a_client(), std::move(sockets.first), "localhost"),
                              TlsStream::accept(a_server(), std::move(sockets.second)));
  TlsStream client = std::get<0>(std::move(both));
  TlsStream server = std::get<1>(std::move(both));
  auto all = co_await gather(write_all_of(census, client, text), write_all_of(census, server, text),
                             read_all_of(census, client), read_all_of(census, server));
  co_return std::get<2>(all) == text&& std::get<3>(all) == text ? "ok" : "wrong";
}

enum class Kernel { simulated_time, uring, epoll };
const char* const kKernels[] = {"virtual", "uring", "epoll"};

class TlsCancelledBefore : public ::testing::TestWithParam<Kernel> {
 protected:
  static std::unique_ptr<Driver> driver() {
    if (GetParam() == Kernel::simulated_time) return std::make_unique<VirtualDriver>();
    return make_driver(GetParam() == Kernel::uring ? DriverKind::uring : DriverKind::epoll);
  }

  // Cancels before turn `at`; gives how many turns there were.
  static int run_once(int at) {
    Census census;
    int turns = 0;
    LoopOptions options;
    options.driver = driver();
    Loop loop(std::move(options));
    loop.begin_run();
    Future<std::string> future = spawn(loop, talk(census));
    loop.drive([&] {
      if (turns++ == at) future.cancel(Reason::overload);
      return future.is_done();
    });
    loop.shut_down();
    EXPECT_EQ(loop.driver().in_flight(), 0U);
    EXPECT_EQ(census.alive(), 0);
    if (future.outcome().ok()) {
      EXPECT_EQ(*future.outcome(), "ok");
    } else if (const Error* error = future.outcome().failure().error()) {
      // Both sides are cancelled: one may see the other go before its own turn comes.
      EXPECT_TRUE(error->kind() == ErrorKind::reset || error->kind() == ErrorKind::end_of_stream) << error->what();
    } else {
      EXPECT_TRUE(future.outcome().failure().is_cancelled()) << future.outcome().failure().describe();
    }
    return turns;
  }
};
INSTANTIATE_TEST_SUITE_P(Over, TlsCancelledBefore,
                         ::testing::Values(Kernel::simulated_time, Kernel::uring, Kernel::epoll),
                         [](const auto& info) { return kKernels[static_cast<int>(info.param)]; });

TEST_P(TlsCancelledBefore, slow_every_turn_contract_12) {
  const UnhandledLog log;
  EXPECT_GT(run_once(-1), 10);
  const std::size_t before = open_descriptor_count();
  for (int at = 0; run_once(at) > at; ++at) {
    ASSERT_FALSE(HasFailure()) << "cancelled before turn " << at;
    ASSERT_EQ(open_descriptor_count(), before) << "cancelled before turn " << at;
  }
  EXPECT_TRUE(log.empty()) << log.text();
}

}  // namespace
}  // namespace ringback
