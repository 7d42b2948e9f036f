#include "cli/text_columns.h"

#include <gtest/gtest.h>

namespace ringback::cli {
namespace {

TEST(Columns, are_counted_as_a_terminal_shows_them) {
  EXPECT_EQ(columns_of(""), 0U);
  EXPECT_EQ(columns_of("plain"), 5U);
  EXPECT_EQ(columns_of("µs → ×"), 6U);
  EXPECT_EQ(columns_of("数据库"), 6U);
  EXPECT_EQ(columns_of("！"), 2U) << "a full-width mark";
  EXPECT_EQ(columns_of("e\xcc\x81"), 1U) << "a letter and its accent";
  EXPECT_EQ(columns_of("\xff"), 1U) << "a byte that is no character";
}

TEST(CutTo, cuts_only_what_does_not_fit_and_never_inside_a_character) {
  EXPECT_EQ(cut_to("twelve chars", 12), "twelve chars");
  EXPECT_EQ(cut_to("twelve chars", 11), "twelve c...");
  EXPECT_EQ(cut_to("数据库", 6), "数据库");
  EXPECT_EQ(cut_to("数据库", 5), "数...");
  EXPECT_EQ(cut_to("数据库", 4), "...");
  EXPECT_EQ(cut_to("数据库", 2), "..");
  EXPECT_EQ(cut_to("数据库", 0), "");
}

TEST(Wrapped, breaks_lines_between_words_and_indents_them) {
  EXPECT_EQ(wrapped("one two three", 0, 20), "one two three");
  EXPECT_EQ(wrapped("one two three", 0, 13), "one two three");
  EXPECT_EQ(wrapped("one two three", 0, 12), "one two\nthree");
  EXPECT_EQ(wrapped("one two three", 2, 9), "one two\n  three");
  EXPECT_EQ(wrapped("one\ntwo", 2, 80), "one\n  two");
  EXPECT_EQ(wrapped("a word-that-is-longer b", 0, 10), "a\nword-that-is-longer\nb");
  EXPECT_EQ(wrapped("数据 数据 数据", 0, 9), "数据 数据\n数据");
  EXPECT_EQ(wrapped("", 4, 10), "");
}

}  // namespace
}  // namespace ringback::cli
