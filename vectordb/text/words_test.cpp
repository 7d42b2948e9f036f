#include "vectordb/text/words.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "vectordb/text/code_points.h"

namespace vectordb {
namespace {

using ::testing::ElementsAre;

std::vector<std::u32string> words_of(std::string_view text) {
  std::vector<std::u32string> words;
  for_each_word(text, [&](std::u32string_view word, WordKind) { words.emplace_back(word); });
  return words;
}

std::u32string code_points(std::string_view text) {
  std::u32string all;
  for (CodePoints points(text); !points.at_end();) all += points.next();
  return all;
}

TEST(CodePoints, are_those_of_rfc_3629) {
  EXPECT_EQ(code_points("a\xc3\xa9\xe4\xb8\xad\xf0\x9f\x99\x82"), U"a\u00e9\u4e2d\U0001f642");
  EXPECT_EQ(code_points(""), U"");
}

TEST(CodePoints, of_what_is_not_utf_8_are_one_replacement_for_each_byte) {
  const char32_t r = CodePoints::kReplacement;
  EXPECT_EQ(code_points("\x80z"), (std::u32string{r, U'z'})) << "the middle of something";
  EXPECT_EQ(code_points("\xc3"), (std::u32string{r})) << "cut off";
  EXPECT_EQ(code_points("\xe4\xb8z"), (std::u32string{r, r, U'z'}));
  EXPECT_EQ(code_points("\xc0\xaf"), (std::u32string{r, r})) << "overlong";
  EXPECT_EQ(code_points("\xe0\x80\xaf"), (std::u32string{r, r, r})) << "overlong";
  EXPECT_EQ(code_points("\xed\xa0\x80"), (std::u32string{r, r, r})) << "half of a pair";
  EXPECT_EQ(code_points("\xf4\x90\x80\x80"), (std::u32string{r, r, r, r})) << "beyond the last";
  EXPECT_EQ(code_points("\xff"), (std::u32string{r}));
}

TEST(CodePoints, are_written_as_they_were_and_what_is_none_as_a_replacement) {
  for (const std::string_view text :
       {"a\xc3\xa9\xe4\xb8\xad\xf0\x9f\x99\x82\xf4\x8f\xbf\xbf\xdf\xbf\xe0\xa0\x80", ""}) {
    EXPECT_EQ(as_utf8(text), text);
  }
  EXPECT_EQ(as_utf8("a\xff"
                    "b\xc3"),
            "a\xef\xbf\xbd"
            "b\xef\xbf\xbd");
}

TEST(Words, are_runs_of_letters_and_digits_in_lower_case) {
  EXPECT_THAT(words_of("HTTP/2 Proxy, x86_64: \xc3\x89t\xc3\xa9!"),
              ElementsAre(U"http", U"2", U"proxy", U"x86", U"64", U"\u00e9t\u00e9"));
  EXPECT_THAT(words_of("\xd0\x9c\xd0\x98\xd0\xa0 \xce\xa9"), ElementsAre(U"\u043c\u0438\u0440", U"\u03c9"));
  EXPECT_THAT(words_of(" ,.;- \xe2\x80\x93 \x80\xff"), ElementsAre());
}

TEST(Words, leave_out_the_most_common_english_ones) {
  EXPECT_THAT(words_of("the Art of AND a which"), ElementsAre(U"art"));
}

TEST(Words, lose_their_english_endings) {
  EXPECT_THAT(words_of("game games gaming gamed gamer"), ElementsAre(U"gam", U"gam", U"gam", U"gam", U"gam"));
  EXPECT_THAT(words_of("run running runner runs"), ElementsAre(U"run", U"run", U"run", U"run"));
  EXPECT_THAT(words_of("library libraries classes class"), ElementsAre(U"library", U"library", U"class", U"class"));
  EXPECT_THAT(words_of("bus this status string red"), ElementsAre(U"bus", U"status", U"string", U"red"));
  EXPECT_THAT(words_of("x86s vals\xc3\xa9s"), ElementsAre(U"x86s", U"vals\u00e9s")) << "not English";
}

TEST(Words, of_cjk_are_characters_and_pairs) {
  EXPECT_THAT(words_of("\xe5\xb9\xb6\xe5\x8f\x91\xe7\xbc\x96"),
              ElementsAre(U"\u5e76", U"\u53d1", U"\u5e76\u53d1", U"\u7f16", U"\u53d1\u7f16"));
  EXPECT_THAT(words_of("\xe4\xb8\xad C++ \xe6\x96\x87"), ElementsAre(U"\u4e2d", U"c", U"\u6587"))
      << "no pair across what lies between";
  EXPECT_THAT(words_of("ab\xe4\xb8\xad"), ElementsAre(U"ab", U"\u4e2d"));
}

}  // namespace
}  // namespace vectordb
