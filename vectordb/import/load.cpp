#include "vectordb/import/load.h"

#include <algorithm>

#include "ringback/async/on.h"
#include "ringback/io/file.h"

namespace vectordb {
namespace {

using ringback::Outcome;
using ringback::Task;

// One load: the summary, and what goes into it.
class Loading {
 public:
  Loading(RecordReader& reader, const LoadOptions& options) : reader_(reader), options_(options) {}

  LoadSummary& summary() noexcept { return summary_; }

  // On the Pool.
  std::vector<Record> read(std::string_view bytes, bool is_end) {
    std::vector<Record> records;
    reader_.feed(bytes, records);
    if (is_end) reader_.finish(records);
    return records;
  }

  // The points of the records; what is bad is noted, and what was asked to be is left out.
  std::vector<NewPoint> sort_out(std::vector<Record>&& records) {
    std::vector<NewPoint> points;
    numbers_.clear();
    for (Record& record : records) {
      if (record.number <= options_.skip) {
        ++summary_.skipped;
      } else if (record.point) {
        numbers_.push_back(record.number);
        points.push_back(*std::move(record.point));
      } else {
        refuse(record.number, std::move(record.reason));
      }
    }
    return points;
  }

  void note(const std::vector<Outcome<PointId>>& outcomes) {
    for (std::size_t i = 0; i < outcomes.size(); ++i) {
      if (outcomes[i].ok()) {
        ++summary_.stored;
      } else {
        refuse(numbers_[i], outcomes[i].failure().describe());
      }
    }
    // In the order of the file: what the reader refused was noted before.
    std::ranges::sort(summary_.bad, {}, &BadRecord::number);
  }

  void end_piece(std::size_t bytes) {
    summary_.bytes_read += bytes;
    summary_.is_broken = reader_.is_broken();
    if (options_.on_progress) options_.on_progress(summary_);
  }

 private:
  void refuse(std::uint64_t number, std::string reason) {
    ++summary_.refused;
    if (summary_.bad.size() < options_.bad_max) summary_.bad.push_back({number, std::move(reason)});
  }

  RecordReader& reader_;
  const LoadOptions& options_;
  LoadSummary summary_;
  std::vector<std::uint64_t> numbers_;  // of the records whose points are being stored
};

}  // namespace

Task<LoadSummary> load(Collection into, std::string path, RecordReader& reader, LoadOptions options) {
  Loading loading(reader, options);
  ringback::File file = co_await ringback::File::open(path);
  loading.summary().bytes_total = file.size();
  std::string buffer(std::max<std::size_t>(options.read_bytes, 1), '\0');
  for (bool at_end = false; !at_end;) {
    const std::size_t bytes = co_await file.read(std::as_writable_bytes(std::span(buffer)));
    at_end = bytes == 0;
    const std::string_view piece = std::string_view(buffer).substr(0, bytes);
    std::vector<Record> records =
        co_await ringback::offload(into.pool(), [&loading, piece, at_end] { return loading.read(piece, at_end); });
    std::vector<NewPoint> points = loading.sort_out(std::move(records));
    const auto outcomes = co_await into.batch_upsert(std::move(points));
    loading.note(outcomes);
    loading.end_piece(bytes);
    at_end = at_end || reader.is_broken();
  }
  co_return std::move(loading.summary());
}

std::string LoadSummary::text(std::string_view unit) const {
  std::string text = std::to_string(stored) + " points stored";
  if (skipped != 0) text += ", " + std::to_string(skipped) + " records skipped";
  text += ", " + std::to_string(refused) + " records refused";
  if (is_broken) text += "; the file was not read to its end";
  for (const BadRecord& record : bad) {
    text.append("\n  ").append(unit) += " " + std::to_string(record.number) + ": " + record.reason;
  }
  if (refused > bad.size()) text += "\n  and " + std::to_string(refused - bad.size()) + " more";
  return text;
}

}  // namespace vectordb
