#include "cli/document_client.h"

#include <algorithm>
#include <charconv>
#include <span>

namespace ringback::cli {

Task<std::unique_ptr<DocumentConnection>> DocumentConnection::open(std::uint16_t port) {
  TcpStream stream = co_await TcpStream::connect(Address::loopback(port));
  stream.set_no_delay(true);
  co_return std::make_unique<DocumentConnection>(std::move(stream));
}

Task<std::string> DocumentConnection::ask(std::string name, Duration latency) {
  const std::string question =
      latency > Duration::zero() ? name + " " + std::to_string(latency.count()) + "\n" : name + "\n";
  co_await stream_.write(question);
  const std::optional<std::string> reply = co_await lines_.next();
  if (!reply.has_value()) {
    throw Error(ErrorKind::end_of_stream, "ask", "the service ended the connection", 0, stream_.peer_name());
  }
  if (*reply == "absent") throw Error(ErrorKind::not_found, "ask", "no document " + name, 0, stream_.peer_name());
  std::size_t bytes = 0;
  const std::string_view number = std::string_view(*reply).substr(std::min<std::size_t>(6, reply->size()));
  const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), bytes);
  if (!reply->starts_with("found ") || error != std::errc() || end != number.data() + number.size()) {
    throw Error(ErrorKind::io, "ask", "the service answered what is not understood: " + *reply, 0, stream_.peer_name());
  }
  std::string document(bytes, '\0');
  co_await lines_.exactly(std::as_writable_bytes(std::span(document)));
  co_return document;
}

Task<std::string> DocumentClient::ask(std::string name, Duration latency) {
  std::unique_ptr<DocumentConnection> connection = take_idle();
  if (connection == nullptr) connection = co_await DocumentConnection::open(port_);
  std::string document = co_await connection->ask(std::move(name), latency);
  give_back(std::move(connection));
  co_return document;
}

Task<std::string> DocumentClient::ask_once(std::string name, Duration latency) {
  const std::unique_ptr<DocumentConnection> connection = co_await DocumentConnection::open(port_);
  co_return co_await connection->ask(std::move(name), latency);
}

std::unique_ptr<DocumentConnection> DocumentClient::take_idle() {
  const std::lock_guard guard(lock_);
  if (idle_.empty()) return nullptr;
  std::unique_ptr<DocumentConnection> connection = std::move(idle_.back());
  idle_.pop_back();
  return connection;
}

void DocumentClient::give_back(std::unique_ptr<DocumentConnection> connection) {
  const std::lock_guard guard(lock_);
  idle_.push_back(std::move(connection));
}

}  // namespace ringback::cli
