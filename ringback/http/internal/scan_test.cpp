#include "ringback/http/internal/scan.h"

#include <gtest/gtest.h>

#include <cstring>
#include <memory>
#include <string>

#include "ringback/http/headers.h"

namespace ringback::http::internal {
namespace {

// Calls visit(text) with every byte in every place of texts around the length of a block, each in memory of its own
// size, so that a read outside is seen.
template <typename Visit>
void each_text(Visit visit) {
  for (std::size_t bytes = 1; bytes <= 40; ++bytes) {
    const std::unique_ptr<char[]> memory(new char[bytes]);
    for (std::size_t place = 0; place < bytes; ++place) {
      for (int c = 0; c < 256; ++c) {
        std::memset(memory.get(), 'a', bytes);
        memory[place] = static_cast<char>(c);
        visit(std::string_view(memory.get(), bytes));
      }
    }
  }
}

TEST(Scan, ends_where_a_look_at_each_byte_does) {
  each_text([](std::string_view text) {
    for (const std::size_t from : {std::size_t{0}, text.size() / 2, text.size() - 1, text.size()}) {
      ASSERT_EQ(end_of_token(text, from), end_of(kToken, text, from)) << text << " from " << from;
      ASSERT_EQ(end_of_value(text, from), end_of(kValue, text, from)) << text << " from " << from;
      ASSERT_EQ(end_of_target(text, from), end_of(kTarget, text, from)) << text << " from " << from;
    }
  });
}

TEST(Scan, goes_on_behind_a_rare_byte_of_a_token) {
  const std::string name = "x_y!z~0123456789-abcdefghijklmnop.q:";
  EXPECT_EQ(end_of_token(name, 0), name.size() - 1);
  const std::string nothing;
  EXPECT_EQ(end_of_token(nothing, 0), 0U);
}

template <std::size_t N>
void expect_named_as(const char (&lower)[N]) {
  const std::string name(lower);
  EXPECT_TRUE(is_named(name, lower));
  for (std::size_t i = 0; i < name.size(); ++i) {
    for (int c = 0; c < 256; ++c) {
      std::string other = name;
      other[i] = static_cast<char>(c);
      if (!is_token(other)) continue;
      EXPECT_EQ(is_named(other, lower), equal_ignoring_case(other, lower)) << other;
    }
  }
}

TEST(Characters, a_name_is_told_from_all_tokens_that_differ_in_one_byte) {
  expect_named_as("host");
  expect_named_as("expect");
  expect_named_as("connection");
  expect_named_as("content-length");
  expect_named_as("transfer-encoding");
}

}  // namespace
}  // namespace ringback::http::internal
