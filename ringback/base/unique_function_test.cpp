#include "ringback/base/unique_function.h"

#include <gtest/gtest.h>

#include <functional>
#include <memory>

namespace ringback {
namespace {

int add_one(int x) { return x + 1; }

struct Adder {
  int amount;
  int add(int x) const { return x + amount; }
};

TEST(UniqueFunction, holds_a_function_given_by_name) {
  unique_function<int(int)> call(add_one);
  EXPECT_EQ(call(1), 2);
}

TEST(UniqueFunction, holds_a_pointer_to_a_function) {
  unique_function<int(int)> call(&add_one);
  EXPECT_EQ(call(2), 3);
}

TEST(UniqueFunction, holds_what_can_only_be_moved) {
  unique_function<int(int)> call([number = std::make_unique<int>(4)](int x) { return *number + x; });
  unique_function<int(int)> moved(std::move(call));
  EXPECT_EQ(moved(1), 5);
  EXPECT_FALSE(call);
}

TEST(UniqueFunction, holds_a_bound_member_function) {
  const Adder adder{10};
  unique_function<int(int)> call(std::bind_front(&Adder::add, &adder));
  EXPECT_EQ(call(1), 11);
}

TEST(UniqueFunction, destroys_what_it_held_when_it_is_given_something_else) {
  auto held = std::make_shared<int>(1);
  unique_function<int(int)> call([held](int x) { return *held + x; });
  EXPECT_EQ(held.use_count(), 2);
  call = add_one;
  EXPECT_EQ(held.use_count(), 1);
}

TEST(UniqueFunction, empty_aborts_when_called_and_says_so) {
  unique_function<int(int)> call;
  EXPECT_DEATH(call(1), "empty unique_function");
}

}  // namespace
}  // namespace ringback
