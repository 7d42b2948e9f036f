#include "ringback/stream/generator.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <ranges>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace ringback {
namespace {

static_assert(std::ranges::input_range<Generator<int>>);
static_assert(std::ranges::view<Generator<int>>);
static_assert(!std::is_copy_constructible_v<Generator<int>>);
static_assert(std::is_same_v<std::ranges::range_reference_t<Generator<int>>, int&>);
static_assert(std::is_same_v<std::ranges::range_reference_t<Generator<const int&>>, const int&>);

Generator<int> up_to(int last) {
  for (int value = 1; value <= last; ++value) co_yield value;
}

Generator<int> endless() {
  for (int value = 0;; ++value) co_yield value;
}

Generator<int> fails_after(int values) {
  for (int value = 1; value <= values; ++value) co_yield value;
  throw std::runtime_error("no more");
}

// Says when its body begins and when its locals die.
struct Mark {
  explicit Mark(std::vector<std::string>& log) : log(log) { log.push_back("begun"); }
  ~Mark() { log.push_back("ended"); }
  Mark(const Mark&) = delete;
  std::vector<std::string>& log;
};

Generator<int> marked(std::vector<std::string>& log) {
  Mark mark(log);
  co_yield 1;
  co_yield 2;
}

template <typename T>
std::vector<T> all(Generator<T> values) {
  std::vector<T> result;
  for (T& value : values) result.push_back(std::move(value));
  return result;
}

TEST(Generator, gives_every_value_in_order) { EXPECT_THAT(all(up_to(4)), testing::ElementsAre(1, 2, 3, 4)); }

TEST(Generator, of_nothing_is_an_empty_range) { EXPECT_THAT(all(up_to(0)), testing::IsEmpty()); }

TEST(Generator, runs_nothing_until_it_is_begun) {
  std::vector<std::string> log;
  {
    Generator<int> values = marked(log);
    EXPECT_THAT(log, testing::IsEmpty());
  }
  EXPECT_THAT(log, testing::IsEmpty());
}

TEST(Generator, left_early_destroys_the_locals_of_its_body) {
  std::vector<std::string> log;
  for (int value : marked(log)) {
    EXPECT_EQ(value, 1);
    break;
  }
  EXPECT_THAT(log, testing::ElementsAre("begun", "ended"));
}

TEST(Generator, ends_its_body_once_when_it_runs_out) {
  std::vector<std::string> log;
  EXPECT_THAT(all(marked(log)), testing::ElementsAre(1, 2));
  EXPECT_THAT(log, testing::ElementsAre("begun", "ended"));
}

TEST(Generator, passes_on_what_its_body_throws_after_the_values_before_it) {
  std::vector<int> seen;
  const auto look = [&] {
    for (int value : fails_after(2)) seen.push_back(value);
  };
  EXPECT_THROW(look(), std::runtime_error);
  EXPECT_THAT(seen, testing::ElementsAre(1, 2));
}

TEST(Generator, throws_from_begin_what_is_thrown_before_the_first_value) {
  Generator<int> values = fails_after(0);
  EXPECT_THROW(static_cast<void>(values.begin()), std::runtime_error);
}

TEST(Generator, is_at_its_end_after_a_throw) {
  Generator<int> values = fails_after(1);
  auto iterator = values.begin();
  EXPECT_THROW(++iterator, std::runtime_error);
  EXPECT_TRUE(iterator == values.end());
}

TEST(Generator, may_be_moved_and_assigned) {
  Generator<int> first = up_to(2);
  Generator<int> second = endless();
  second = std::move(first);
  EXPECT_THAT(all(std::move(second)), testing::ElementsAre(1, 2));
}

TEST(Generator, may_go_on_on_another_thread) {
  Generator<int> values = endless();
  auto iterator = values.begin();
  std::thread([&] { ++iterator; }).join();
  EXPECT_EQ(*iterator, 1);
}

Generator<std::unique_ptr<int>> owners() {
  co_yield std::make_unique<int>(7);
  std::unique_ptr<int> named = std::make_unique<int>(8);
  co_yield named;
}

TEST(Generator, lets_values_be_moved_out) {
  std::vector<std::unique_ptr<int>> taken = all(owners());
  ASSERT_EQ(taken.size(), 2u);
  EXPECT_EQ(*taken[0] + *taken[1], 15);
}

Generator<const std::string&> words(const std::vector<std::string>& text) {
  for (const std::string& word : text) co_yield word;
}

TEST(Generator, of_references_copies_nothing) {
  const std::vector<std::string> text{"ring", "back"};
  const std::string* first = nullptr;
  for (const std::string& word : words(text)) {
    if (first == nullptr) first = &word;
  }
  EXPECT_EQ(first, text.data());
}

Generator<std::string> texts() {
  co_yield "a literal";
  co_yield std::string("a temporary");
}

TEST(Generator, converts_what_is_yielded) {
  EXPECT_THAT(all(texts()), testing::ElementsAre("a literal", "a temporary"));
}

TEST(Generator, is_a_view_for_the_standard_adaptors) {
  std::vector<int> squares;
  for (int value : endless() | std::views::drop(2) | std::views::transform([](int x) { return x * x; })) {
    if (value > 16) break;
    squares.push_back(value);
  }
  EXPECT_THAT(squares, testing::ElementsAre(4, 9, 16));
}

TEST(Generator, begun_twice_aborts_and_says_so) {
  Generator<int> values = endless();
  static_cast<void>(values.begin());
  EXPECT_DEATH(static_cast<void>(values.begin()), "begun twice");
}

}  // namespace
}  // namespace ringback
