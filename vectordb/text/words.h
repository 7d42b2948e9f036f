// Which words are in a text, in the form in which they are compared.
//
// Words are runs of letters and digits, in lower case and without common English endings; the most common
// English words are left out. Runs of Chinese, Japanese and Korean have no spaces: each character is a
// word, and each pair of neighbours.
#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace vectordb {

enum class WordKind {
  spaced,    // of a script with spaces between its words
  unspaced,  // one or two characters of CJK
};

// Calls `use` with each word, in order; the view is good until `use` returns.
void for_each_word(std::string_view text, const std::function<void(std::u32string_view word, WordKind kind)>& use);

// Without a plural's, a participle's or an agent's ending: "games" and "gaming" are "gam", and so is
// "game". Words that are not all a to z stay as they are.
std::u32string_view stem(std::u32string& word);

}  // namespace vectordb
