#include "cli/search.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <fstream>
#include <ostream>

#include "cli/arguments.h"
#include "cli/terminal.h"
#include "cli/text_columns.h"
#include "cli/text_model.h"
#include "ringback/async/run.h"
#include "vectordb/json/json_reader.h"
#include "vectordb/json/json_writer.h"

namespace ringback::cli {
namespace {

constexpr const char* kAbout =
    "Looks in a collection that was loaded from texts (`ringback load`) for what is nearest to yours. Texts "
    "are near where they share rare words, or parts of words; there is no language model behind it.";

struct SearchCommand {
  std::string text;
  std::string collection = "packages";
  std::string server = kDefaultServer;
  vectordb::ClientOptions client;
  std::size_t limit = 5;
  bool json = false;
};

Arguments arguments_of(SearchCommand& command) {
  Arguments arguments("ringback search", kAbout, "  ringback search \"play chess against the computer\" --limit 3");
  arguments.operand("TEXT", "what to look for, in quotes", [&](std::string_view value) {
    if (value.find_first_not_of(" \t\n") == std::string_view::npos) throw UsageError("is empty: type what to look for");
    command.text = value;
  });
  arguments.option("--collection", "NAME", "where to look (default: packages)",
                   [&](std::string_view value) { command.collection = value; });
  arguments.option("--limit", "N", "how many to show, 1 to 1000 (default: 5)",
                   [&](std::string_view value) { command.limit = parse_count(value, 1, 1000); });
  arguments.option("--server", "URL",
                   std::string("a server that `ringback serve` runs (default: ") + kDefaultServer + ")",
                   [&](std::string_view value) { command.server = value; });
  arguments.option("--api-key-file", "FILE", "the server's key is its first line (default: none)",
                   [&](std::string_view value) { command.client.api_key = read_key(value); });
  arguments.flag("--json", "print JSON, with whole descriptions", command.json);
  return arguments;
}

void print_json(const SearchCommand& command, const std::vector<FoundText>& found, std::ostream& out) {
  vectordb::JsonWriter text;
  text.begin_object().field("text", command.text).field("collection", command.collection).key("found").begin_array();
  for (const FoundText& one : found) {
    text.begin_object().field("score", one.score).field("name", one.name).field("description", one.description);
    text.end_object();
  }
  text.end_array().end_object();
  out << text.text() << "\n";
}

}  // namespace

void print_found(const std::vector<FoundText>& found, std::size_t columns, std::ostream& out) {
  for (const FoundText& one : found) {
    std::array<char, 16> score;
    std::snprintf(score.data(), score.size(), "%.3f", static_cast<double>(one.score));
    const std::string line = score.data() + ("  " + one.name) + (one.description.empty() ? "" : "  " + one.description);
    out << cut_to(line, columns) << "\n";
  }
  if (found.empty()) out << "nothing: the collection is empty\n";
}

const char* const kDefaultServer = "http://127.0.0.1:6333";

std::string read_key(std::string_view file) {
  std::ifstream stream{std::string(file)};
  std::string key;
  if (!std::getline(stream, key) || key.empty()) throw UsageError("has no key in its first line, or cannot be read");
  return key;
}

FoundText found_text(const vectordb::Hit& hit) {
  FoundText found{hit.id.text(), "", hit.score};
  vectordb::JsonReader in(hit.payload.json());
  in.object([&](std::string_view key) {
    if (in.kind() != vectordb::JsonKind::string) return;
    if (key == "name") found.name = in.text();
    if (key == "description") found.description = in.text();
  });
  return found;
}

Task<std::vector<FoundText>> search_text(vectordb::Client& client, std::string collection, std::string text,
                                         std::size_t limit) {
  const vectordb::CollectionInfo info = co_await client.info(collection);
  std::vector<float> vector = embedder_of(info).embed(text);
  if (std::all_of(vector.begin(), vector.end(), [](float coordinate) { return coordinate == 0; })) {
    throw Error(ErrorKind::invalid, "search", "there is no word in '" + text + "': type words to look for");
  }
  const std::vector<vectordb::Hit> hits =
      co_await client.search(collection, std::move(vector), {.limit = limit, .with_payload = true});
  std::vector<FoundText> found;
  for (const vectordb::Hit& hit : hits) found.push_back(found_text(hit));
  co_return found;
}

Arguments search_arguments() {
  SearchCommand unused;
  return arguments_of(unused);
}

void explain_no_server(const Error& error, const std::string& server) {
  if (error.kind() != ErrorKind::refused) return;
  std::string_view address = server;
  if (const std::size_t scheme = address.find("//"); scheme != std::string_view::npos)
    address.remove_prefix(scheme + 2);
  address = address.substr(0, address.find('/'));
  throw Error(ErrorKind::refused, "connect",
              "no server listens at " + server + ": start one with `ringback serve" +
                  (server == kDefaultServer ? std::string() : " --listen " + std::string(address)) +
                  "` in another terminal");
}

int search_command(const std::vector<std::string>& words, std::ostream& out) {
  SearchCommand command;
  const Arguments arguments = arguments_of(command);
  if (!arguments.parse(words)) {
    out << arguments.help();
    return 0;
  }
  std::vector<FoundText> found;
  try {
    vectordb::Client client(command.server, command.client);
    found = run(search_text(client, command.collection, command.text, command.limit));
  } catch (const Error& error) {
    explain_no_server(error, command.server);
    throw;
  }
  if (command.json) {
    print_json(command, found, out);
  } else {
    print_found(found, terminal_columns(STDOUT_FILENO), out);
  }
  return 0;
}

}  // namespace ringback::cli
