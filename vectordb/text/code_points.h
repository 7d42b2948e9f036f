// The characters of a UTF-8 text (RFC 3629), one by one.
//
// Threads: a value; reading is safe from any thread. Cost: no allocation.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace vectordb {

class CodePoints {
 public:
  // What a byte that begins no character stands for.
  static constexpr char32_t kReplacement = 0xfffd;

  // `text` outlives it.
  explicit CodePoints(std::string_view text) noexcept : rest_(text) {}

  bool at_end() const noexcept { return rest_.empty(); }
  // The next one. Each byte that is not part of a well-formed character (a wrong or overlong sequence, half
  // of a pair, one that was cut off) is a kReplacement. Not at the end.
  char32_t next() noexcept;

 private:
  std::string_view rest_;
};

// The text as it is where it is UTF-8; else with a U+FFFD for each byte that is not.
std::string as_utf8(std::string_view text);

// In lower case: Latin, Greek, Cyrillic and full-width letters; all else as it is.
char32_t lower(char32_t c) noexcept;

// A letter or digit of a script that is written with spaces, or a mark that goes with one.
bool is_word_character(char32_t c) noexcept;

// Of a script that is written without spaces between words: Chinese, Japanese and Korean.
bool is_cjk(char32_t c) noexcept;

}  // namespace vectordb
