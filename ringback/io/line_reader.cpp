#include "ringback/io/line_reader.h"

#include <algorithm>
#include <cstring>

#include "ringback/async/outcome_of.h"

namespace ringback {
namespace {

Error cut_short(const ByteStream& stream, std::size_t have, std::size_t wanted) {
  return Error(ErrorKind::end_of_stream, "read exactly",
               "the stream ended after " + std::to_string(have) + " of " + std::to_string(wanted) + " bytes", 0,
               stream.peer_name());
}

}  // namespace

Task<std::optional<std::string>> LineReader::next() {
  std::size_t looked_at = 0;
  for (;;) {
    const std::size_t end = waiting().find('\n', looked_at);
    if (end != std::string_view::npos) {
      const bool has_return = end > 0 && waiting()[end - 1] == '\r';
      check_length(end - has_return);
      co_return take(end - has_return, 1 + has_return);
    }
    looked_at = waiting().size();
    check_length(looked_at == 0 ? 0 : looked_at - (waiting().back() == '\r'));
    if (co_await fill()) continue;
    if (waiting().empty()) co_return std::nullopt;
    co_return take(waiting().size(), 0);
  }
}

Task<std::optional<std::string>> LineReader::until(std::string mark) {
  std::size_t looked_at = 0;
  for (;;) {
    const std::size_t end = waiting().find(mark, looked_at);
    if (end != std::string_view::npos) {
      check_length(end);
      co_return take(end, mark.size());
    }
    looked_at = waiting().size() - std::min(waiting().size(), mark.size() - 1);
    check_length(looked_at);
    if (co_await fill()) continue;
    if (waiting().empty()) co_return std::nullopt;
    throw Error(ErrorKind::end_of_stream, "read until", "the stream ended before the mark", 0, stream_.peer_name());
  }
}

Task<> LineReader::exactly(std::span<std::byte> into, Progress* progress) {
  Progress rest;
  const std::size_t had = std::min(waiting().size(), into.size());
  std::memcpy(into.data(), waiting().data(), had);
  begin_ += had;
  auto ended = co_await outcome(read_exactly(stream_, into.subspan(had), &rest));
  if (progress != nullptr) progress->bytes = had + rest.bytes;
  if (!ended.ok()) {
    // Kept for whoever reads on.
    buffer_.replace(0, begin_, text_of(into.first(had + rest.bytes)));
    begin_ = 0;
  }
  ended.value();
}

std::string LineReader::take_buffered() { return take(waiting().size(), 0); }

std::string LineReader::take(std::size_t bytes, std::size_t and_drop) {
  std::string taken(waiting().substr(0, bytes));
  begin_ += bytes + and_drop;
  if (begin_ == buffer_.size()) {
    buffer_.clear();
    begin_ = 0;
  }
  return taken;
}

void LineReader::check_length(std::size_t bytes) const {
  if (bytes <= options_.line_bytes_max) return;
  throw Error(ErrorKind::overloaded, "read line",
              "a line is longer than " + std::to_string(options_.line_bytes_max) + " bytes", 0, stream_.peer_name());
}

// Adds what comes next. False: the stream has ended.
Task<bool> LineReader::fill() {
  if (at_end_) co_return false;
  const Chunk chunk = co_await stream_.read();
  buffer_.erase(0, begin_);
  begin_ = 0;
  buffer_.append(chunk.text());
  at_end_ = chunk.empty();
  co_return !at_end_;
}

Task<> read_exactly(ByteStream& stream, std::span<std::byte> into, Progress* progress) {
  Progress unread;
  Progress& done = progress != nullptr ? *progress : unread;
  for (done.bytes = 0; done.bytes < into.size();) {
    const std::size_t got = co_await stream.read(into.subspan(done.bytes));
    if (got == 0) throw cut_short(stream, done.bytes, into.size());
    done.bytes += got;
  }
}

Task<std::string> read_all(ByteStream& stream, std::size_t bytes_max) {
  std::string all;
  for (;;) {
    const Chunk chunk = co_await stream.read();
    if (chunk.empty()) co_return all;
    if (all.size() + chunk.size() > bytes_max) {
      throw Error(ErrorKind::overloaded, "read all",
                  "the stream is longer than " + std::to_string(bytes_max) + " bytes", 0, stream.peer_name());
    }
    all.append(chunk.text());
  }
}

}  // namespace ringback
