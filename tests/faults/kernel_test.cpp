// The k-th request to the kernel goes wrong, for every k: each error reaches somebody, nothing hangs,
// no descriptor and no request is left behind.
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include "ringback/async/gather.h"
#include "ringback/async/outcome_of.h"
#include "ringback/async/timeout.h"
#include "ringback/driver/fault_driver.h"
#include "ringback/io/file.h"
#include "ringback/io/line_reader.h"
#include "ringback/io/places_test.h"
#include "ringback/net/tcp.h"
#include "ringback/testing/temporary_folder.h"

namespace ringback {
namespace {

using namespace std::chrono_literals;
using namespace testing_places;

Task<> answer(TcpListener& listener) {
  TcpStream stream = co_await listener.accept();
  LineReader lines(stream);
  stream.set_no_delay(true);
  for (;;) {
    const std::optional<std::string> line = co_await lines.next();
    if (!line.has_value()) break;
    const std::string reply = *line + "!\n";
    co_await stream.write(reply);
  }
}

Task<std::string> ask(const Address& server) {
  std::byte last[3];
  std::string heard;
  TcpStream stream = co_await TcpStream::connect(server);
  LineReader lines(stream);
  stream.set_no_delay(true);
  for (const std::string_view word : {"one\n", "two\n"}) {
    co_await stream.write(word);
    const std::optional<std::string> line = co_await lines.next();
    heard += line.value_or("?");
  }
  co_await stream.write("3\n");
  co_await lines.exactly(last);
  heard += text_of(last);
  co_return heard;
}

Task<std::string> store(std::string path, std::string text) {
  co_await write_file(path, text);
  co_return co_await read_file(path);
}

// A program of network and file requests.
Task<std::string> program(std::string path) {
  TcpListener listener(Address::loopback(0));
  auto talk = co_await gather(answer(listener), ask(listener.local()));
  co_return co_await store(std::move(path), std::get<1>(std::move(talk)));
}

struct FaultCase {
  DriverKind kind;
  int error;  // 0: a short transfer
  bool at_once;
  bool on_loop;  // in run(), where requests for many are armed
};

class Faults : public ::testing::TestWithParam<FaultCase> {
 protected:
  ~Faults() override { set_inline_driver(nullptr); }

  // What the program said, or the kind of its error; `requests` counts those made.
  std::string run_with(const runtime::Fault& fault, std::uint64_t& requests) {
    auto driver = std::make_unique<runtime::FaultDriver>(make_driver(GetParam().kind), fault);
    runtime::FaultDriver& faulty = *driver;
    // A hang would be the one thing that no assertion sees.
    auto work = timeout(10s, program(folder_.file("file")));
    std::string said;
    if (GetParam().on_loop) {
      LoopOptions options;
      options.driver = std::move(driver);
      LoopThread thread(std::move(options));
      said = told(wait_outcome(spawn(thread.loop(), std::move(work)).operation()));
      thread.end();
      requests = faulty.submitted();
      EXPECT_EQ(faulty.in_flight(), 0u);
      return said;
    }
    set_inline_driver(std::move(driver));
    said = told(wait_outcome(std::move(work)));
    requests = faulty.submitted();
    EXPECT_EQ(faulty.in_flight(), 0u);
    set_inline_driver(nullptr);
    return said;
  }

  static std::string told(const Outcome<std::string>& outcome) {
    if (outcome.ok()) return *outcome;
    const Error* error = outcome.failure().error();
    EXPECT_NE(error, nullptr);
    if (error != nullptr) {
      EXPECT_NE(error->kind(), ErrorKind::timed_out) << "a fault made it hang";
    }
    return error != nullptr ? "error " + std::to_string(error->os_code()) : "no error";
  }

  testing::TemporaryFolder folder_;
};

TEST_P(Faults, every_request_may_fail_and_nothing_is_left_behind) {
  std::uint64_t requests = 0;
  ASSERT_EQ(run_with({}, requests), "one!two!3!\n");
  std::uint64_t unused = 0;
  const std::size_t before = open_descriptor_count();
  int failed = 0;
  for (std::uint64_t k = 1; k <= requests; ++k) {
    const runtime::Fault fault{.at = k, .error = GetParam().error, .at_once = GetParam().at_once};
    const std::string said = run_with(fault, unused);
    if (said == "one!two!3!\n") continue;
    ++failed;
    EXPECT_NE(GetParam().error, 0) << "a short transfer is no failure, request " << k << ": " << said;
  }
  EXPECT_LE(open_descriptor_count(), before);
  if (GetParam().error != 0) {
    EXPECT_GT(failed, 0);
  }
}

TEST_P(Faults, a_short_transfer_every_time_changes_nothing) {
  if (GetParam().error != 0) return;  // Once for each driver and place.
  std::uint64_t requests = 0;
  EXPECT_EQ(run_with({.at = 1, .every = 1, .error = 0, .bytes_max = 1}, requests), "one!two!3!\n");
}

Task<std::string> accept_late(TcpListener& listener, runtime::FaultDriver& driver) {
  std::byte byte;
  TcpStream client = co_await TcpStream::connect(listener.local());
  const std::uint64_t before = driver.submitted();
  driver.set_fault({.at = before + 1, .every = 1, .error = EMFILE});
  auto none = co_await outcome(timeout(100ms, listener.accept()));
  EXPECT_FALSE(none.ok());
  // 5, 10, 20, 40 and 80 ms apart.
  EXPECT_LE(driver.submitted() - before, 6u);
  driver.set_fault({});
  TcpStream accepted = co_await listener.accept();
  co_await client.write("x");
  const std::size_t got = co_await accepted.read(std::span(&byte, 1));
  co_return std::string(got, static_cast<char>(byte));
}

TEST(FaultsOfAccept, without_descriptors_it_asks_seldom_and_recovers) {
  for (const DriverKind kind : {DriverKind::uring, DriverKind::epoll}) {
    for (const bool on_loop : {false, true}) {
      TcpListener listener(Address::loopback(0));
      auto driver = std::make_unique<runtime::FaultDriver>(make_driver(kind));
      runtime::FaultDriver& faulty = *driver;
      if (on_loop) {
        LoopOptions options;
        options.driver = std::move(driver);
        LoopThread thread(std::move(options));
        EXPECT_EQ(spawn(thread.loop(), accept_late(listener, faulty)).get(), "x");
      } else {
        set_inline_driver(std::move(driver));
        EXPECT_EQ(wait(accept_late(listener, faulty)), "x");
        set_inline_driver(nullptr);
      }
    }
  }
}

std::vector<FaultCase> every_case() {
  std::vector<FaultCase> cases;
  for (const DriverKind kind : {DriverKind::uring, DriverKind::epoll}) {
    for (const bool on_loop : {false, true}) {
      for (const int error : {0, EIO, ECONNRESET, ENOBUFS, EINTR, EMFILE}) {
        cases.push_back({kind, error, false, on_loop});
        cases.push_back({kind, error, true, on_loop});
      }
    }
  }
  return cases;
}

INSTANTIATE_TEST_SUITE_P(Every, Faults, ::testing::ValuesIn(every_case()), [](const auto& info) {
  const FaultCase& one = info.param;
  return std::string(one.kind == DriverKind::uring ? "uring" : "epoll") + (one.on_loop ? "_loop" : "_plain_thread") +
         "_errno_" + std::to_string(one.error) + (one.at_once ? "_at_once" : "_later");
});

}  // namespace
}  // namespace ringback
