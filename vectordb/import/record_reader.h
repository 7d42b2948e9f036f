// A file's bytes in, points out: what all formats of files have in common.
//
// Pure: no file, no thread. Bytes come in pieces of any size; the same records come out whatever the
// pieces. A bad record is one of the results, with its reason, and the next one is read. Threads: none
// of its own.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "vectordb/point/point.h"

namespace vectordb {

struct Record {
  // From 1: the line, or the record where there are no lines.
  std::uint64_t number = 0;
  std::optional<NewPoint> point = std::nullopt;
  // Why there is no point; a cut-off or broken file says so here.
  std::string reason = {};
};

class RecordReader {
 public:
  virtual ~RecordReader() = default;

  // Appends the records that end in `bytes`.
  virtual void feed(std::string_view bytes, std::vector<Record>& into) = 0;
  // The file has ended: appends what is left.
  virtual void finish(std::vector<Record>& into) = 0;

  // What followed could not be told apart any more; the last record says why. Nothing comes after it.
  virtual bool is_broken() const noexcept { return false; }
};

}  // namespace vectordb
