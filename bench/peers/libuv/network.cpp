// libuv: an echo server, and many calls at once.
#include <uv.h>

#include <cstdlib>
#include <cstring>

#include <arpa/inet.h>

#include "bench/program.h"
#include "bench/sockets.h"

namespace {

struct Server {
  uv_loop_t loop;
  uv_tcp_t listener;
  std::uint64_t left;
  std::uint64_t ended;
};

struct Peer {
  uv_tcp_t socket;
  uv_write_t write;
  Server* server;
  char bytes[4096];
};

void give_buffer(uv_handle_t* handle, std::size_t, uv_buf_t* buffer) {
  Peer& peer = *static_cast<Peer*>(handle->data);
  *buffer = uv_buf_init(peer.bytes, sizeof(peer.bytes));
}

void on_read(uv_stream_t* stream, ssize_t got, const uv_buf_t* buffer) {
  Peer& peer = *static_cast<Peer*>(stream->data);
  if (got < 0) {
    if (got == UV_EOF) ++peer.server->ended;
    uv_close(reinterpret_cast<uv_handle_t*>(stream),
             [](uv_handle_t* handle) { delete static_cast<Peer*>(handle->data); });
    return;
  }
  uv_buf_t out = uv_buf_init(buffer->base, static_cast<unsigned>(got));
  // At once where the socket takes it, as libuv's users do; else queued.
  const int written = uv_try_write(stream, &out, 1);
  if (written == got) return;
  const unsigned gone = written < 0 ? 0 : static_cast<unsigned>(written);
  out = uv_buf_init(buffer->base + gone, static_cast<unsigned>(got) - gone);
  uv_write(&peer.write, stream, &out, 1, nullptr);
}

void on_connection(uv_stream_t* listener, int) {
  Server& server = *static_cast<Server*>(listener->data);
  Peer* peer = new Peer;
  peer->server = &server;
  peer->socket.data = peer;
  uv_tcp_init(&server.loop, &peer->socket);
  uv_accept(listener, reinterpret_cast<uv_stream_t*>(&peer->socket));
  uv_read_start(reinterpret_cast<uv_stream_t*>(&peer->socket), give_buffer, on_read);
  if (--server.left == 0) uv_close(reinterpret_cast<uv_handle_t*>(listener), nullptr);
}

// Serves until `count` connections have ended.
const bench::Workload kEcho("echo", [](std::uint64_t count) {
  Server server{};
  server.left = count;
  uv_loop_init(&server.loop);
  uv_tcp_init(&server.loop, &server.listener);
  server.listener.data = &server;
  sockaddr_in address{};
  uv_ip4_addr("127.0.0.1", 0, &address);
  uv_tcp_bind(&server.listener, reinterpret_cast<const sockaddr*>(&address), 0);
  uv_listen(reinterpret_cast<uv_stream_t*>(&server.listener), 4096, on_connection);
  int size = sizeof(address);
  uv_tcp_getsockname(&server.listener, reinterpret_cast<sockaddr*>(&address), &size);
  bench::tell_port(ntohs(address.sin_port));
  uv_run(&server.loop, UV_RUN_DEFAULT);
  uv_loop_close(&server.loop);
  return server.ended;
});

struct Call {
  uv_tcp_t socket;
  uv_connect_t connect;
  uv_write_t write;
  std::uint64_t value;
  std::uint64_t got;
  std::uint64_t* sum;
};

void receive(Call& call) {
  const auto give = [](uv_handle_t* handle, std::size_t, uv_buf_t* buffer) {
    Call& self = *static_cast<Call*>(handle->data);
    *buffer = uv_buf_init(reinterpret_cast<char*>(&self.value) + self.got,
                          static_cast<unsigned>(sizeof(self.value) - self.got));
  };
  const auto received = [](uv_stream_t* stream, ssize_t got, const uv_buf_t*) {
    Call& self = *static_cast<Call*>(stream->data);
    if (got < 0) bench::die("read");
    self.got += static_cast<std::uint64_t>(got);
    if (self.got < sizeof(self.value)) return;
    *self.sum += self.value;
    uv_close(reinterpret_cast<uv_handle_t*>(stream),
             [](uv_handle_t* handle) { delete static_cast<Call*>(handle->data); });
  };
  uv_read_start(reinterpret_cast<uv_stream_t*>(&call.socket), give, received);
}

void on_connect(uv_connect_t* connect, int status) {
  Call& call = *static_cast<Call*>(connect->handle->data);
  if (status != 0) bench::die("connect");
  uv_buf_t out = uv_buf_init(reinterpret_cast<char*>(&call.value), sizeof(call.value));
  uv_write(&call.write, connect->handle, &out, 1,
           [](uv_write_t* write, int) { receive(*static_cast<Call*>(write->handle->data)); });
}

const bench::Workload kFanOut("fan_out", [](std::uint64_t count) {
  uv_loop_t loop;
  uv_loop_init(&loop);
  sockaddr_in server{};
  uv_ip4_addr("127.0.0.1", bench::server_port(), &server);
  std::uint64_t sum = 0;
  for (std::uint64_t i = 0; i < count; ++i) {
    Call* call = new Call{};
    call->value = i;
    call->sum = &sum;
    call->socket.data = call;
    uv_tcp_init(&loop, &call->socket);
    uv_tcp_connect(&call->connect, &call->socket, reinterpret_cast<const sockaddr*>(&server), on_connect);
  }
  uv_run(&loop, UV_RUN_DEFAULT);
  uv_loop_close(&loop);
  return sum;
});

}  // namespace
