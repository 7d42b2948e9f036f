#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <bit>
#include <cstring>

#include "vectordb/import/fvecs_reader.h"
#include "vectordb/import/json_lines_reader.h"

namespace vectordb {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

template <typename Reader, typename Options>
std::vector<Record> read(const Options& options, std::string_view bytes, std::size_t piece = 1 << 20) {
  Reader reader(options);
  std::vector<Record> records;
  for (std::size_t at = 0; at < bytes.size(); at += piece) reader.feed(bytes.substr(at, piece), records);
  reader.finish(records);
  return records;
}

std::vector<Record> lines(std::string_view text, std::size_t piece = 1 << 20) {
  const auto embed = [](std::string_view words) { return std::vector<float>{static_cast<float>(words.size()), 0}; };
  return read<JsonLinesReader>(JsonLinesOptions{.dimension = 2, .embed = embed, .line_bytes_max = 100}, text, piece);
}

// Of the one record that there is.
std::string reason(std::string_view line) {
  const auto records = lines(line);
  if (records.size() != 1) return "not one record";
  return records[0].point ? "a point" : records[0].reason;
}

TEST(JsonLinesReader, reads_ids_vectors_texts_and_payloads) {
  const auto records = lines(
      "{\"id\": 7, \"vector\": [1, 2.5]}\n"
      "{\"id\": \"550e8400-e29b-41d4-a716-446655440000\", \"text\": \"abc\", \"payload\": {\"a\": [1]}}\r\n"
      "\n"
      "{\"text\": \"word\", \"payload\": {\"text\": \"another\"}}\n"
      "{\"vector\": [3, 4], \"text\": \"kept\"}");
  ASSERT_EQ(records.size(), 4U);
  for (const Record& record : records) ASSERT_TRUE(record.point.has_value()) << record.reason;
  EXPECT_EQ(records[0].point->id, PointId(7));
  EXPECT_THAT(records[0].point->vector, ElementsAre(1, 2.5));
  EXPECT_TRUE(records[0].point->payload.is_empty());
  EXPECT_EQ(records[1].point->id->text(), "550e8400-e29b-41d4-a716-446655440000");
  EXPECT_THAT(records[1].point->vector, ElementsAre(3, 0));
  EXPECT_EQ(records[1].point->payload.json(), R"({"a":[1],"text":"abc"})");
  EXPECT_EQ(records[2].number, 4U);
  EXPECT_FALSE(records[2].point->id.has_value());
  EXPECT_EQ(records[2].point->payload.json(), R"({"text":"another"})");
  EXPECT_THAT(records[3].point->vector, ElementsAre(3, 4));
  EXPECT_EQ(records[3].point->payload.json(), R"({"text":"kept"})");
}

TEST(JsonLinesReader, a_bad_line_has_its_number_and_reason_and_the_next_is_read) {
  const auto records = lines("{\"vector\":[1,2]}\n{\"vector\":[1,2,3]}\nnonsense\n{\"vector\":[3,4]}\n");
  ASSERT_EQ(records.size(), 4U);
  EXPECT_TRUE(records[0].point.has_value());
  EXPECT_EQ(records[1].number, 2U);
  EXPECT_THAT(records[1].reason, HasSubstr("vector: expected 2 numbers, found 3"));
  EXPECT_EQ(records[2].number, 3U);
  EXPECT_FALSE(records[2].reason.empty());
  EXPECT_TRUE(records[3].point.has_value());
}

TEST(JsonLinesReader, what_is_wrong_is_named) {
  EXPECT_THAT(reason("{}"), HasSubstr("expected a vector or a text"));
  EXPECT_THAT(reason("[]"), HasSubstr("expected an object"));
  EXPECT_THAT(reason("{\"vector\":[1,\"x\"]}"), HasSubstr("vector[1]: expected a number"));
  EXPECT_THAT(reason("{\"vector\":[1,1e99]}"), HasSubstr("vector[1]"));
  EXPECT_THAT(reason("{\"id\":-1,\"vector\":[1,2]}"), HasSubstr("id"));
  EXPECT_THAT(reason("{\"id\":\"seven\",\"vector\":[1,2]}"), HasSubstr("id: expected a whole number or a UUID"));
  EXPECT_THAT(reason("{\"id\":\"7\",\"vector\":[1,2]}"), HasSubstr("id: expected a whole number or a UUID"));
  EXPECT_THAT(reason("{\"vektor\":[1,2]}"), HasSubstr("vektor: no member of a record"));
  EXPECT_THAT(reason("{\"vector\":[1,2],\"payload\":3}"), HasSubstr("payload: expected an object"));
  EXPECT_THAT(reason("{\"vector\":[1,2]} x"), Not(HasSubstr("a point")));
  EXPECT_THAT(reason("{\"text\":\"\xff\"}"), Not(HasSubstr("a point")));
  EXPECT_THAT(reason(std::string(101, ' ')), HasSubstr("longer than 100 bytes"));
  const auto unread = read<JsonLinesReader>(JsonLinesOptions{.dimension = 2}, "{\"text\":\"a\"}");
  EXPECT_THAT(unread.at(0).reason, HasSubstr("text: there is nothing to make a vector of it"));
}

TEST(JsonLinesReader, gives_the_same_in_pieces_of_any_size) {
  const std::string text = "\xef\xbb\xbf{\"vector\":[1,2]}\r\n\n  \n{\"text\":\"a\"}\nbad\n" + std::string(150, 'x') +
                           "\n{\"vector\":[5,6]}\n" + std::string(100, ' ') + "\n{\"id\":3,\"vector\":[7,8]}";
  const auto whole = lines(text);
  ASSERT_EQ(whole.size(), 6U);
  for (std::size_t piece = 1; piece < 160; ++piece) {
    const auto found = lines(text, piece);
    ASSERT_EQ(found.size(), whole.size()) << piece;
    for (std::size_t i = 0; i < whole.size(); ++i) {
      EXPECT_EQ(found[i].number, whole[i].number);
      EXPECT_EQ(found[i].reason, whole[i].reason);
      EXPECT_EQ(found[i].point.has_value(), whole[i].point.has_value());
    }
  }
}

TEST(JsonLinesReader, an_empty_file_has_no_records) {
  EXPECT_THAT(lines(""), IsEmpty());
  EXPECT_THAT(lines("\n\n"), IsEmpty());
}

std::string number(std::uint32_t value) {
  std::string bytes;
  for (int i = 0; i < 4; ++i) bytes += static_cast<char>(value >> (8 * i));
  return bytes;
}
std::string record(const std::vector<float>& vector) {
  std::string bytes = number(static_cast<std::uint32_t>(vector.size()));
  for (const float value : vector) bytes += number(std::bit_cast<std::uint32_t>(value));
  return bytes;
}
std::vector<Record> fvecs(std::string_view bytes, std::size_t piece = 1 << 20) {
  return read<FvecsReader>(FvecsOptions{.dimension = 2, .first_id = 100}, bytes, piece);
}

TEST(FvecsReader, reads_vectors_whose_ids_are_their_places) {
  const auto records = fvecs(record({1, 2}) + record({1, 2, 3}) + record({3, 4}));
  ASSERT_EQ(records.size(), 3U);
  EXPECT_EQ(records[0].point->id, PointId(100));
  EXPECT_THAT(records[0].point->vector, ElementsAre(1, 2));
  EXPECT_EQ(records[1].number, 2U);
  EXPECT_THAT(records[1].reason, HasSubstr("dimension: expected 2, found 3"));
  EXPECT_EQ(records[2].point->id, PointId(102));
  EXPECT_THAT(fvecs(""), IsEmpty());
}

TEST(FvecsReader, a_file_that_ends_in_the_middle_says_so_at_every_byte) {
  const std::string bytes = record({1, 2}) + record({3, 4});
  for (std::size_t end = 13; end < bytes.size(); ++end) {
    const auto records = fvecs(std::string_view(bytes).substr(0, end));
    ASSERT_EQ(records.size(), 2U);
    EXPECT_EQ(records[1].reason, "cut off: the file ends after " + std::to_string(end - 12) + " bytes of it");
  }
}

TEST(FvecsReader, what_cannot_be_a_dimension_ends_the_reading) {
  for (const std::uint32_t odd : {0U, 0xffffffffU, 1'000'001U, 0x7b227665U}) {
    FvecsReader reader({.dimension = 2});
    std::vector<Record> records;
    reader.feed(record({1, 2}) + number(odd) + record({3, 4}), records);
    reader.finish(records);
    EXPECT_TRUE(reader.is_broken());
    ASSERT_EQ(records.size(), 2U);
    EXPECT_THAT(records[1].reason, HasSubstr("cannot be one"));
  }
}

TEST(FvecsReader, gives_the_same_in_pieces_of_any_size) {
  const std::string bytes = record({1, 2}) + record({5}) + record({3, 4}) + "abc";
  for (std::size_t piece = 1; piece <= bytes.size(); ++piece) {
    const auto records = fvecs(bytes, piece);
    ASSERT_EQ(records.size(), 4U) << piece;
    EXPECT_THAT(records[2].point->vector, ElementsAre(3, 4));
  }
}

}  // namespace
}  // namespace vectordb
