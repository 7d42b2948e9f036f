// `ringback search "text"`: what is nearest to a text in a collection of texts.
#pragma once

#include <cstddef>
#include <iosfwd>
#include <string>
#include <string_view>
#include <vector>

#include "cli/arguments.h"
#include "ringback/async/task.h"
#include "ringback/base/error.h"
#include "vectordb/client/client.h"

namespace ringback::cli {

// The address of `ringback serve` where nothing else is said.
extern const char* const kDefaultServer;

// The first line of a file: a key on the command line would be seen by everyone who lists processes.
// Errors: UsageError.
std::string read_key(std::string_view file);

struct FoundText {
  std::string name;         // of the payload; the id where it has none
  std::string description;  // of the payload; empty where it has none
  float score = 0;
};

// The `limit` nearest, nearest first. Errors: invalid for a text without a word; those of embedder_of() and of the
// client.
Task<std::vector<FoundText>> search_text(vectordb::Client& client, std::string collection, std::string text,
                                         std::size_t limit);

// A line for each: score, name, and as much of the description as `columns` have room for.
void print_found(const std::vector<FoundText>& found, std::size_t columns, std::ostream& out);

// Reads `name` and `description` of its payload.
FoundText found_text(const vectordb::Hit& hit);

// Throws an Error that says how to start a server where `error` is that none listens.
void explain_no_server(const Error& error, const std::string& server);

// What the command takes; to be read, not parsed.
Arguments search_arguments();

// Errors: UsageError, Error.
int search_command(const std::vector<std::string>& words, std::ostream& out);

}  // namespace ringback::cli
