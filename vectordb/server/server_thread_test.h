// A server on a Loop of its own, on a free port of loopback: for tests.
#pragma once

#include <string>
#include <utility>

#include "ringback/async/future.h"
#include "ringback/io/places_test.h"
#include "vectordb/server/server.h"

namespace vectordb::testing_server {

class ServerThread {
 public:
  explicit ServerThread(ServerOptions options = {})
      : server_(database_, ringback::TcpListener(ringback::Address::loopback(0)), std::move(options)),
        served_(ringback::spawn(loop_.loop(), server_.serve())) {}
  ~ServerThread() { end(); }

  Database& database() { return database_; }
  Server& server() { return server_; }
  std::string url() const { return "http://127.0.0.1:" + std::to_string(server_.local().port()); }
  void end() {
    server_.stop();
    served_.get();
  }

 private:
  Database database_{{.threads = 2}};
  Server server_;
  ringback::testing_places::LoopThread loop_;
  ringback::Future<void> served_;
};

}  // namespace vectordb::testing_server
