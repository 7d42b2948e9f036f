#include "vectordb/import/load.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "ringback/async/run.h"
#include "ringback/async/wait.h"
#include "vectordb/collection/database.h"
#include "vectordb/import/json_lines_reader.h"

namespace vectordb {
namespace {

using ringback::wait;
using testing::HasSubstr;

// A file with this text, for as long as it lives.
class TextFile {
 public:
  explicit TextFile(const std::string& text)
      : path_(std::filesystem::temp_directory_path() /
              ("vectordb_load_" + std::to_string(::getpid()) + "_" + std::to_string(++made) + ".jsonl")) {
    std::ofstream(path_) << text;
  }
  ~TextFile() { std::filesystem::remove(path_); }
  std::string path() const { return path_.string(); }

 private:
  static inline int made = 0;
  std::filesystem::path path_;
};

std::string lines(int count) {
  std::string text;
  for (int i = 1; i <= count; ++i) {
    text += i % 10 == 0 ? "bad\n" : "{\"id\":" + std::to_string(i) + ",\"vector\":[1," + std::to_string(i) + "]}\n";
  }
  return text;
}

TEST(Load, stores_what_is_right_and_says_what_is_not) {
  Database database({.threads = 1});
  const Collection points = wait(database.create("points", {.dimension = 2, .distance = Distance::dot}));
  const TextFile file(lines(1000));
  for (const std::size_t piece : {std::size_t{1} << 20, std::size_t{1000}, std::size_t{7}}) {
    JsonLinesReader reader({.dimension = 2});
    std::uint64_t last = 0;
    LoadOptions options{.bad_max = 3, .read_bytes = piece};
    options.on_progress = [&last](const LoadSummary& summary) {
      EXPECT_GE(summary.stored, last);
      last = summary.stored;
    };
    const LoadSummary summary = wait(load(points, file.path(), reader, options));
    EXPECT_EQ(summary.stored, 900U);
    EXPECT_EQ(summary.refused, 100U);
    EXPECT_EQ(last, 900U);
    ASSERT_EQ(summary.bad.size(), 3U);
    EXPECT_EQ(summary.bad[1].number, 20U);
    EXPECT_FALSE(summary.is_clean());
    EXPECT_EQ(summary.bytes_read, summary.bytes_total);
    EXPECT_THAT(summary.text("line"), HasSubstr("900 points stored, 100 records refused\n  line 10: "));
    EXPECT_THAT(summary.text("line"), HasSubstr("and 97 more"));
    EXPECT_EQ(wait(points.count()), 900U);
  }
}

TEST(Load, goes_on_where_an_earlier_one_ended) {
  Database database({.threads = 1});
  const Collection points = wait(database.create("points", {.dimension = 2, .distance = Distance::dot}));
  const TextFile file(lines(100));
  JsonLinesReader reader({.dimension = 2});
  const LoadSummary summary = ringback::run(load(points, file.path(), reader, {.skip = 95}));
  EXPECT_EQ(summary.skipped, 95U);
  EXPECT_EQ(summary.stored, 4U);
  EXPECT_EQ(wait(points.scroll()).points.front().id, PointId(96));
}

TEST(Load, what_the_collection_refuses_has_its_line_too) {
  Database database({.threads = 1});
  const Collection points = wait(database.create("points", {.dimension = 3, .distance = Distance::dot}));
  const TextFile file("{\"vector\":[1,2]}\n\n{\"vector\":[1,2]}\n");
  JsonLinesReader reader({.dimension = 2});
  const LoadSummary summary = wait(load(points, file.path(), reader));
  EXPECT_EQ(summary.refused, 2U);
  ASSERT_EQ(summary.bad.size(), 2U);
  EXPECT_EQ(summary.bad[1].number, 3U);
  EXPECT_THAT(summary.bad[1].reason, HasSubstr("expected 3 numbers, found 2"));
}

TEST(Load, a_file_that_is_not_there_is_an_error) {
  Database database({.threads = 1});
  const Collection points = wait(database.create("points", {.dimension = 2}));
  JsonLinesReader reader({.dimension = 2});
  try {
    wait(load(points, "no/such/file", reader));
    FAIL();
  } catch (const ringback::Error& error) {
    EXPECT_EQ(error.kind(), ringback::ErrorKind::not_found);
    EXPECT_EQ(error.peer(), "no/such/file");
  }
}

}  // namespace
}  // namespace vectordb
