// A file of points, or of texts, into a collection of a server.
//
// Told by the end of its name: .jsonl is JSON Lines (vectordb/import/json_lines_reader.h), .fvecs vectors
// as they lie in memory. A record that is not right is counted, with its number and reason, and the rest
// is stored; a record without an id gets its number as one.
#pragma once

#include <filesystem>
#include <functional>

#include "cli/load.h"
#include "ringback/async/task.h"
#include "vectordb/client/client.h"
#include "vectordb/import/load.h"

namespace ringback::cli {

// What a file has in it, as its beginning shows.
struct FileForm {
  enum class Kind { texts, vectors, raw_vectors };  // .jsonl with "text", .jsonl with "vector", .fvecs

  Kind kind = Kind::vectors;
  std::size_t dimension = 0;
};

// Errors: unsupported for another name; invalid where the first record does not tell; those of reading.
FileForm form_of_file(const std::filesystem::path& file);

// Makes the collection and stores what is in the file; a text file is read twice, at first to count words.
// Told of each piece of the file. Errors: as load_texts(), and those of reading the file. Threads: on a Loop
// or inline, whose parts share one summary; not on a Pool.
Task<vectordb::LoadSummary> load_file(vectordb::Client& client, LoadOptions options, std::filesystem::path file,
                                      std::function<void(const vectordb::LoadSummary&)> progress);

}  // namespace ringback::cli
