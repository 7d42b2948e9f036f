// Reads one JSON text from front to back, takes what the caller asks for, and checks all of it.
//
//   JsonReader in(body);
//   in.object([&](std::string_view key) {
//     if (key == "limit") limit = in.whole_number();
//     else if (key == "vector") in.floats(vector);
//     else in.skip();
//   });
//   in.end();
//
// Each call takes the value at hand: the text's own at first, inside object() and array() that of the
// member or item. One that is not taken is checked and skipped.
//
// Threads: none of its own. Lifetime: of what it gives, nothing refers to it but the views it says so of.
// Errors: invalid, naming the value's path and its place in the text ("points[2].vector[0]: expected a
// number, found a string, at line 1 column 38"), for a value of another kind as for what is no JSON,
// no UTF-8, nested too deep, or goes on after its end. After an Error the reader is of no more use.
// Cost: one pass to find where values begin, one to read them; a copy of the text.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "vectordb/json/json_writer.h"

namespace vectordb {

enum class JsonKind : std::uint8_t { object, array, string, number, boolean, null };

// "an object", "null", and so on.
std::string_view to_string(JsonKind kind) noexcept;

class JsonReader {
 public:
  // Objects and arrays inside one another; more is refused.
  static constexpr std::size_t kDepthMax = 100;

  explicit JsonReader(std::string_view text);
  JsonReader(const JsonReader&) = delete;
  JsonReader& operator=(const JsonReader&) = delete;
  ~JsonReader();

  // Of the value at hand, which is not taken by asking.
  JsonKind kind();
  bool is(JsonKind kind) { return this->kind() == kind; }
  // Takes a null, and says whether it was one.
  bool take_null();

  // Calls `member` with each key, in the order of the text. A key is valid during the call.
  template <typename Member>
  void object(Member&& member) {
    read_object(
        {&member, [](void* to, std::string_view key) { (*static_cast<std::remove_reference_t<Member>*>(to))(key); }});
  }
  // Calls `item` for each; item() may take the index.
  template <typename Item>
  void array(Item&& item) {
    read_array({&item, [](void* to, std::size_t index) { (*static_cast<std::remove_reference_t<Item>*>(to))(index); }});
  }

  // Valid as long as the reader.
  std::string_view text();
  bool boolean();
  // From 0 to 2^64-1; what has a fraction, an exponent or a sign is refused.
  std::uint64_t whole_number();
  // Finite. Rounded to the nearest.
  double number();
  // The same as a 32-bit float; what is too large for that is refused.
  float float_number();
  // An array of them, appended.
  void floats(std::vector<float>& into);
  // The value as it stands there, without the white space: numbers with every digit, text by its meaning.
  std::string compact();
  void compact(JsonWriter& into);
  void skip();

  // The text ends here. Errors: something follows.
  void end();

  // Refuses the value that was taken last, or is at hand: "<path>: <what>, at line ...".
  [[noreturn]] void refuse(std::string_view what);
  // The path of the value at hand: "points[2].id"; empty for the whole.
  std::string path() const;

 private:
  struct State;
  struct EachMember {
    void* to;
    void (*call)(void*, std::string_view);
  };
  struct EachItem {
    void* to;
    void (*call)(void*, std::size_t);
  };

  void expect(JsonKind wanted);
  std::string_view digits();
  void read_object(EachMember each);
  void read_array(EachItem each);

  std::unique_ptr<State> state_;
};

}  // namespace vectordb
