// Asio with callbacks: an echo server, and many calls at once.
#include <array>
#include <asio.hpp>
#include <memory>

#include "bench/program.h"
#include "bench/sockets.h"

namespace {

using asio::ip::tcp;

class Peer : public std::enable_shared_from_this<Peer> {
 public:
  Peer(tcp::socket socket, std::uint64_t& ended) : socket_(std::move(socket)), ended_(ended) {}

  void read() {
    socket_.async_read_some(asio::buffer(bytes_), [self = shared_from_this()](asio::error_code error, std::size_t got) {
      if (error == asio::error::eof) ++self->ended_;
      if (!error) self->write(got);
    });
  }

 private:
  void write(std::size_t size) {
    asio::async_write(socket_, asio::buffer(bytes_, size),
                      [self = shared_from_this()](asio::error_code error, std::size_t) {
                        if (!error) self->read();
                      });
  }

  tcp::socket socket_;
  std::uint64_t& ended_;
  std::array<char, 4096> bytes_;
};

void accept(tcp::acceptor& acceptor, std::uint64_t left, std::uint64_t& ended) {
  if (left == 0) return;
  acceptor.async_accept([&acceptor, left, &ended](asio::error_code error, tcp::socket socket) {
    if (error) return;
    std::make_shared<Peer>(std::move(socket), ended)->read();
    accept(acceptor, left - 1, ended);
  });
}

// Serves until `count` connections have ended.
const bench::Workload kEcho("echo", [](std::uint64_t count) {
  asio::io_context context(1);
  tcp::acceptor acceptor(context, tcp::endpoint(asio::ip::address_v4::loopback(), 0));
  acceptor.listen();
  bench::tell_port(acceptor.local_endpoint().port());
  std::uint64_t ended = 0;
  accept(acceptor, count, ended);
  context.run();
  return ended;
});

class Call : public std::enable_shared_from_this<Call> {
 public:
  Call(asio::io_context& context, std::uint64_t i, std::uint64_t& sum) : socket_(context), value_(i), sum_(sum) {}

  void start(const tcp::endpoint& server) {
    socket_.async_connect(server, [self = shared_from_this()](asio::error_code error) {
      if (!error) self->write();
    });
  }

 private:
  void write() {
    asio::async_write(socket_, asio::buffer(&value_, sizeof(value_)),
                      [self = shared_from_this()](asio::error_code error, std::size_t) {
                        if (!error) self->read();
                      });
  }
  void read() {
    asio::async_read(socket_, asio::buffer(&value_, sizeof(value_)),
                     [self = shared_from_this()](asio::error_code error, std::size_t) {
                       if (!error) self->sum_ += self->value_;
                     });
  }

  tcp::socket socket_;
  std::uint64_t value_;
  std::uint64_t& sum_;
};

const bench::Workload kFanOut("fan_out", [](std::uint64_t count) {
  asio::io_context context(1);
  const tcp::endpoint server(asio::ip::address_v4::loopback(), bench::server_port());
  std::uint64_t sum = 0;
  for (std::uint64_t i = 0; i < count; ++i) std::make_shared<Call>(context, i, sum)->start(server);
  context.run();
  return sum;
});

}  // namespace
