#include "cli/arguments.h"

#include <gtest/gtest.h>

namespace ringback::cli {
namespace {

using namespace std::chrono_literals;

class ArgumentsTest : public ::testing::Test {
 protected:
  ArgumentsTest() {
    arguments_.option("--calls", "N", "how many",
                      [this](std::string_view value) { calls_ = parse_count(value, 1, 100); });
    arguments_.option("--latency", "TIME", "how long",
                      [this](std::string_view value) { latency_ = parse_duration(value, 10s); });
    arguments_.flag("--json", "as JSON", json_);
  }

  std::string error_of(const std::vector<std::string>& words) {
    try {
      arguments_.parse(words);
    } catch (const UsageError& error) {
      return error.what();
    }
    return "none";
  }

  Arguments arguments_{"ringback compare", "Compares."};
  std::uint64_t calls_ = 0;
  Duration latency_{};
  bool json_ = false;
};

TEST_F(ArgumentsTest, takes_values_apart_or_behind_an_equals_sign) {
  EXPECT_TRUE(arguments_.parse({"--calls", "7", "--latency=1.5ms", "--json"}));
  EXPECT_EQ(calls_, 7U);
  EXPECT_EQ(latency_, 1500us);
  EXPECT_TRUE(json_);
}

TEST_F(ArgumentsTest, names_the_option_that_was_probably_meant) {
  EXPECT_EQ(error_of({"--call", "3"}), "ringback compare has no option '--call'; did you mean --calls?");
  EXPECT_EQ(error_of({"--zebra"}), "ringback compare has no option '--zebra'");
}

TEST_F(ArgumentsTest, takes_one_operand_wherever_it_stands) {
  std::string text;
  arguments_.operand("TEXT", "what to look for", [&](std::string_view value) { text = value; });
  EXPECT_TRUE(arguments_.parse({"--calls", "7", "play chess", "--json"}));
  EXPECT_EQ(text, "play chess");
  EXPECT_TRUE(arguments_.parse({"--", "--calls"}));
  EXPECT_EQ(text, "--calls") << "no option behind --";
  EXPECT_EQ(error_of({"--json"}), "ringback compare needs a TEXT: what to look for");
  EXPECT_EQ(error_of({"play", "chess"}),
            "ringback compare takes one TEXT: 'chess' is one too many; in quotes several words are one");
  EXPECT_NE(arguments_.help().find("usage: ringback compare TEXT [options]"), std::string::npos);
}

TEST_F(ArgumentsTest, says_what_a_value_should_have_been) {
  EXPECT_EQ(error_of({"--calls", "many"}), "--calls: 'many' is not a whole number from 1 to 100");
  EXPECT_EQ(error_of({"--calls=0"}), "--calls: '0' is not a whole number from 1 to 100");
  EXPECT_EQ(error_of({"--calls", "5x"}), "--calls: '5x' is not a whole number from 1 to 100");
  EXPECT_EQ(error_of({"--latency", "50"}),
            "--latency: '50' is not a length of time: write it with its unit, as 50ms, 0.5s or 200us");
  EXPECT_EQ(error_of({"--latency", "1h"}),
            "--latency: '1h' is not a length of time: write it with its unit, as 50ms, 0.5s or 200us");
  EXPECT_EQ(error_of({"--latency", "11s"}), "--latency: '11s' is too long: at most 10000ms");
  EXPECT_EQ(error_of({"--calls"}), "--calls needs a value: --calls N");
  EXPECT_EQ(error_of({"--json=yes"}), "--json takes no value");
  EXPECT_EQ(error_of({"seven"}), "ringback compare takes only options, not 'seven'");
}

TEST_F(ArgumentsTest, asks_for_help_wherever_it_stands) {
  EXPECT_FALSE(arguments_.parse({"--json", "--help"}));
  EXPECT_NE(arguments_.help().find("--calls N"), std::string::npos);
  EXPECT_NE(arguments_.help().find("how many"), std::string::npos);
}

TEST(Parse, takes_units_of_time) {
  EXPECT_EQ(parse_duration("50ms", 1s), 50ms);
  EXPECT_EQ(parse_duration("0s", 1s), 0s);
  EXPECT_EQ(parse_duration("200us", 1s), 200us);
  EXPECT_THROW(parse_duration("-1ms", 1s), UsageError);
  EXPECT_THROW(parse_duration("nan", 1s), UsageError);
  EXPECT_THROW(parse_duration("", 1s), UsageError);
}

TEST(Parse, splits_lists_and_refuses_gaps) {
  EXPECT_EQ(parse_list("inline,loop"), (std::vector<std::string>{"inline", "loop"}));
  EXPECT_THROW(parse_list("a,,b"), UsageError);
  EXPECT_THROW(parse_list("a,"), UsageError);
  EXPECT_THROW(parse_list(""), UsageError);
}

TEST(Nearest, finds_a_slip_but_not_another_word) {
  EXPECT_EQ(nearest("tuor", {"tour", "compare"}), "tour");
  EXPECT_EQ(nearest("comapre", {"tour", "compare"}), "compare");
  EXPECT_EQ(nearest("serve", {"tour", "compare"}), "");
}

}  // namespace
}  // namespace ringback::cli
