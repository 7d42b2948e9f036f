#include "vectordb/import/json_lines_reader.h"

#include "ringback/base/error.h"
#include "vectordb/json/json_reader.h"
#include "vectordb/json/json_writer.h"

namespace vectordb {
namespace {

constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

// What a line holds, before it is known to be enough.
struct Members {
  std::optional<PointId> id;
  std::optional<std::vector<float>> vector;
  std::optional<std::string> text;
  JsonWriter payload;
  bool has_payload = false;
  bool has_text_of_its_own = false;
};

PointId read_id(JsonReader& in) {
  if (!in.is(JsonKind::string)) return in.whole_number();
  const std::optional<PointId> id = PointId::parse(in.text());
  if (!id || id->is_number()) in.refuse("expected a whole number or a UUID");
  return *id;
}

// Left open, for the text.
void read_payload(JsonReader& in, Members& into) {
  into.has_payload = true;
  in.object([&](std::string_view key) {
    into.has_text_of_its_own = into.has_text_of_its_own || key == "text";
    into.payload.key(key);
    in.compact(into.payload);
  });
}

Members read_members(JsonReader& in) {
  Members members;
  members.payload.begin_object();
  in.object([&](std::string_view key) {
    if (key == "id") {
      members.id = read_id(in);
    } else if (key == "vector") {
      in.floats(members.vector.emplace());
    } else if (key == "text") {
      members.text = in.text();
    } else if (key == "payload") {
      if (members.has_payload) in.refuse("a second payload");
      read_payload(in, members);
    } else {
      in.refuse("no member of a record: there are id, vector, text and payload");
    }
  });
  in.end();
  return members;
}

std::string expected_numbers(std::size_t dimension, std::size_t found) {
  return "vector: expected " + std::to_string(dimension) + " numbers, found " + std::to_string(found);
}

ringback::Error refused(const std::string& why) { return {ringback::ErrorKind::invalid, "json lines", why}; }

}  // namespace

void JsonLinesReader::keep(std::string_view part) {
  is_too_long_ = is_too_long_ || line_.size() + part.size() > options_.line_bytes_max;
  if (is_too_long_) {
    line_.clear();
  } else {
    line_ += part;
  }
}

void JsonLinesReader::feed(std::string_view bytes, std::vector<Record>& into) {
  for (;;) {
    const std::size_t end = bytes.find('\n');
    if (end == std::string_view::npos) return keep(bytes);
    if (line_.empty() && !is_too_long_ && end <= options_.line_bytes_max) {
      end_line(bytes.substr(0, end), into);  // Without a copy.
    } else {
      keep(bytes.substr(0, end));
      end_line(line_, into);
    }
    line_.clear();
    is_too_long_ = false;
    bytes.remove_prefix(end + 1);
  }
}

void JsonLinesReader::finish(std::vector<Record>& into) {
  if (!line_.empty() || is_too_long_) end_line(line_, into);
  line_.clear();
  is_too_long_ = false;
}

void JsonLinesReader::end_line(std::string_view line, std::vector<Record>& into) {
  ++number_;
  if (is_too_long_) {
    into.push_back({.number = number_, .reason = "longer than " + std::to_string(options_.line_bytes_max) + " bytes"});
    return;
  }
  if (number_ == 1 && line.starts_with(kByteOrderMark)) line.remove_prefix(kByteOrderMark.size());
  if (line.find_first_not_of(" \t\r") != std::string_view::npos) into.push_back(read(line));
}

Record JsonLinesReader::read(std::string_view line) const {
  Record record{.number = number_};
  try {
    JsonReader in(line);
    Members members = read_members(in);
    if (!members.vector && !members.text) throw refused("expected a vector or a text");
    if (!members.vector) {
      if (!options_.embed) throw refused("text: there is nothing to make a vector of it; give a vector");
      members.vector = options_.embed(*members.text);
    }
    if (members.vector->size() != options_.dimension) {
      throw refused(expected_numbers(options_.dimension, members.vector->size()));
    }
    if (members.text && !members.has_text_of_its_own) members.payload.field("text", std::string_view(*members.text));
    members.payload.end_object();
    record.point =
        NewPoint{members.id, *std::move(members.vector), Payload::trusted(std::move(members.payload).text())};
  } catch (const ringback::Error& error) {
    record.reason = error.what();
  }
  return record;
}

}  // namespace vectordb
