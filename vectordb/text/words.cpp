#include "vectordb/text/words.h"

#include <algorithm>
#include <array>

#include "vectordb/text/code_points.h"

namespace vectordb {
namespace {

// Sorted.
constexpr std::array<std::u32string_view, 44> kCommon{
    U"a",   U"about", U"also", U"an",   U"and", U"are",  U"as",  U"at",    U"be",   U"but",  U"by",
    U"can", U"do",    U"for",  U"from", U"has", U"have", U"how", U"if",    U"in",   U"into", U"is",
    U"it",  U"its",   U"my",   U"not",  U"of",  U"on",   U"or",  U"so",    U"such", U"than", U"that",
    U"the", U"their", U"this", U"to",   U"via", U"was",  U"we",  U"which", U"will", U"with", U"you",
};

bool is_common(std::u32string_view word) { return std::binary_search(kCommon.begin(), kCommon.end(), word); }

bool is_plain(std::u32string_view word) {
  return std::all_of(word.begin(), word.end(), [](char32_t c) { return c >= U'a' && c <= U'z'; });
}

bool is_vowel(char32_t c) { return std::u32string_view(U"aeiouy").find(c) != std::u32string_view::npos; }

bool has_vowel(std::u32string_view word) { return std::any_of(word.begin(), word.end(), is_vowel); }

// Cuts `ending` off, where at least `least` characters with a vowel among them are left.
bool cut(std::u32string& word, std::u32string_view ending, std::size_t least) {
  if (!std::u32string_view(word).ends_with(ending) || word.size() < ending.size() + least) return false;
  if (!has_vowel(std::u32string_view(word).substr(0, word.size() - ending.size()))) return false;
  word.resize(word.size() - ending.size());
  return true;
}

void cut_plural(std::u32string& word) {
  const std::u32string_view text = word;
  if (text.ends_with(U"ss") || text.ends_with(U"us") || text.ends_with(U"is")) return;
  if (cut(word, U"ies", 2)) {
    word += U'y';
  } else if (!cut(word, U"sses", 2)) {
    cut(word, U"s", 3);
  } else {
    word += U"ss";
  }
}

// "running" and "runner" are "run": a consonant that was doubled before the ending is single again.
void undouble(std::u32string& word) {
  const std::size_t size = word.size();
  if (size < 4 || word[size - 1] != word[size - 2]) return;
  if (std::u32string_view(U"aeioulsz").find(word.back()) == std::u32string_view::npos) word.pop_back();
}

// One run of characters of one kind, gathered until it ends.
class Run {
 public:
  explicit Run(const std::function<void(std::u32string_view, WordKind)>& use) : use_(use) {}

  void add(char32_t c, WordKind kind) {
    if (kind != kind_) end();
    kind_ = kind;
    if (kind == WordKind::spaced) {
      word_ += c;
      return;
    }
    use_(std::u32string_view(&c, 1), kind);
    word_ = word_.empty() ? std::u32string{c} : std::u32string{word_.back(), c};
    if (word_.size() == 2) use_(word_, kind);
  }
  void end() {
    if (kind_ == WordKind::spaced && !word_.empty() && !is_common(word_)) use_(stem(word_), kind_);
    word_.clear();
  }

 private:
  const std::function<void(std::u32string_view, WordKind)>& use_;
  std::u32string word_;  // spaced: so far; unspaced: the last character, or the last pair
  WordKind kind_ = WordKind::spaced;
};

}  // namespace

std::u32string_view stem(std::u32string& word) {
  if (word.size() < 4 || !is_plain(word)) return word;
  cut_plural(word);
  if (cut(word, U"ing", 3) || cut(word, U"ed", 3) || cut(word, U"er", 3)) {
    undouble(word);
  }
  cut(word, U"e", 3);
  return word;
}

void for_each_word(std::string_view text, const std::function<void(std::u32string_view, WordKind)>& use) {
  Run run(use);
  for (CodePoints points(text); !points.at_end();) {
    const char32_t c = lower(points.next());
    if (is_cjk(c)) {
      run.add(c, WordKind::unspaced);
    } else if (is_word_character(c)) {
      run.add(c, WordKind::spaced);
    } else {
      run.end();
    }
  }
  run.end();
}

}  // namespace vectordb
