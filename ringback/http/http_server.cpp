#include "ringback/http/http_server.h"

#include "ringback/http/internal/http_server_core.h"

namespace ringback {
namespace {

// What is sent is sent in few writes already. Where the peer has gone, the first read will say so.
void make_ready(TcpStream& stream) noexcept {
  try {
    stream.set_no_delay(true);
  } catch (const Error&) {
    return;
  }
}
void make_ready(UnixStream& /*stream*/) noexcept {}

template <typename Listener, typename Stream>
class AcceptorOf final : public internal::Acceptor {
 public:
  explicit AcceptorOf(Listener listener) noexcept : listener_(std::move(listener)) {}

  Task<std::unique_ptr<ByteStream>> accept() override {
    Stream stream = co_await listener_.accept();
    make_ready(stream);
    co_return std::make_unique<Stream>(std::move(stream));
  }
  void close() noexcept override { listener_.close(); }
  const Address& local() const noexcept override { return listener_.local(); }

 private:
  Listener listener_;
};

}  // namespace

HttpServer::HttpServer(TcpListener listener, http::Handler handler, HttpServerOptions options)
    : core_(std::make_unique<internal::HttpServerCore>(
          std::make_unique<AcceptorOf<TcpListener, TcpStream>>(std::move(listener)), std::move(handler),
          std::move(options))) {}

HttpServer::HttpServer(UnixListener listener, http::Handler handler, HttpServerOptions options)
    : core_(std::make_unique<internal::HttpServerCore>(
          std::make_unique<AcceptorOf<UnixListener, UnixStream>>(std::move(listener)), std::move(handler),
          std::move(options))) {}

HttpServer::~HttpServer() = default;

Task<> HttpServer::serve() { return core_->serve(); }
Task<> HttpServer::serve_connection(std::unique_ptr<ByteStream> stream) {
  return core_->serve_connection(std::move(stream));
}
void HttpServer::stop() noexcept { core_->stop(); }
const Address& HttpServer::local() const noexcept { return core_->local(); }
HttpServerStats HttpServer::stats() const noexcept { return core_->stats(); }

}  // namespace ringback
