// TLS with a side that is not ours: the openssl command, and OpenSSL on a blocking socket.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <thread>

#include "ringback/async/gather.h"
#include "ringback/async/outcome_of.h"
#include "ringback/io/line_reader.h"
#include "ringback/io/places_test.h"
#include "ringback/net/tcp.h"
#include "ringback/net/unix_socket.h"
#include "ringback/tls/certificates_test.h"
#include "ringback/tls/tls_stream.h"

namespace ringback {
namespace {

using namespace testing_places;
using namespace testing_tls;

// A command beside the test; what it says is read line by line.
class Command {
 public:
  explicit Command(const std::string& text) : pipe_(::popen(text.c_str(), "re")) {}
  ~Command() { end(); }
  std::string read_line() {
    char line[4096];
    if (std::fgets(line, sizeof line, pipe_) == nullptr) return "(nothing)";
    return line;
  }
  int end() {
    if (pipe_ == nullptr) return status_;
    const int status = ::pclose(std::exchange(pipe_, nullptr));
    return status_ = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

 private:
  FILE* pipe_;
  int status_ = 0;
};

class OpensslCommand : public ::testing::TestWithParam<const char*> {
 protected:
  OpensslCommand() {
    folder_ = ::testing::TempDir() + "ringback_openssl_" + std::to_string(::getpid());
    std::filesystem::create_directories(folder_);
    std::ofstream(folder_ + "/root.pem") << world().root.certificate;
    std::ofstream(folder_ + "/other.pem") << make_identity({.name = "Other Root", .is_issuer = true}).certificate;
    std::ofstream(folder_ + "/server.pem") << world().server.certificate << world().server.key;
  }
  ~OpensslCommand() override { std::filesystem::remove_all(folder_); }

  std::string folder_;
};
INSTANTIATE_TEST_SUITE_P(With, OpensslCommand, ::testing::Values("tls1_2", "tls1_3"),
                         [](const auto& info) { return info.param; });

Task<std::string> ask_for_the_reverse(std::uint16_t port, std::string text) {
  TcpStream tcp = co_await TcpStream::connect(Address::loopback(port));
  TlsStream stream = co_await TlsStream::connect(a_client(), std::move(tcp), "localhost");
  LineReader lines(stream);
  co_await stream.write(text + "\n");
  const std::optional<std::string> line = co_await lines.next();
  co_await stream.shutdown_write();
  co_return line.value_or("(nothing)") + " by " + stream.version();
}

TEST_P(OpensslCommand, as_server_is_understood) {
  Command server("openssl s_server -rev -naccept 1 -accept 127.0.0.1:0 -" + std::string(GetParam()) + " -cert " +
                 folder_ + "/server.pem 2>&1");
  std::string line;
  while (!line.starts_with("ACCEPT") && line != "(nothing)") line = server.read_line();
  const std::size_t colon = line.find_last_of(':');
  ASSERT_NE(colon, std::string::npos) << line;
  const auto port = static_cast<std::uint16_t>(std::stoi(line.substr(colon + 1)));
  const std::string version = std::string(GetParam()) == "tls1_2" ? "TLSv1.2" : "TLSv1.3";
  EXPECT_EQ(wait(ask_for_the_reverse(port, "hello")), "olleh by " + version);
}

Task<> reverse_a_line(TcpListener& listener) {
  TcpStream tcp = co_await listener.accept();
  TlsStream stream = co_await TlsStream::accept(a_server(), std::move(tcp));
  LineReader lines(stream);
  std::optional<std::string> line = co_await lines.next();
  std::ranges::reverse(*line);
  co_await stream.write(*line + "\n");
  co_await stream.shutdown_write();
  const Chunk end = co_await stream.read();
  EXPECT_TRUE(end.empty());
}

TEST_P(OpensslCommand, as_client_is_understood) {
  TcpListener listener(Address::loopback(0));
  LoopThread thread;
  auto served = spawn(thread.loop(), reverse_a_line(listener));
  Command client("echo hello | openssl s_client -quiet -verify_return_error -verify_hostname localhost -CAfile " +
                 folder_ + "/root.pem -" + std::string(GetParam()) +
                 " -connect 127.0.0.1:" + std::to_string(listener.port()) + " 2>/dev/null");
  EXPECT_EQ(client.read_line(), "olleh\n");
  served.get();
  EXPECT_EQ(client.end(), 0);
}

TEST_P(OpensslCommand, that_does_not_trust_us_is_heard) {
  TcpListener listener(Address::loopback(0));
  LoopThread thread;
  auto served = spawn(thread.loop(), [](TcpListener& listener) -> Task<std::string> {
    TcpStream tcp = co_await listener.accept();
    auto refused = co_await outcome(TlsStream::accept(a_server(), std::move(tcp)));
    co_return refused.ok() ? "no error" : refused.failure().describe();
  }(listener));
  Command client("openssl s_client -quiet -verify_return_error -CAfile " + folder_ + "/other.pem -" +
                 std::string(GetParam()) + " -connect 127.0.0.1:" + std::to_string(listener.port()) +
                 " </dev/null 2>/dev/null");
  const std::string heard = served.get();
  EXPECT_NE(heard.find("alert unknown ca"), std::string::npos) << heard;
  EXPECT_NE(client.end(), 0);
}

// A server with plain calls on a blocking socket, which does to its session what no test could ask ours for.
class BlockingPeer {
 public:
  explicit BlockingPeer(int fd) : context_(SSL_CTX_new(TLS_server_method())) {
    SSL_CTX_use_certificate(context_, world().server.x509.get());
    SSL_CTX_use_PrivateKey(context_, world().server.pkey.get());
    ssl_ = SSL_new(context_);
    SSL_set_fd(ssl_, fd);
    ::fcntl(fd, F_SETFL, ::fcntl(fd, F_GETFL) & ~O_NONBLOCK);
  }
  ~BlockingPeer() {
    SSL_free(ssl_);
    SSL_CTX_free(context_);
  }
  bool accept() { return SSL_accept(ssl_) == 1; }
  bool write(std::string_view text) { return SSL_write(ssl_, text.data(), static_cast<int>(text.size())) > 0; }
  // Asks the other side to answer with new keys.
  bool ask_for_keys() { return SSL_key_update(ssl_, SSL_KEY_UPDATE_REQUESTED) == 1 && SSL_do_handshake(ssl_) == 1; }
  std::string read() {
    char text[100];
    const int got = SSL_read(ssl_, text, sizeof text);
    return got > 0 ? std::string(text, static_cast<std::size_t>(got)) : "(nothing)";
  }

 private:
  SSL_CTX* context_;
  SSL* ssl_;
};

TEST(BlockingOpenssl, slow_may_ask_for_new_keys_between_all_it_says) {
  auto [near, far] = socket_pair();
  std::thread peer([fd = far.fd()] {
    BlockingPeer server(fd);
    EXPECT_TRUE(server.accept());
    for (int i = 0; i < 1000; ++i) {
      EXPECT_TRUE(server.ask_for_keys() && server.write("ping"));
      EXPECT_EQ(server.read(), "pong");
    }
  });
  const auto answer = [](UnixStream carrier) -> Task<> {
    std::byte four[4];
    TlsStream stream = co_await TlsStream::connect(a_client(), std::move(carrier), "localhost");
    for (int i = 0; i < 1000; ++i) {
      co_await read_exactly(stream, four);
      co_await stream.write("pong");
    }
  };
  wait(answer(std::move(near)));
  peer.join();
}

// One that asks for keys, and reads no answer; true: it was held back.
bool ask_and_do_not_listen(int fd) {
  BlockingPeer server(fd);
  bool is_held_back = false;
  const timeval patience{.tv_sec = 1, .tv_usec = 0};
  EXPECT_TRUE(server.accept());
  ::setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  for (int i = 0; i < 200'000 && !is_held_back; ++i) is_held_back = !server.ask_for_keys();
  ::shutdown(fd, SHUT_RDWR);
  return is_held_back;
}

Task<> read_only(UnixStream carrier) {
  TlsStream stream = co_await TlsStream::connect(a_client(), std::move(carrier), "localhost");
  auto heard = co_await outcome(stream.read());
  EXPECT_FALSE(heard.ok());
}
Task<> read_beside_a_write_that_waits(UnixStream carrier) {
  const std::string much(4'000'000, 'm');
  TlsStream stream = co_await TlsStream::connect(a_client(), std::move(carrier), "localhost");
  auto both = co_await gather(outcome(stream.write(much)), outcome(stream.read()));
  EXPECT_FALSE(std::get<0>(both).ok());
  EXPECT_FALSE(std::get<1>(both).ok());
}

// It is answered as fast as it takes the answers, and no faster.
TEST(BlockingOpenssl, slow_that_only_asks_does_not_fill_the_memory) {
  for (Task<> (*listen)(UnixStream) : {read_only, read_beside_a_write_that_waits}) {
    auto [near, far] = socket_pair();
    bool is_held_back = false;
    std::thread peer([fd = far.fd(), &is_held_back] { is_held_back = ask_and_do_not_listen(fd); });
    wait(listen(std::move(near)));
    peer.join();
    EXPECT_TRUE(is_held_back);
  }
}

}  // namespace
}  // namespace ringback
