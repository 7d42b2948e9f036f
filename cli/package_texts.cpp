#include "cli/package_texts.h"

#include <utility>

#include "vectordb/json/json_writer.h"
#include "vectordb/text/code_points.h"

namespace ringback::cli {
namespace {

std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

}  // namespace

// FNV-1a, the upper bits folded into the lower.
vectordb::PointId package_id(std::string_view name) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return (hash >> 12) ^ (hash & 0xfff);
}

TextRecord text_of_package(const std::string& name, std::string_view record) {
  const std::string description = vectordb::as_utf8(field_of(record, "Description"));
  vectordb::JsonWriter payload;
  payload.begin_object().field("name", name).field("description", first_line(description));
  for (const auto& [field, key] : {std::pair{"Section", "section"}, {"Version", "version"}, {"Homepage", "homepage"}}) {
    const std::string value = vectordb::as_utf8(field_of(record, field));
    if (!value.empty()) payload.field(key, value);
  }
  payload.end_object();
  return {package_id(name), name + ": " + description, vectordb::Payload::trusted(std::move(payload).text())};
}

std::vector<TextRecord> texts_of_packages(const PackageRecords& records) {
  std::vector<TextRecord> texts;
  texts.reserve(records.size());
  for (const auto& [name, record] : records.by_name()) texts.push_back(text_of_package(name, record));
  return texts;
}

}  // namespace ringback::cli
