// JSON Lines: one record on each line.
//
//   {"id": 7, "vector": [0.1, 0.2], "payload": {"title": "..."}}
//   {"text": "network packet sniffer", "payload": {"name": "tcpdump"}}
//
// `id` is a whole number or a UUID; without one the collection gives a number. `vector` is an array of as
// many numbers as the collection's vectors have; without one `text` is embedded. A text is kept in the
// payload, as "text", unless that has one of its own. Other members are refused. Empty lines are none.
// Source: RFC 8259; jsonlines.org.
#pragma once

#include <functional>

#include "vectordb/import/record_reader.h"

namespace vectordb {

struct JsonLinesOptions {
  std::size_t dimension = 0;  // of the collection
  // Makes a vector of a text; without one a record needs a vector.
  std::function<std::vector<float>(std::string_view text)> embed = nullptr;
  // A longer line is a bad record, of which no more than this is kept in memory.
  std::size_t line_bytes_max = std::size_t{16} << 20;
};

class JsonLinesReader final : public RecordReader {
 public:
  explicit JsonLinesReader(JsonLinesOptions options) : options_(std::move(options)) {}

  void feed(std::string_view bytes, std::vector<Record>& into) override;
  void finish(std::vector<Record>& into) override;

 private:
  void keep(std::string_view part);
  void end_line(std::string_view line, std::vector<Record>& into);
  Record read(std::string_view line) const;

  JsonLinesOptions options_;
  std::string line_;  // the part of it that has come
  bool is_too_long_ = false;
  std::uint64_t number_ = 0;
};

}  // namespace vectordb
