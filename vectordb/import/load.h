// Files into collections: what is right is stored, and what is not is told, with its number and reason.
//
//   JsonLinesReader reader({.dimension = 512, .embed = embed});
//   LoadSummary summary = co_await load(books, "books.jsonl", reader, {.on_progress = draw_bar});
//   if (!summary.is_clean()) print(summary.text());
//
// Threads: any. Lifetime: the reader outlives the operation, which alone uses it.
// Suspension: the file is read by the kernel, its records are made and stored on the Database's Pool;
// one piece of the file at a time is in memory.
// Errors: those of opening and reading the file, with its path; what was stored by then stays, and
// on_progress has told of it. A bad record is no error.
// Cancellation: ends after the piece in work; as with errors.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "ringback/async/task.h"
#include "vectordb/collection/collection.h"
#include "vectordb/import/record_reader.h"

namespace vectordb {

struct BadRecord {
  std::uint64_t number = 0;  // the line, or the record, from 1
  std::string reason;
};

struct LoadSummary {
  std::uint64_t stored = 0;
  std::uint64_t refused = 0;
  std::uint64_t skipped = 0;   // as was asked for
  std::vector<BadRecord> bad;  // the first of those refused
  bool is_broken = false;      // the file could not be read to its end: the last of `bad` says why
  std::uint64_t bytes_read = 0;
  std::uint64_t bytes_total = 0;

  bool is_clean() const noexcept { return refused == 0 && !is_broken; }
  // "998 points stored, 2 records refused:\n  line 7: ...". `unit` is "line" or "record".
  std::string text(std::string_view unit = "record") const;
};

struct LoadOptions {
  std::size_t bad_max = 100;  // reasons that are kept; all are counted
  // Records with this number or a smaller one are left out: where an earlier load ended.
  std::uint64_t skip = 0;
  std::size_t read_bytes = std::size_t{256} << 10;  // of the file, each time
  // Called after each piece, on the executor that loads.
  std::function<void(const LoadSummary&)> on_progress = nullptr;
};

ringback::Task<LoadSummary> load(Collection into, std::string path, RecordReader& reader, LoadOptions options = {});

}  // namespace vectordb
