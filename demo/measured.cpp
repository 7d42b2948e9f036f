#include "demo/measured.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <sstream>

#include "ringback/base/error.h"

namespace ringback::demo {
namespace {

[[noreturn]] void malformed(const std::string& where) {
  throw Error(ErrorKind::invalid, "read figures", "a measured process wrote what is not understood: " + where);
}

// Words and numbers parted by blanks and line ends, and texts with their length before them.
class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {}

  bool at_end() {
    skip();
    return rest_.empty();
  }
  std::string word() {
    skip();
    const std::size_t end = std::min(rest_.find_first_of(" \n"), rest_.size());
    std::string word(rest_.substr(0, end));
    rest_.remove_prefix(end);
    return word;
  }
  template <typename Number>
  Number number() {
    const std::string text = word();
    Number value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size()) malformed("'" + text + "' for a number");
    return value;
  }
  std::string text() {
    const auto bytes = number<std::size_t>();
    if (rest_.size() < bytes + 1) malformed("a text cut short");
    std::string text(rest_.substr(1, bytes));
    rest_.remove_prefix(bytes + 1);
    return text;
  }

 private:
  void skip() { rest_.remove_prefix(std::min(rest_.find_first_not_of(" \n"), rest_.size())); }

  std::string_view rest_;
};

}  // namespace

std::string Measured::to_text() const {
  std::ostringstream text;
  text << "wall " << wall_ns << "\ncpu " << cpu_ns << "\nthread_count " << thread_count << "\npeak " << peak_bytes
       << "\n";
  for (const std::string& name : threads) text << "thread " << name.size() << " " << name << "\n";
  for (const CallSpan& call : calls) text << "call " << call.begin_ns << " " << call.end_ns << "\n";
  for (const WorkSpan& work : works) {
    text << "work " << work.thread << " " << work.call << " " << work.begin_ns << " " << work.end_ns << "\n";
  }
  for (const std::string& answer : answers) text << "answer " << answer.size() << " " << answer << "\n";
  text << "end\n";  // Without it the process died halfway.
  return text.str();
}

Measured Measured::from_text(std::string_view text) {
  Measured measured;
  Reader reader(text);
  while (!reader.at_end()) {
    const std::string key = reader.word();
    if (key == "wall") {
      measured.wall_ns = reader.number<std::int64_t>();
    } else if (key == "cpu") {
      measured.cpu_ns = reader.number<std::int64_t>();
    } else if (key == "thread_count") {
      measured.thread_count = reader.number<std::uint64_t>();
    } else if (key == "peak") {
      measured.peak_bytes = reader.number<std::uint64_t>();
    } else if (key == "thread") {
      measured.threads.push_back(reader.text());
    } else if (key == "call") {
      const auto begin = reader.number<std::int64_t>();
      measured.calls.push_back({begin, reader.number<std::int64_t>()});
    } else if (key == "work") {
      WorkSpan work;
      work.thread = reader.number<std::uint32_t>();
      work.call = reader.number<std::uint32_t>();
      work.begin_ns = reader.number<std::int64_t>();
      work.end_ns = reader.number<std::int64_t>();
      if (work.thread >= measured.threads.size()) malformed("work of an unknown thread");
      measured.works.push_back(work);
    } else if (key == "answer") {
      measured.answers.push_back(reader.text());
    } else if (key == "end" && reader.at_end()) {
      return measured;
    } else {
      malformed("'" + key + "'");
    }
  }
  malformed("no end");
}

double Measured::busy() const { return wall_ns == 0 ? 0 : static_cast<double>(cpu_ns) / static_cast<double>(wall_ns); }

double Measured::calls_per_second() const {
  return wall_ns == 0 ? 0 : static_cast<double>(calls.size() - uncounted) * 1e9 / static_cast<double>(wall_ns);
}

std::int64_t Measured::percentile_ns(double share) const {
  std::vector<std::int64_t> lengths;
  lengths.reserve(calls.size());
  for (const CallSpan& call : calls) lengths.push_back(call.end_ns - call.begin_ns);
  lengths.erase(lengths.begin(), lengths.begin() + static_cast<std::ptrdiff_t>(uncounted));
  if (lengths.empty()) return 0;
  std::sort(lengths.begin(), lengths.end());
  const auto rank = static_cast<std::size_t>(std::ceil(share * static_cast<double>(lengths.size())));
  return lengths[std::clamp<std::size_t>(rank, 1, lengths.size()) - 1];
}

}  // namespace ringback::demo
