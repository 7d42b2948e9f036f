// Writes JSON text, compact, into a string.
//
//   JsonWriter out;
//   out.begin_object().field("id", 7U).key("vector").array_of(numbers).end_object();
//   send(std::move(out).text());
//
// Commas come by themselves; that the calls make one JSON value is the caller's part. Numbers have the
// fewest digits that read back as the same number. Text must be UTF-8; it leaves with the escapes that
// JSON asks for and no others. Threads: none of its own; like a string.
#pragma once

#include <concepts>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace vectordb {

class JsonWriter {
 public:
  JsonWriter& begin_object() { return open('{'); }
  JsonWriter& end_object() { return close('}'); }
  JsonWriter& begin_array() { return open('['); }
  JsonWriter& end_array() { return close(']'); }
  JsonWriter& key(std::string_view name);

  JsonWriter& value(std::string_view text);
  JsonWriter& value(const char* text) { return value(std::string_view(text)); }
  JsonWriter& value(bool truth) { return raw(truth ? "true" : "false"); }
  // What is not finite has no form in JSON: null.
  JsonWriter& value(double number);
  JsonWriter& value(float number);
  template <std::integral Number>
  JsonWriter& value(Number number) {
    if constexpr (std::is_signed_v<Number>) {
      return whole(static_cast<std::int64_t>(number));
    } else {
      return whole(static_cast<std::uint64_t>(number));
    }
  }
  JsonWriter& null() { return raw("null"); }
  // A value that is JSON already.
  JsonWriter& raw(std::string_view json);
  JsonWriter& array_of(std::span<const float> numbers);

  template <typename Value>
  JsonWriter& field(std::string_view name, const Value& of) {
    return key(name).value(of);
  }

  void reserve(std::size_t bytes) { text_.reserve(bytes); }
  const std::string& text() const& noexcept { return text_; }
  std::string text() && noexcept { return std::move(text_); }

 private:
  JsonWriter& open(char bracket);
  JsonWriter& close(char bracket);
  JsonWriter& whole(std::int64_t number);
  JsonWriter& whole(std::uint64_t number);
  void begin_value();
  void quoted(std::string_view text);

  std::string text_;
  bool needs_comma_ = false;
};

}  // namespace vectordb
