// An empty database on a free port: prints its URL, and serves until its standard input ends.
#include <cstdio>
#include <string>

#include "ringback/async/race.h"
#include "ringback/async/run.h"
#include "ringback/io/pipe.h"
#include "vectordb/server/server.h"

using namespace ringback;

// Until nobody holds the other end any more.
Task<> until_end(PipeEnd& in) {
  bool is_open = true;
  while (is_open) {
    const Chunk chunk = co_await in.read();
    is_open = !chunk.empty();
  }
}

Task<> serve_until_end() {
  vectordb::Database database;
  vectordb::Server server(database, TcpListener(Address::loopback(0)));
  PipeEnd in = PipeEnd::standard_input();
  std::printf("http://127.0.0.1:%d\n", server.local().port());
  std::fflush(stdout);
  co_await with_scope([&](Scope& scope) -> Task<> {
    scope.spawn(server.serve());
    co_await until_end(in);
    server.stop();
  });
}

int main() { run(serve_until_end()); }
