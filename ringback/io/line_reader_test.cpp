#include "ringback/io/line_reader.h"

#include <gtest/gtest.h>

#include "ringback/async/gather.h"
#include "ringback/async/outcome_of.h"
#include "ringback/async/sleep.h"
#include "ringback/async/timeout.h"
#include "ringback/io/pipe.h"
#include "ringback/io/places_test.h"

namespace ringback {
namespace {

using namespace std::chrono_literals;
using namespace testing_places;

class Lines : public PlaceTest {};

// Writes `text` so that the reader sees it in pieces of `step` bytes.
Task<> write_by(PipeEnd& end, std::string text, std::size_t step) {
  for (std::size_t at = 0; at < text.size(); at += step) {
    co_await end.write(std::string_view(text).substr(at, step));
    co_await yield();
  }
  end.close();
}

Task<std::string> lines_of(PipeEnd& end, LineReaderOptions options) {
  std::string all;
  LineReader reader(end, options);
  for (;;) {
    const std::optional<std::string> line = co_await reader.next();
    if (!line.has_value()) break;
    all += "[" + *line + "]";
  }
  co_return all;
}

Task<std::string> split(std::string text, std::size_t step, LineReaderOptions options = {}) {
  Pipe pipe = make_pipe();
  auto both = co_await gather(write_by(pipe.writer, text, step), lines_of(pipe.reader, options));
  co_return std::get<1>(std::move(both));
}

TEST_P(Lines, lines_come_whole_however_their_bytes_come) {
  const std::string text = "one\ntwo\r\n\n\r\nfour\rstill\nlast";
  for (std::size_t step = 1; step <= text.size(); ++step) {
    EXPECT_EQ(in_place(split(text, step)), "[one][two][][][four\rstill][last]") << step;
  }
  EXPECT_EQ(in_place(split("", 1)), "");
  EXPECT_EQ(in_place(split("end\n", 1)), "[end]");
}

TEST_P(Lines, a_line_that_is_too_long_is_an_error_and_the_longest_is_not) {
  const LineReaderOptions four{.line_bytes_max = 4};
  for (std::size_t step = 1; step < 8; ++step) {
    EXPECT_EQ(in_place(split("1234\r\n1234\n", step, four)), "[1234][1234]");
    EXPECT_EQ(kind_thrown_by([&] { return in_place(split("12345\n", step, four)); }), ErrorKind::overloaded);
    EXPECT_EQ(kind_thrown_by([&] { return in_place(split("12345", step, four)); }), ErrorKind::overloaded);
  }
}

Task<std::string> by_marks() {
  std::byte three[3];
  Pipe pipe = make_pipe();
  LineReader reader(pipe.reader);
  co_await pipe.writer.write("head--bodyrest\nand more");
  const std::optional<std::string> head = co_await reader.until("--");
  co_await reader.exactly(three);
  const std::optional<std::string> line = co_await reader.next();
  pipe.writer.close();
  co_return *head + "|" + std::string(text_of(three)) + "|" + *line + "|" + reader.take_buffered();
}

TEST_P(Lines, marks_counts_and_lines_may_be_mixed) { EXPECT_EQ(in_place(by_marks()), "head|bod|yrest|and more"); }

Task<std::string> interrupted() {
  std::byte ten[10];
  Progress progress;
  Pipe pipe = make_pipe();
  LineReader reader(pipe.reader);
  co_await pipe.writer.write("abc");
  auto no_line = co_await outcome(timeout(1ms, reader.next()));
  auto no_ten = co_await outcome(timeout(1ms, reader.exactly(ten, &progress)));
  EXPECT_FALSE(no_line.ok() || no_ten.ok());
  EXPECT_EQ(progress.bytes, 3u);
  co_await pipe.writer.write("def\n");
  const std::optional<std::string> line = co_await reader.next();
  co_return *line;
}

TEST_P(Lines, contract_06_what_came_before_a_cancellation_is_kept) { EXPECT_EQ(in_place(interrupted()), "abcdef"); }

Task<std::string> marks_missing() {
  Pipe pipe = make_pipe();
  LineReader reader(pipe.reader);
  co_await pipe.writer.write("ab\r");
  pipe.writer.close();
  auto cut = co_await outcome(reader.until("\r\n"));
  co_return std::string(to_string(cut.failure().error()->kind()));
}

TEST_P(Lines, contract_46_an_end_before_the_mark_is_told_apart) {
  EXPECT_EQ(in_place(marks_missing()), "end_of_stream");
}

RINGBACK_EVERY_PLACE(Lines);

}  // namespace
}  // namespace ringback
