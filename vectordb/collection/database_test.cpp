#include "vectordb/collection/database.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ringback/async/wait.h"

namespace vectordb {
namespace {

using ringback::Error;
using ringback::ErrorKind;
using ringback::wait;
using testing::ElementsAre;

template <typename Call>
ErrorKind kind_of(Call&& call) {
  try {
    call();
  } catch (const Error& error) {
    return error.kind();
  }
  ADD_FAILURE() << "nothing was thrown";
  return ErrorKind::io;
}

TEST(Database, a_collection_is_found_by_its_name_until_it_is_dropped) {
  Database database({.threads = 1});
  const Collection made = wait(database.create("books", {.dimension = 2}));
  EXPECT_EQ(made.name(), "books");
  EXPECT_EQ(database.collection("books").options().dimension, 2U);
  EXPECT_EQ(kind_of([&] { wait(database.create("books", {.dimension = 3})); }), ErrorKind::exists);
  wait(database.create("authors", {.dimension = 2}));
  EXPECT_THAT(database.names(), ElementsAre("authors", "books"));

  EXPECT_TRUE(wait(database.drop("books")));
  EXPECT_FALSE(wait(database.drop("books")));
  EXPECT_EQ(kind_of([&] { database.collection("books"); }), ErrorKind::not_found);
  EXPECT_EQ(kind_of([&] { wait(made.count()); }), ErrorKind::not_found);
}

TEST(Database, names_and_dimensions_that_cannot_be_are_refused) {
  Database database({.threads = 1});
  for (const char* name : {"", "a/b", "a\nb"}) {
    EXPECT_EQ(kind_of([&] { wait(database.create(name, {.dimension = 2})); }), ErrorKind::invalid) << name;
  }
  EXPECT_EQ(kind_of([&] { wait(database.create("a", {.dimension = 0})); }), ErrorKind::invalid);
  EXPECT_EQ(kind_of([&] { wait(database.create("a", {.dimension = 65537})); }), ErrorKind::invalid);
  EXPECT_EQ(wait(database.create(std::string(255, 'a'), {.dimension = 65536})).options().dimension, 65536U);
}

TEST(Database, the_nearest_point_comes_first) {
  Database database({.threads = 1});
  const Collection books = wait(database.create("books", {.dimension = 2, .distance = Distance::euclid}));
  wait(books.upsert({{.id = 1, .vector = {0, 0}}, {.id = 2, .vector = {3, 4}}}));
  const auto hits = wait(books.search({0, 1}));
  ASSERT_EQ(hits.size(), 2U);
  EXPECT_EQ(hits[0].id, PointId(1));
  EXPECT_FLOAT_EQ(hits[0].score, 1);
}

}  // namespace
}  // namespace vectordb
