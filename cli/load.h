// `ringback load`: texts and vectors from files, into a collection of a server.
#pragma once

#include <cstddef>
#include <iosfwd>
#include <string>
#include <vector>

#include "cli/arguments.h"
#include "cli/package_texts.h"
#include "ringback/async/task.h"
#include "ringback/pipeline/observer.h"
#include "vectordb/client/client.h"

namespace ringback::cli {

struct LoadOptions {
  std::string collection;
  std::size_t batch = 256;                                   // points in one request
  std::size_t under_way = 4;                                 // requests at once
  bool recreate = false;                                     // what is there of that name is dropped first
  vectordb::Distance distance = vectordb::Distance::cosine;  // of vectors; texts have cosine
  Observers observers = {};                                  // of each batch: "embed" (texts), and "store"
};

// A new collection. Errors: exists, saying what to do.
Task<> make_collection(vectordb::Client& client, std::string name, vectordb::CollectionOptions options, bool recreate);

// Counts the words of all texts, makes the collection where there is none, and stores a vector for each.
// Gives how many. Errors: exists where the collection is there and was made otherwise; those of the client.
// Threads: on a Loop or inline, whose parts share one count; not on a Pool.
// Cancellation: what has been stored stays.
Task<std::size_t> load_texts(vectordb::Client& client, LoadOptions options, const std::vector<TextRecord>& texts);

// What the command takes; to be read, not parsed.
Arguments load_arguments();

// Errors: UsageError, Error.
int load_command(const std::vector<std::string>& words, std::ostream& out, std::ostream& progress);

}  // namespace ringback::cli
