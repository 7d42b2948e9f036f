// A stream that ends, breaks or is refused: at every byte, over every carrier, each told by its kind,
// the system's code, the operation and the peer.
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <string>

#include "ringback/async/gather.h"
#include "ringback/async/outcome_of.h"
#include "ringback/async/sleep.h"
#include "ringback/io/line_reader.h"
#include "ringback/io/pipe.h"
#include "ringback/io/places_test.h"
#include "ringback/net/tcp.h"
#include "ringback/net/unix_socket.h"

namespace ringback {
namespace {

using namespace testing_places;

enum class Carrier { tcp, unix_socket, pipe };
constexpr Carrier kCarriers[] = {Carrier::tcp, Carrier::unix_socket, Carrier::pipe};

// Both ends of one stream: what `far` writes, `near` reads.
struct Ends {
  std::unique_ptr<ByteStream> near;
  std::unique_ptr<ByteStream> far;
};

Task<Ends> connect(Carrier carrier) {
  Ends ends;
  if (carrier == Carrier::tcp) {
    TcpListener listener(Address::loopback(0));
    auto both = co_await gather(TcpStream::connect(listener.local()), listener.accept());
    ends.far = std::make_unique<TcpStream>(std::get<0>(std::move(both)));
    ends.near = std::make_unique<TcpStream>(std::get<1>(std::move(both)));
  } else if (carrier == Carrier::unix_socket) {
    auto both = socket_pair();
    ends.far = std::make_unique<UnixStream>(std::move(both.first));
    ends.near = std::make_unique<UnixStream>(std::move(both.second));
  } else {
    Pipe both = make_pipe();
    ends.near = std::make_unique<PipeEnd>(std::move(both.reader));
    ends.far = std::make_unique<PipeEnd>(std::move(both.writer));
  }
  co_return ends;
}

std::string described(const Error& error) {
  return std::string(to_string(error.kind())) + " " + std::to_string(error.os_code()) + " " + error.operation() + " " +
         error.peer();
}
template <typename T>
std::string described(const Outcome<T>& outcome) {
  if (outcome.ok()) return "no error";
  const Error* error = outcome.failure().error();
  return error != nullptr ? described(*error) : outcome.failure().describe();
}

constexpr std::string_view kText = "one\r\ntwo--four\n12345";

Task<> write_and_close(ByteStream& far, std::string_view text) {
  // In two pieces, so that an end may also come with nothing before it.
  const std::size_t half = text.size() / 2;
  co_await far.write(text.substr(0, half));
  co_await far.write(text.substr(half));
  far.close();
}

Task<> read_by_exact_counts(ByteStream& near, std::string_view text) {
  std::byte wanted[kText.size()];
  Progress progress;
  auto read = co_await outcome(read_exactly(near, wanted, &progress));
  EXPECT_EQ(progress.bytes, text.size());
  EXPECT_EQ(text_of(std::span(wanted).first(text.size())), text);
  EXPECT_EQ(described(read), text == kText ? "no error" : "end_of_stream 0 read exactly " + near.peer_name());
  // The end stays the end.
  auto again = co_await outcome(near.read(wanted));
  EXPECT_EQ(*again, 0U);
}

Task<> read_by_chunks(ByteStream& near, std::string_view text) {
  std::string came;
  for (;;) {
    const Chunk chunk = co_await near.read();
    if (chunk.empty()) break;
    came += chunk.text();
  }
  EXPECT_EQ(came, text);
  const Chunk again = co_await near.read();
  EXPECT_TRUE(again.empty());
}

Task<> read_by_lines_marks_and_counts(ByteStream& near, std::string_view text) {
  std::byte five[5];
  LineReader reader(near);
  const std::optional<std::string> line = co_await reader.next();
  if (text.empty()) {
    EXPECT_FALSE(line.has_value());
  }
  // What came of a line that was cut is the line: its return belongs to it as long as no "\n" came.
  if (!text.empty()) {
    EXPECT_EQ(line, text.size() < 5 ? text : "one");
  }
  if (text.size() <= 5) co_return;

  auto mark = co_await outcome(reader.until("--"));
  if (text.size() < 10) {
    EXPECT_EQ(described(mark), "end_of_stream 0 read until " + near.peer_name());
    EXPECT_EQ(reader.take_buffered(), text.substr(5));
    co_return;
  }
  EXPECT_EQ(*mark, "two");

  const std::optional<std::string> rest = co_await reader.next();
  if (text.size() == 10) {
    EXPECT_FALSE(rest.has_value());
  }
  if (text.size() > 10) {
    EXPECT_EQ(rest, text.substr(10, 4));
  }
  if (text.size() <= 15) co_return;

  Progress progress;
  auto counted = co_await outcome(reader.exactly(five, &progress));
  EXPECT_EQ(progress.bytes, text.size() - 15);
  EXPECT_EQ(described(counted), text == kText ? "no error" : "end_of_stream 0 read exactly " + near.peer_name());
  if (!counted.ok()) {
    EXPECT_EQ(reader.take_buffered(), text.substr(15));
  }
}

using Reading = Task<> (*)(ByteStream&, std::string_view);

Task<> end_after(Carrier carrier, std::size_t bytes, Reading reading) {
  const std::string_view text = kText.substr(0, bytes);
  Ends ends = co_await connect(carrier);
  co_await gather(write_and_close(*ends.far, text), reading(*ends.near, text));
}

class StreamEnds : public PlaceTest {
 protected:
  void end_at_every_byte(Reading reading) {
    const std::size_t before = descriptors();
    for (const Carrier carrier : kCarriers) {
      for (std::size_t bytes = 0; bytes <= kText.size(); ++bytes) {
        SCOPED_TRACE("carrier " + std::to_string(static_cast<int>(carrier)) + ", end after " + std::to_string(bytes));
        in_place(end_after(carrier, bytes, reading));
      }
    }
    EXPECT_EQ(open_descriptor_count(), before);
  }
  // With the place made, which has some of its own.
  std::size_t descriptors() {
    in_place(yield());
    return open_descriptor_count();
  }
};

TEST_P(StreamEnds, at_every_byte_seen_by_exact_counts_contract_46) { end_at_every_byte(read_by_exact_counts); }
TEST_P(StreamEnds, at_every_byte_seen_by_chunks_contract_46) { end_at_every_byte(read_by_chunks); }
TEST_P(StreamEnds, at_every_byte_seen_by_lines_contract_46) { end_at_every_byte(read_by_lines_marks_and_counts); }

Task<> read_until_it_breaks(ByteStream& near, std::string_view text) {
  std::string came;
  for (;;) {
    auto chunk = co_await outcome(near.read());
    if (chunk.ok() && !chunk->empty()) {
      came += chunk->text();
      continue;
    }
    EXPECT_EQ(described(chunk), "reset " + std::to_string(ECONNRESET) + " read " + near.peer_name());
    break;
  }
  // The system may have thrown away what was not read yet.
  EXPECT_EQ(came, text.substr(0, came.size()));
}

Task<> reset_after(Carrier carrier, std::size_t bytes) {
  const std::string_view text = kText.substr(0, bytes);
  Ends ends = co_await connect(carrier);
  if (carrier == Carrier::tcp) {
    static_cast<TcpStream&>(*ends.far).set_reset_on_close(true);
  } else {
    co_await ends.near->write("not read");  // A Unix socket closed over unread bytes resets.
  }
  co_await gather(write_and_close(*ends.far, text), read_until_it_breaks(*ends.near, text));
}

TEST_P(StreamEnds, reset_at_every_byte_is_told_apart_contract_46) {
  const std::size_t before = descriptors();
  for (const Carrier carrier : {Carrier::tcp, Carrier::unix_socket}) {
    for (std::size_t bytes = 0; bytes <= kText.size(); ++bytes) in_place(reset_after(carrier, bytes));
  }
  EXPECT_EQ(open_descriptor_count(), before);
}

// How a write fails where nobody reads any more.
Task<std::string> write_to_nobody(Carrier carrier) {
  std::string said = "no error";
  Ends ends = co_await connect(carrier);
  ends.near->close();
  for (int i = 0; i < 1000 && said == "no error"; ++i) {
    auto wrote = co_await outcome(ends.far->write("x"));
    said = described(wrote);
  }
  const std::string peer = ends.far->peer_name();
  co_return said.ends_with(" write " + peer) ? said.substr(0, said.size() - peer.size() - 7) : said;
}

TEST_P(StreamEnds, writing_where_nobody_reads_is_a_reset_contract_46) {
  const std::string gone = in_place(write_to_nobody(Carrier::tcp));
  EXPECT_TRUE(gone == "reset " + std::to_string(ECONNRESET) || gone == "reset " + std::to_string(EPIPE)) << gone;
  EXPECT_EQ(in_place(write_to_nobody(Carrier::unix_socket)), "reset " + std::to_string(EPIPE));
  EXPECT_EQ(in_place(write_to_nobody(Carrier::pipe)), "reset " + std::to_string(EPIPE));
}

TEST_P(StreamEnds, refused_says_code_operation_and_peer_contract_46) {
  const std::size_t before = descriptors();
  const Address nobody = TcpListener(Address::loopback(0)).local();
  EXPECT_EQ(described(in_place(outcome(TcpStream::connect(nobody)))),
            "refused " + std::to_string(ECONNREFUSED) + " connect " + nobody.to_string());
  // A path where somebody listened once.
  const std::string path = "/tmp/ringback_refused_" + std::to_string(::getpid());
  {
    const Descriptor left(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const Address at = Address::unix_path(path);
    ASSERT_EQ(::bind(left.fd(), at.raw(), at.raw_bytes()), 0);
  }
  EXPECT_EQ(described(in_place(outcome(UnixStream::connect(path)))),
            "refused " + std::to_string(ECONNREFUSED) + " connect unix:" + path);
  ::unlink(path.c_str());
  EXPECT_EQ(described(in_place(outcome(UnixStream::connect(path)))),
            "not_found " + std::to_string(ENOENT) + " connect unix:" + path);
  EXPECT_EQ(open_descriptor_count(), before);
}

RINGBACK_EVERY_PLACE(StreamEnds);

}  // namespace
}  // namespace ringback
