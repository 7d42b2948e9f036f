#include "vectordb/text/embedder.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "ringback/base/error.h"

namespace vectordb {
namespace {

float likeness(const std::vector<float>& a, const std::vector<float>& b) {
  return std::inner_product(a.begin(), a.end(), b.begin(), 0.0F);
}

// Of packages, as Debian describes them.
constexpr std::string_view kTexts[] = {
    "gnuchess: plays a game of chess, either against the user or against itself",
    "rsync: fast, versatile, remote (and local) file-copying tool",
    "tshark: network traffic analyzer, console version",
    "borgbackup: deduplicating and compressing backup program",
    "gimp: GNU Image Manipulation Program",
    "libxml2: GNOME XML library",
    "sl: correct you if you type `sl' by mistake",
    "tcpdump: command-line network traffic analyzer; a packet sniffer",
    "nginx: small, powerful, scalable web/proxy server",
    "duplicity: encrypted bandwidth-efficient backup of files to a remote server",
    "python3: interactive high-level object-oriented language (default python3 version)",
    "computer-janitor: clean up a computer of cruft files",
};

std::string_view nearest(const TextEmbedder& embedder, std::string_view query) {
  const std::vector<float> asked = embedder.embed(query);
  return *std::max_element(std::begin(kTexts), std::end(kTexts), [&](std::string_view a, std::string_view b) {
    return likeness(asked, embedder.embed(a)) < likeness(asked, embedder.embed(b));
  });
}

TextEmbedder counted() {
  TextEmbedder embedder;
  for (const std::string_view text : kTexts) embedder.count(text);
  return embedder;
}

TEST(TextEmbedder, finds_what_shares_rare_words_and_parts_of_words) {
  const TextEmbedder embedder = counted();
  EXPECT_EQ(embedder.counted(), std::size(kTexts));
  EXPECT_EQ(nearest(embedder, "play chess against the computer"), kTexts[0]);
  EXPECT_EQ(nearest(embedder, "backup files to remote server"), kTexts[9]);
  EXPECT_EQ(nearest(embedder, "network packet sniffer"), kTexts[7]);
  EXPECT_EQ(nearest(embedder, "imagemanipulating"), kTexts[4]) << "by parts of words alone";
}

TEST(TextEmbedder, gives_vectors_of_length_one_and_zeros_for_no_words) {
  const TextEmbedder embedder;
  const std::vector<float> vector = embedder.embed("one vector");
  ASSERT_EQ(vector.size(), TextEmbedder::kDimension);
  EXPECT_NEAR(likeness(vector, vector), 1, 1e-5);
  const std::vector<float> none = embedder.embed("  the \xff ... ");
  EXPECT_EQ(none, std::vector<float>(TextEmbedder::kDimension));
}

TEST(TextEmbedder, gives_the_same_vector_everywhere) {
  const std::vector<float> vector = TextEmbedder().embed("chess");
  // Computed by other means: a word and its parts, each in four places.
  EXPECT_EQ(std::count_if(vector.begin(), vector.end(), [](float x) { return x != 0; }), 50);
  EXPECT_NEAR(vector[137], 0.32216, 1e-5);
  EXPECT_NEAR(vector[186], -0.32216, 1e-5);
  EXPECT_NEAR(vector[216], 0.32216, 1e-5);
  EXPECT_NEAR(vector[429], 0.32216, 1e-5);
}

TEST(TextEmbedder, a_common_word_says_less_than_a_rare_one) {
  TextEmbedder embedder;
  for (int i = 0; i < 100; ++i) embedder.count(i == 0 ? "zebra tool" : "tool");
  const std::vector<float> both = embedder.embed("zebra tool");
  EXPECT_GT(likeness(both, embedder.embed("zebra")), 0.9);
  EXPECT_LT(likeness(both, embedder.embed("tool")), 0.3);
}

TEST(TextEmbedder, is_written_as_text_and_read_again) {
  const TextEmbedder embedder = counted();
  const std::string text = embedder.to_text();
  EXPECT_EQ(text.find_first_of("\"\\\n "), std::string::npos);
  const TextEmbedder again = TextEmbedder::from_text(text);
  for (const std::string_view query : kTexts) {
    EXPECT_GT(likeness(embedder.embed(query), again.embed(query)), 0.999) << query;
  }
  EXPECT_EQ(again.to_text(), text);
}

TEST(TextEmbedder, refuses_text_that_it_has_not_written) {
  const std::string text = TextEmbedder().to_text();
  for (const std::string& bad : {std::string(), text.substr(4), text + "AAAA", std::string(text).replace(9, 1, "!")}) {
    EXPECT_THROW(TextEmbedder::from_text(bad), ringback::Error);
  }
}

TEST(TextEmbedder, knows_chinese_without_spaces) {
  TextEmbedder embedder;
  const auto bird = embedder.embed("\xe5\xb9\xb6\xe5\x8f\x91\xe7\xbc\x96\xe7\xa8\x8b");  // concurrent programming
  const auto near = embedder.embed("\xe5\xb9\xb6\xe5\x8f\x91\xe6\xa8\xa1\xe5\x9e\x8b");  // concurrency model
  const auto far = embedder.embed("\xe5\x90\x91\xe9\x87\x8f\xe6\x95\xb0\xe6\x8d\xae\xe5\xba\x93");  // vector database
  EXPECT_GT(likeness(bird, near), likeness(bird, far) + 0.2);
}

}  // namespace
}  // namespace vectordb
