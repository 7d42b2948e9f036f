// Texts as vectors of 512 numbers, near each other where they share words, or parts of words.
//
//   TextEmbedder embedder;
//   for (const std::string& text : texts) embedder.count(text);   // which words are common
//   std::vector<float> vector = embedder.embed("play chess against the computer");
//
// There is no model behind it, nothing to download and nothing learned: words (words.h) and, at a lower
// weight, their runs of three to five characters are hashed; each is added, with a sign, to four of the
// coordinates, weighted by how rare it is among the texts that were counted (idf). The same text gives the
// same vector on every machine. What means the same in other words stays far apart.
//
// Threads: embed() from any number at once; not beside count(). Cost: microseconds for a sentence.
// Source: feature hashing (Weinberger et al., 2009); idf (Sparck Jones, 1972).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace vectordb {

class TextEmbedder {
 public:
  static constexpr std::size_t kDimension = 512;

  // Has counted nothing: every word weighs the same.
  TextEmbedder();

  // One more text, each word of which is less rare from now on.
  void count(std::string_view text);
  std::uint64_t counted() const noexcept { return texts_; }

  // Of length 1; all zero for a text without any word.
  std::vector<float> embed(std::string_view text) const;

  // What was counted, as some 175,000 printable characters, with rarity rounded to 1/16: what embeds
  // queries need not have seen the texts.
  std::string to_text() const;
  // Errors: Error invalid for what to_text() would not have written.
  static TextEmbedder from_text(std::string_view text);

 private:
  explicit TextEmbedder(std::vector<float> rarity);

  std::uint64_t texts_ = 0;
  std::vector<std::uint32_t> texts_with_;  // by bucket of features: how many texts have one of it
  std::vector<float> rarity_;              // by bucket; empty: texts_with_ tells
};

}  // namespace vectordb
