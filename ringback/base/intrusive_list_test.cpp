#include "ringback/base/intrusive_list.h"

#include <gtest/gtest.h>

#include <string>

namespace ringback {

using namespace runtime;
namespace {

struct OtherTag;

struct Item : ListLink<>, ListLink<OtherTag> {
  explicit Item(char is) : name(is) {}
  const char name;
};

using List = IntrusiveList<Item>;

std::string names(List& list) {
  std::string all;
  for (Item* item = list.front(); item != nullptr; item = list.next(*item)) all.push_back(item->name);
  return all;
}

bool is_in_list(const Item& item) { return static_cast<const ListLink<>&>(item).is_linked(); }
void unlink(Item& item) { static_cast<ListLink<>&>(item).unlink(); }

TEST(IntrusiveList, keeps_the_order_in_which_elements_come) {
  Item a('a');
  Item b('b');
  Item c('c');
  List list;
  EXPECT_TRUE(list.empty());
  EXPECT_EQ(list.front(), nullptr);
  list.push_back(b);
  list.push_back_new(c);
  list.push_front(a);
  EXPECT_EQ(names(list), "abc");
  EXPECT_FALSE(list.empty());
  EXPECT_EQ(list.next(c), nullptr);
}

TEST(IntrusiveList, an_element_leaves_from_the_middle_and_may_come_again) {
  Item a('a');
  Item b('b');
  Item c('c');
  List list;
  list.push_back(a);
  list.push_back(b);
  list.push_back(c);
  unlink(b);
  EXPECT_EQ(names(list), "ac");
  EXPECT_FALSE(is_in_list(b));
  list.push_back(b);
  EXPECT_EQ(names(list), "acb");
  unlink(b);
  unlink(a);
  unlink(c);
  EXPECT_TRUE(list.empty());
}

TEST(IntrusiveList, gives_its_first_element_out) {
  Item a('a');
  Item b('b');
  List list;
  EXPECT_EQ(list.pop_front(), nullptr);
  list.push_back(a);
  list.push_back(b);
  EXPECT_EQ(list.pop_front(), &a);
  EXPECT_FALSE(is_in_list(a));
  EXPECT_EQ(names(list), "b");
  list.drop_front();
  EXPECT_TRUE(list.empty());
}

TEST(IntrusiveList, takes_over_another_one_behind_its_own) {
  Item a('a');
  Item b('b');
  Item c('c');
  List list;
  List other;
  list.splice_back(other);
  EXPECT_TRUE(list.empty());
  list.push_back(a);
  other.push_back(b);
  other.push_back(c);
  list.splice_back(other);
  EXPECT_EQ(names(list), "abc");
  EXPECT_TRUE(other.empty());
  unlink(b);
  EXPECT_EQ(names(list), "ac");
  List empty;
  empty.splice_back(list);
  EXPECT_EQ(names(empty), "ac");
  EXPECT_TRUE(list.empty());
}

TEST(IntrusiveList, an_element_may_be_in_one_list_for_each_of_its_links) {
  Item a('a');
  List list;
  IntrusiveList<Item, OtherTag> other;
  list.push_back(a);
  other.push_back(a);
  unlink(a);
  EXPECT_TRUE(list.empty());
  EXPECT_EQ(other.front(), &a);
}

TEST(IntrusiveListDeathTest, an_element_is_in_one_list_once_and_leaves_only_where_it_is) {
  Item a('a');
  List list;
  EXPECT_DEATH(unlink(a), "removed from one");
  list.push_back(a);
  EXPECT_DEATH(list.push_back(a), "second list, or twice");
  unlink(a);
}

}  // namespace
}  // namespace ringback
