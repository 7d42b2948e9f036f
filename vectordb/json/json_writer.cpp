#include "vectordb/json/json_writer.h"

#include <array>
#include <charconv>
#include <cmath>

namespace vectordb {

namespace {

template <typename Number>
void append_number(std::string& text, Number number) {
  std::array<char, 32> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number);
  text.append(digits.data(), end.ptr);
}

bool needs_escape(char character) {
  return static_cast<unsigned char>(character) < 0x20 || character == '"' || character == '\\';
}

void append_escaped(std::string& text, char character) {
  static constexpr std::string_view kHex = "0123456789abcdef";
  switch (character) {
    case '"': text += "\\\""; return;
    case '\\': text += "\\\\"; return;
    case '\n': text += "\\n"; return;
    case '\r': text += "\\r"; return;
    case '\t': text += "\\t"; return;
    case '\b': text += "\\b"; return;
    case '\f': text += "\\f"; return;
    default: break;
  }
  text += "\\u00";
  text += kHex[static_cast<unsigned char>(character) >> 4U];
  text += kHex[static_cast<unsigned char>(character) & 15U];
}

}  // namespace

void JsonWriter::begin_value() {
  if (needs_comma_) text_ += ',';
  needs_comma_ = true;
}

JsonWriter& JsonWriter::open(char bracket) {
  begin_value();
  text_ += bracket;
  needs_comma_ = false;
  return *this;
}

JsonWriter& JsonWriter::close(char bracket) {
  text_ += bracket;
  needs_comma_ = true;
  return *this;
}

JsonWriter& JsonWriter::key(std::string_view name) {
  begin_value();
  quoted(name);
  text_ += ':';
  needs_comma_ = false;
  return *this;
}

JsonWriter& JsonWriter::value(std::string_view text) {
  begin_value();
  quoted(text);
  return *this;
}

JsonWriter& JsonWriter::raw(std::string_view json) {
  begin_value();
  text_ += json;
  return *this;
}

JsonWriter& JsonWriter::value(double number) {
  if (!std::isfinite(number)) return null();
  begin_value();
  append_number(text_, number);
  return *this;
}

JsonWriter& JsonWriter::value(float number) {
  if (!std::isfinite(number)) return null();
  begin_value();
  append_number(text_, number);
  return *this;
}

JsonWriter& JsonWriter::whole(std::int64_t number) {
  begin_value();
  append_number(text_, number);
  return *this;
}

JsonWriter& JsonWriter::whole(std::uint64_t number) {
  begin_value();
  append_number(text_, number);
  return *this;
}

JsonWriter& JsonWriter::array_of(std::span<const float> numbers) {
  begin_array();
  for (const float number : numbers) value(number);
  return end_array();
}

void JsonWriter::quoted(std::string_view text) {
  text_ += '"';
  std::size_t plain = 0;  // where the run began that needs no escape
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (!needs_escape(text[at])) continue;
    text_ += text.substr(plain, at - plain);
    append_escaped(text_, text[at]);
    plain = at + 1;
  }
  text_ += text.substr(plain);
  text_ += '"';
}

}  // namespace vectordb
