#include "cli/serve.h"

#include <csignal>
#include <optional>
#include <ostream>

#include "cli/arguments.h"
#include "cli/search.h"
#include "ringback/async/run.h"
#include "ringback/async/scope.h"
#include "ringback/io/signal_set.h"
#include "vectordb/server/server.h"

namespace ringback::cli {
namespace {

constexpr const char* kAbout =
    "Runs the vector database, in memory, as a server with Qdrant's REST API: `ringback load` and `ringback "
    "search` speak to it, and so do Qdrant's own clients. What it holds is gone when it ends.";

constexpr const char* kAfter =
    "  ringback serve &\n"
    "  ringback load debian\n"
    "  ringback search \"play chess against the computer\"\n"
    "  curl http://127.0.0.1:6333/collections\n"
    "\n"
    "Ctrl-C, or SIGTERM, lets running requests end. It listens to this machine only;\n"
    "with another --listen give it an --api-key-file too: there is no TLS yet.";

// The first signal stops it politely, a second one at once.
Task<> stop_at_signals(SignalSet& signals, vectordb::Server& server, Scope& scope) {
  co_await signals.next();
  server.stop();
  co_await signals.next();
  scope.cancel();
}

Task<> serve_until_signal(vectordb::Server& server, SignalSet& signals) {
  co_await with_scope([&](Scope& scope) -> Task<> {
    scope.spawn(stop_at_signals(signals, server, scope));
    co_await server.serve();
    scope.cancel();
  });
}

Address parse_listen(std::string_view text) {
  const std::optional<Address> address = Address::try_parse(text);
  if (!address.has_value() || address->is_unix()) throw UsageError("is no address: write it as 127.0.0.1:6333");
  return *address;
}

struct ServeCommand {
  Address listen = Address::parse("127.0.0.1:6333");
  vectordb::ServerOptions server;
  vectordb::DatabaseOptions database;
};

Arguments arguments_of(ServeCommand& command) {
  Arguments arguments("ringback serve", kAbout, kAfter);
  arguments.option("--listen", "ADDRESS", "where, with the port; port 0: any that is free (default: 127.0.0.1:6333)",
                   [&](std::string_view value) { command.listen = parse_listen(value); });
  arguments.option("--api-key-file", "FILE", "the key that requests must carry is its first line (default: none)",
                   [&](std::string_view value) { command.server.api_key = read_key(value); });
  arguments.option("--threads", "N", "that search, 1 to 256 (default: one for each core)",
                   [&](std::string_view value) { command.database.threads = parse_count(value, 1, 256); });
  return arguments;
}

}  // namespace

Arguments serve_arguments() {
  ServeCommand unused;
  return arguments_of(unused);
}

int serve_command(const std::vector<std::string>& words, std::ostream& out) {
  ServeCommand command;
  const Arguments arguments = arguments_of(command);
  if (!arguments.parse(words)) {
    out << arguments.help();
    return 0;
  }
  SignalSet signals({SIGINT, SIGTERM});
  vectordb::Database database(command.database);
  vectordb::Server server(database, TcpListener(command.listen), std::move(command.server));
  out << "listening on http://" << server.local().to_string() << std::endl;
  run(serve_until_signal(server, signals), {.signals = Signals::none});
  out << "stopped\n";
  return 0;
}

}  // namespace ringback::cli
