// Asio with C++20 coroutines: an echo server, and many calls at once.
#include <array>
#include <asio.hpp>

#include "bench/program.h"
#include "bench/sockets.h"

namespace {

using asio::awaitable;
using asio::use_awaitable;
using asio::ip::tcp;

awaitable<void> serve(tcp::socket peer, std::uint64_t& ended) {
  std::array<char, 4096> bytes;
  try {
    for (;;) {
      const std::size_t got = co_await peer.async_read_some(asio::buffer(bytes), use_awaitable);
      co_await asio::async_write(peer, asio::buffer(bytes, got), use_awaitable);
    }
  } catch (const asio::system_error& error) {
    if (error.code() == asio::error::eof) ++ended;
  }
}

awaitable<void> accept_all(tcp::acceptor& acceptor, std::uint64_t count, std::uint64_t& ended) {
  for (std::uint64_t i = 0; i < count; ++i) {
    tcp::socket peer = co_await acceptor.async_accept(use_awaitable);
    asio::co_spawn(acceptor.get_executor(), serve(std::move(peer), ended), asio::detached);
  }
}

// Serves until `count` connections have ended.
const bench::Workload kEcho("echo", [](std::uint64_t count) {
  asio::io_context context(1);
  tcp::acceptor acceptor(context, tcp::endpoint(asio::ip::address_v4::loopback(), 0));
  acceptor.listen();
  bench::tell_port(acceptor.local_endpoint().port());
  std::uint64_t ended = 0;
  asio::co_spawn(context, accept_all(acceptor, count, ended), asio::detached);
  context.run();
  return ended;
});

awaitable<void> call(tcp::endpoint server, std::uint64_t i, std::uint64_t& sum) {
  const auto here = co_await asio::this_coro::executor;
  tcp::socket socket(here);
  co_await socket.async_connect(server, use_awaitable);
  co_await asio::async_write(socket, asio::buffer(&i, sizeof(i)), use_awaitable);
  co_await asio::async_read(socket, asio::buffer(&i, sizeof(i)), use_awaitable);
  sum += i;
}
const bench::Workload kFanOut("fan_out", [](std::uint64_t count) {
  asio::io_context context(1);
  const tcp::endpoint server(asio::ip::address_v4::loopback(), bench::server_port());
  std::uint64_t sum = 0;
  for (std::uint64_t i = 0; i < count; ++i) asio::co_spawn(context, call(server, i, sum), asio::detached);
  context.run();
  return sum;
});

}  // namespace
