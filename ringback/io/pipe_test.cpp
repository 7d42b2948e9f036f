#include "ringback/io/pipe.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>

#include "ringback/async/gather.h"
#include "ringback/async/outcome_of.h"
#include "ringback/async/timeout.h"
#include "ringback/io/line_reader.h"
#include "ringback/io/places_test.h"
#include "ringback/io/second_test.h"

namespace ringback {
namespace {

using namespace std::chrono_literals;
using namespace testing_places;

class Pipes : public PlaceTest {};

Task<> write_and_close(PipeEnd& end, std::string text) {
  co_await end.write(text);
  end.close();
}

Task<std::string> through(Pipe& pipe, std::string text) {
  auto both = co_await gather(write_and_close(pipe.writer, text), read_all(pipe.reader));
  co_return std::get<1>(std::move(both));
}

TEST_P(Pipes, what_goes_in_comes_out_and_then_the_end) {
  for (const std::size_t size : {0u, 1u, 4097u, 1'000'000u}) {
    Pipe pipe = make_pipe();
    const std::string text(size, 'p');
    EXPECT_EQ(in_place(through(pipe, text)), text);
  }
}

TEST_P(Pipes, refuse_the_second_of_two_readers_and_of_two_writers) {
  using namespace testing_second;
  Pipe pipe = make_pipe();
  const auto reads = in_place(read_twice(pipe.reader, pipe.writer));
  expect_one_refused(reads, "read pipe: a read is under way already on descriptor " + std::to_string(pipe.reader.fd()),
                     "read");
  const auto writes = in_place(write_twice(pipe.writer, pipe.reader, 1'000'000));
  expect_one_refused(writes, "write pipe: a write is under way", "write");
  EXPECT_EQ(in_place(through(pipe, "as before")), "as before");
}

TEST_P(Pipes, descriptors_that_block_do_not_block_the_loop) {
  Pipe pipe = make_pipe();
  for (const PipeEnd* end : {&pipe.reader, &pipe.writer}) {
    ::fcntl(end->fd(), F_SETFL, ::fcntl(end->fd(), F_GETFL) & ~O_NONBLOCK);
  }
  const std::string text(300'000, 'b');
  EXPECT_EQ(in_place(through(pipe, text)), text);
}

TEST_P(Pipes, writing_where_nobody_reads_is_an_error_and_no_signal) {
  sigset_t before;
  sigset_t after;
  pthread_sigmask(SIG_SETMASK, nullptr, &before);
  Pipe pipe = make_pipe();
  pipe.reader.close();
  EXPECT_EQ(kind_thrown_by([&] { return in_place(pipe.writer.write("x")), 0; }), ErrorKind::reset);
  pthread_sigmask(SIG_SETMASK, nullptr, &after);
  EXPECT_EQ(sigismember(&before, SIGPIPE), sigismember(&after, SIGPIPE));
}

Task<std::string> late_then_all(Pipe& pipe) {
  auto late = co_await outcome(timeout(1ms, pipe.reader.read()));
  auto now = co_await outcome(timeout(0s, pipe.reader.read()));
  const std::string said = std::string(late.ok() ? "?" : "late ") + (now.ok() ? "?" : "late ");
  const std::string text = co_await through(pipe, "all");
  co_return said + text;
}

TEST_P(Pipes, contract_06_a_read_that_timed_out_lost_nothing) {
  Pipe pipe = make_pipe();
  EXPECT_EQ(in_place(late_then_all(pipe)), "late late all");
}

Task<std::size_t> fill(Pipe& pipe, Progress& progress) {
  const std::string text(1'000'000, 'x');
  auto late = co_await outcome(timeout(5ms, pipe.writer.write(text, &progress)));
  std::size_t read = 0;
  while (read < progress.bytes) {
    const Chunk chunk = co_await pipe.reader.read();
    read += chunk.size();
  }
  auto more = co_await outcome(timeout(0s, pipe.reader.read()));
  EXPECT_FALSE(late.ok() || more.ok());
  co_return read;
}

TEST_P(Pipes, contract_06_a_write_of_all_that_was_cancelled_says_how_much_has_left) {
  Pipe pipe = make_pipe();
  Progress progress;
  EXPECT_EQ(in_place(fill(pipe, progress)), progress.bytes);
  EXPECT_GT(progress.bytes, 4096u);
}

TEST_P(Pipes, a_closed_end_says_so) {
  Pipe pipe = make_pipe();
  pipe.reader.close();
  EXPECT_EQ(kind_thrown_by([&] { return in_place(pipe.reader.read()).size(); }), ErrorKind::closed);
}

RINGBACK_EVERY_PLACE(Pipes);

}  // namespace
}  // namespace ringback
