// Two tasks that do the same with one stream at once: what each is told. For the tests of every kind of stream.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <tuple>
#include <utility>

#include "ringback/async/gather.h"
#include "ringback/async/outcome_of.h"
#include "ringback/async/task.h"
#include "ringback/io/byte_stream.h"

namespace ringback::testing_second {

inline constexpr const char* kWent = "went through";

inline std::string refusal(const Failure& failure) {
  const Error* const error = failure.error();
  if (error == nullptr) return "no error";
  EXPECT_EQ(error->kind(), ErrorKind::invalid) << error->what();
  return error->what();
}

// The second is told who came first, and the first was not harmed. `both`: what two tasks were told that are called
// x_here and x_there, or one of them kWent.
inline void expect_one_refused(const std::pair<std::string, std::string>& both, const std::string& beginning,
                               const std::string& verb) {
  EXPECT_TRUE((both.first == kWent) != (both.second == kWent)) << both.first << "\n" << both.second;
  const std::string& refused = both.first == kWent ? both.second : both.first;
  EXPECT_THAT(refused, ::testing::StartsWith(beginning));
  EXPECT_THAT(refused, ::testing::HasSubstr(" " + verb + " is under way already"));
  EXPECT_THAT(refused, ::testing::HasSubstr(verb + "s_here"));
  EXPECT_THAT(refused, ::testing::HasSubstr(verb + "s_there"));
  EXPECT_THAT(refused, ::testing::ContainsRegex("Queue, or hold a Mutex around each " + verb));
}

// The one that was refused sends what the other one waits for.
inline Task<std::string> told_of_read(Outcome<Chunk> got, ByteStream& far) {
  if (got.ok()) co_return got->text() == "x" ? kWent : "read something else";
  co_await far.write("x");
  co_return refusal(got.failure());
}
inline Task<std::string> reads_here(ByteStream& near, ByteStream& far) {
  auto got = co_await outcome(near.read());
  co_return co_await told_of_read(std::move(got), far);
}
inline Task<std::string> reads_there(ByteStream& near, ByteStream& far) {
  auto got = co_await outcome(near.read());
  co_return co_await told_of_read(std::move(got), far);
}
inline Task<std::pair<std::string, std::string>> read_twice(ByteStream& near, ByteStream& far) {
  auto both = co_await gather(reads_here(near, far), reads_there(near, far));
  co_return std::pair(std::get<0>(std::move(both)), std::get<1>(std::move(both)));
}

// The one that was refused reads what the other one writes, more than fits into what lies between: it is all of one.
inline Task<std::string> told_of_write(Outcome<void> end, ByteStream& far, std::size_t bytes) {
  if (end.ok()) co_return kWent;
  std::string all;
  while (all.size() < bytes) {
    const Chunk chunk = co_await far.read();
    if (chunk.empty()) co_return "the first was harmed";
    all += chunk.text();
  }
  EXPECT_EQ(all, std::string(bytes, all.front())) << "two texts mingled";
  co_return refusal(end.failure());
}
inline Task<std::string> writes_here(ByteStream& near, ByteStream& far, std::size_t bytes) {
  const std::string text(bytes, 'h');
  auto end = co_await outcome(near.write(text));
  co_return co_await told_of_write(std::move(end), far, bytes);
}
inline Task<std::string> writes_there(ByteStream& near, ByteStream& far, std::size_t bytes) {
  const std::string text(bytes, 't');
  auto end = co_await outcome(near.write(text));
  co_return co_await told_of_write(std::move(end), far, bytes);
}
inline Task<std::pair<std::string, std::string>> write_twice(ByteStream& near, ByteStream& far, std::size_t bytes) {
  auto both = co_await gather(writes_here(near, far, bytes), writes_there(near, far, bytes));
  co_return std::pair(std::get<0>(std::move(both)), std::get<1>(std::move(both)));
}

}  // namespace ringback::testing_second
