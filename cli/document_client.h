// The calling side of the document service, with connections that are kept for the next call.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "ringback/io/line_reader.h"
#include "ringback/net/tcp.h"

namespace ringback::cli {

// One connection. Threads: one call at a time, from anywhere.
class DocumentConnection {
 public:
  static Task<std::unique_ptr<DocumentConnection>> open(std::uint16_t port);

  explicit DocumentConnection(TcpStream stream) : stream_(std::move(stream)) {}

  // The document of that name, `latency` after it was asked for. Errors: not_found, and the stream's.
  Task<std::string> ask(std::string name, Duration latency);

 private:
  TcpStream stream_;
  LineReader lines_{stream_};
};

// As many connections as there are calls at one time. Threads: any. Lifetime: outlives its calls.
class DocumentClient {
 public:
  explicit DocumentClient(std::uint16_t port) : port_(port) {}

  // As DocumentConnection::ask(), over a connection nobody uses now, or a new one. One whose call
  // failed or was cancelled in the middle is not used again.
  Task<std::string> ask(std::string name, Duration latency);

  // The same over a connection of its own, which ends with the call.
  Task<std::string> ask_once(std::string name, Duration latency);

 private:
  std::unique_ptr<DocumentConnection> take_idle();
  void give_back(std::unique_ptr<DocumentConnection> connection);

  const std::uint16_t port_;
  std::mutex lock_;
  std::vector<std::unique_ptr<DocumentConnection>> idle_;
};

}  // namespace ringback::cli
