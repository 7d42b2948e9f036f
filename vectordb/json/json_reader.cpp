// simdjson finds where values begin (at run time with the machine's widest instructions) and reads
// numbers and strings on demand. On demand, because its tree keeps no places for messages and knows
// no whole numbers past 64 bits, which a payload may hold.
#include "vectordb/json/json_reader.h"

#include <simdjson.h>

#include <cmath>

#include "ringback/base/error.h"
#include "vectordb/json/internal/text_place.h"

namespace vectordb {

namespace {

namespace ondemand = simdjson::ondemand;
using ringback::Error;
using ringback::ErrorKind;

std::string_view trimmed(std::string_view token) { return token.substr(0, token.find_last_not_of(" \t\r\n") + 1); }

std::size_t count_digits(std::string_view text) {
  std::size_t count = 0;
  while (count < text.size() && text[count] >= '0' && text[count] <= '9') ++count;
  return count;
}

// RFC 8259, section 6.
bool is_number(std::string_view text) {
  if (text.starts_with('-')) text.remove_prefix(1);
  const std::size_t whole = count_digits(text);
  if (whole == 0 || (whole > 1 && text[0] == '0')) return false;
  text.remove_prefix(whole);
  if (text.starts_with('.')) {
    const std::size_t fraction = count_digits(text.substr(1));
    if (fraction == 0) return false;
    text.remove_prefix(1 + fraction);
  }
  if (text.starts_with('e') || text.starts_with('E')) {
    text.remove_prefix(1);
    if (text.starts_with('+') || text.starts_with('-')) text.remove_prefix(1);
    const std::size_t exponent = count_digits(text);
    if (exponent == 0) return false;
    text.remove_prefix(exponent);
  }
  return text.empty();
}

std::string_view meaning_of(simdjson::error_code error) {
  switch (error) {
    case simdjson::EMPTY: return "there is nothing";
    case simdjson::UTF8_ERROR: return "this is not UTF-8";
    case simdjson::UNESCAPED_CHARS: return "a control character stands in a string";
    case simdjson::UNCLOSED_STRING: return "a string is not closed";
    case simdjson::STRING_ERROR: return "a string has a bad escape";
    case simdjson::INCOMPLETE_ARRAY_OR_OBJECT: return "a bracket is not closed";
    case simdjson::CAPACITY: return "the text is too long";
    case simdjson::TAPE_ERROR: return "this is no JSON: a value, a comma, a colon or a bracket is expected";
    default: return simdjson::error_message(error);
  }
}

std::string expected(std::string_view what, JsonKind found) {
  return std::string("expected ").append(what).append(", found ").append(to_string(found));
}

}  // namespace

std::string_view to_string(JsonKind kind) noexcept {
  static constexpr std::string_view kNames[] = {"an object", "an array", "a string", "a number", "a boolean", "null"};
  return kNames[static_cast<int>(kind)];
}

// The text stands in brackets of our own, as the one item of an array: then it may be a scalar, too.
struct JsonReader::State {
  struct Step {
    std::string_view key;
    std::size_t index;
    bool is_index;
  };

  explicit State(std::string_view text) {
    padded.reserve(text.size() + 2 + simdjson::SIMDJSON_PADDING);
    padded.append("[").append(text).append("]");
    size = text.size();
  }

  void open();
  void at(ondemand::value value) {
    current = value;
    begin = current.raw_json_token().data();
    is_taken = false;
  }
  ondemand::value take() {
    is_taken = true;
    return current;
  }
  std::string_view token() { return trimmed(current.raw_json_token()); }

  std::string_view source() const { return std::string_view(padded).substr(1, size); }
  std::string path() const;
  [[noreturn]] void fail(std::string_view what, std::size_t offset) const;
  [[noreturn]] void fail_here(std::string_view what) const { fail(what, offset_of(begin)); }
  [[noreturn]] void fail_syntax(simdjson::error_code error);
  std::size_t offset_of(const char* place) const;
  void check(simdjson::error_code error) {
    if (error != simdjson::SUCCESS) [[unlikely]]
      fail_syntax(error);
  }
  void go_deeper() const {
    if (steps.size() >= kDepthMax) fail_here("is nested too deep");
  }

  std::string padded;
  std::size_t size = 0;
  ondemand::parser parser;
  ondemand::document document;
  ondemand::array_iterator whole;
  ondemand::value current;
  const char* begin = nullptr;  // of the value taken last, or at hand
  bool is_taken = false;
  std::vector<Step> steps;
};

void JsonReader::State::open() {
  if (source().find_first_not_of(" \t\r\n") == std::string_view::npos) fail(meaning_of(simdjson::EMPTY), 0);
  const std::size_t capacity = padded.capacity();
  if (const auto error = parser.iterate(padded.data(), padded.size(), capacity).get(document)) {
    fail(meaning_of(error), internal::place_of_bad_text(source()));
  }
  ondemand::array array;
  check(document.get_array().get(array));
  check(array.begin().get(whole));
  if (!(whole != ondemand::array_iterator())) fail(meaning_of(simdjson::TAPE_ERROR), source().find(']'));
  ondemand::value value;
  check((*whole).get(value));
  at(value);
}

std::size_t JsonReader::State::offset_of(const char* place) const {
  const std::string_view text = source();
  if (place == nullptr || place < text.data()) return 0;
  return std::min(static_cast<std::size_t>(place - text.data()), text.size());
}

std::string JsonReader::State::path() const {
  std::string path;
  for (const Step& step : steps) {
    if (step.is_index) {
      path += '[';
      path += std::to_string(step.index);
      path += ']';
    } else {
      if (!path.empty()) path += '.';
      path += step.key;
    }
  }
  return path;
}

void JsonReader::State::fail(std::string_view what, std::size_t offset) const {
  std::string message = path();
  if (!message.empty()) message += ": ";
  message += what;
  message += ", at ";
  message += internal::describe_place(source(), offset);
  throw Error(ErrorKind::invalid, "read JSON", message);
}

void JsonReader::State::fail_syntax(simdjson::error_code error) {
  const char* place = nullptr;
  if (document.current_location().get(place) != simdjson::SUCCESS) place = padded.data() + padded.size();
  fail(meaning_of(error), offset_of(place));
}

JsonReader::JsonReader(std::string_view text) : state_(std::make_unique<State>(text)) { state_->open(); }

JsonReader::~JsonReader() = default;

JsonKind JsonReader::kind() {
  ondemand::json_type type{};
  if (state_->current.type().get(type) != simdjson::SUCCESS) state_->fail_here(meaning_of(simdjson::TAPE_ERROR));
  switch (type) {
    case ondemand::json_type::object: return JsonKind::object;
    case ondemand::json_type::array: return JsonKind::array;
    case ondemand::json_type::string: return JsonKind::string;
    case ondemand::json_type::number: return JsonKind::number;
    case ondemand::json_type::boolean: return JsonKind::boolean;
    case ondemand::json_type::null: break;
  }
  return JsonKind::null;
}

void JsonReader::expect(JsonKind wanted) {
  const JsonKind found = kind();
  if (found != wanted) [[unlikely]]
    state_->fail_here(expected(to_string(wanted), found));
}

bool JsonReader::take_null() {
  if (kind() != JsonKind::null) return false;
  bool is_null = false;
  if (state_->take().is_null().get(is_null) != simdjson::SUCCESS || state_->token() != "null") {
    state_->fail_here(meaning_of(simdjson::TAPE_ERROR));
  }
  return true;
}

bool JsonReader::boolean() {
  expect(JsonKind::boolean);
  bool truth = false;
  if (state_->take().get_bool().get(truth) != simdjson::SUCCESS) state_->fail_here(meaning_of(simdjson::TAPE_ERROR));
  return truth;
}

std::string_view JsonReader::text() {
  expect(JsonKind::string);
  std::string_view text;
  if (const auto error = state_->take().get_string().get(text)) state_->fail_here(meaning_of(error));
  return text;
}

std::uint64_t JsonReader::whole_number() {
  expect(JsonKind::number);
  std::uint64_t number = 0;
  if (state_->take().get_uint64().get(number) != simdjson::SUCCESS) {
    state_->fail_here(is_number(state_->token()) ? "expected a whole number from 0 to 18446744073709551615, found " +
                                                       std::string(state_->token().substr(0, 40))
                                                 : "this is no number");
  }
  return number;
}

double JsonReader::number() {
  expect(JsonKind::number);
  double number = 0;
  if (state_->take().get_double().get(number) != simdjson::SUCCESS) {
    state_->fail_here(is_number(state_->token()) ? "this number is too large" : "this is no number");
  }
  return number;
}

float JsonReader::float_number() {
  const auto narrow = static_cast<float>(number());
  if (!std::isfinite(narrow)) [[unlikely]]
    refuse("this number is too large for 32 bits");
  return narrow;
}

void JsonReader::floats(std::vector<float>& into) {
  array([&](std::size_t) { into.push_back(float_number()); });
}

void JsonReader::read_object(EachMember each) {
  expect(JsonKind::object);
  State& state = *state_;
  state.go_deeper();
  ondemand::object object;
  state.check(state.take().get_object().get(object));
  for (auto found : object) {
    ondemand::field field;
    state.check(std::move(found).get(field));
    std::string_view key;
    state.check(field.unescaped_key().get(key));
    state.steps.push_back({key, 0, false});
    state.at(field.value());
    each.call(each.to, key);
    if (!state.is_taken) skip();
    state.steps.pop_back();
  }
  state.is_taken = true;
}

void JsonReader::read_array(EachItem each) {
  expect(JsonKind::array);
  State& state = *state_;
  state.go_deeper();
  ondemand::array array;
  state.check(state.take().get_array().get(array));
  std::size_t index = 0;
  for (auto found : array) {
    ondemand::value value;
    state.check(std::move(found).get(value));
    state.steps.push_back({{}, index, true});
    state.at(value);
    each.call(each.to, index);
    if (!state.is_taken) skip();
    state.steps.pop_back();
    ++index;
  }
  state.is_taken = true;
}

std::string JsonReader::compact() {
  JsonWriter out;
  compact(out);
  return std::move(out).text();
}

void JsonReader::compact(JsonWriter& into) {
  switch (kind()) {
    case JsonKind::object:
      into.begin_object();
      object([&](std::string_view key) {
        into.key(key);
        compact(into);
      });
      into.end_object();
      return;
    case JsonKind::array:
      into.begin_array();
      array([&](std::size_t) { compact(into); });
      into.end_array();
      return;
    case JsonKind::string: into.value(text()); return;
    case JsonKind::boolean: into.value(boolean()); return;
    case JsonKind::number: into.raw(digits()); return;
    case JsonKind::null: break;
  }
  take_null();
  into.null();
}

std::string_view JsonReader::digits() {
  const std::string_view digits = state_->token();
  if (!is_number(digits)) state_->fail_here("this is no number");
  // Steps over it, whatever it thinks of a number that is larger than it knows.
  state_->take();
  return digits;
}

void JsonReader::skip() {
  switch (kind()) {
    case JsonKind::object: object([&](std::string_view) { skip(); }); return;
    case JsonKind::array: array([&](std::size_t) { skip(); }); return;
    case JsonKind::string: text(); return;
    case JsonKind::boolean: boolean(); return;
    case JsonKind::number: digits(); return;
    case JsonKind::null: break;
  }
  take_null();
}

void JsonReader::end() {
  State& state = *state_;
  if (!state.is_taken) skip();
  ++state.whole;
  // Whatever comes now does not belong to the text's one value.
  ondemand::value more;
  if (state.whole != ondemand::array_iterator()) static_cast<void>((*state.whole).get(more));
  const char* place = nullptr;
  if (state.document.current_location().get(place) != simdjson::SUCCESS) return;
  // Where a bracket of the text has closed ours, only ours is left.
  const std::size_t offset = std::min(state.offset_of(place), state.source().find_last_of(']'));
  state.fail("something follows the end of the JSON", offset);
}

void JsonReader::refuse(std::string_view what) { state_->fail_here(what); }

std::string JsonReader::path() const { return state_->path(); }

}  // namespace vectordb
