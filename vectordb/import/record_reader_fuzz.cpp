// Any bytes are records, good or bad, and the same ones in pieces of any size.

#include <cstdlib>
#include <memory>
#include <string_view>

#include "vectordb/import/fvecs_reader.h"
#include "vectordb/import/json_lines_reader.h"

namespace {

using vectordb::FvecsReader;
using vectordb::JsonLinesReader;
using vectordb::Record;
using vectordb::RecordReader;

std::unique_ptr<RecordReader> make(bool lines) {
  if (!lines) return std::make_unique<FvecsReader>(vectordb::FvecsOptions{.dimension = 2});
  const auto embed = [](std::string_view text) { return std::vector<float>{static_cast<float>(text.size()), 1}; };
  return std::make_unique<JsonLinesReader>(
      vectordb::JsonLinesOptions{.dimension = 2, .embed = embed, .line_bytes_max = 200});
}

std::vector<Record> read(RecordReader& reader, std::string_view bytes, std::size_t piece) {
  std::vector<Record> records;
  for (std::size_t at = 0; at < bytes.size(); at += piece) reader.feed(bytes.substr(at, piece), records);
  reader.finish(records);
  return records;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t bytes) {
  if (bytes == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, bytes - 1);
  const bool lines = (data[0] & 1) != 0;
  const auto whole = read(*make(lines), text, text.size() + 1);
  const auto pieces = read(*make(lines), text, 1 + data[0] / 2);
  if (whole.size() != pieces.size()) std::abort();
  for (std::size_t i = 0; i < whole.size(); ++i) {
    if (whole[i].number != pieces[i].number || whole[i].reason != pieces[i].reason) std::abort();
    if (whole[i].point.has_value() != pieces[i].point.has_value()) std::abort();
    if (whole[i].point.has_value() == !whole[i].reason.empty()) std::abort();
    if (whole[i].point && whole[i].point->vector.size() != 2) std::abort();
  }
  return 0;
}
