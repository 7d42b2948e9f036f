// Requests for many: when they are armed, what they cost, and what bounds them.
#include "ringback/net/internal/inflow.h"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <cstdlib>

#include "ringback/async/outcome_of.h"
#include "ringback/async/run.h"
#include "ringback/async/sleep.h"
#include "ringback/async/timeout.h"
#include "ringback/base/counted_allocations_test.h"
#include "ringback/driver/fault_driver.h"
#include "ringback/io/places_test.h"
#include "ringback/net/unix_socket.h"

namespace ringback {

using namespace runtime;

namespace {

using namespace std::chrono_literals;
using namespace testing_places;

// A Loop in run() whose requests are counted.
class CountedLoop {
 public:
  explicit CountedLoop(DriverKind kind) : CountedLoop(std::make_unique<FaultDriver>(make_driver(kind))) {}
  Loop& loop() { return thread_.loop(); }
  std::uint64_t submitted() {
    return spawn(loop(), [this] { return driver_.submitted(); }).get();
  }

 private:
  explicit CountedLoop(std::unique_ptr<FaultDriver> driver) : driver_(*driver), thread_(options(std::move(driver))) {}
  static LoopOptions options(std::unique_ptr<Driver> driver) {
    LoopOptions made;
    made.driver = std::move(driver);
    return made;
  }

  FaultDriver& driver_;
  LoopThread thread_;
};

class Inflows : public testing::TestWithParam<DriverKind> {};

void send_one(const UnixStream& from) { EXPECT_EQ(::send(from.fd(), "x", 1, MSG_NOSIGNAL), 1); }

Task<std::size_t> read_many(UnixStream& near, const UnixStream& far, int count) {
  std::size_t bytes = 0;
  for (int i = -50; i < count; ++i) {
    if (i == 0) {
      CountedAllocations::begin();
    }
    send_one(far);
    const Chunk chunk = co_await near.read();
    bytes += chunk.size();
  }
  CountedAllocations::end();
  co_return bytes;
}

TEST_P(Inflows, on_a_running_loop_many_reads_are_one_request_and_allocate_nothing) {
  CountedLoop counted(GetParam());
  auto [near, far] = socket_pair();
  const std::uint64_t before = counted.submitted();
  EXPECT_EQ(spawn(counted.loop(), read_many(near, far, 200)).get(), 250u);
  EXPECT_EQ(counted.submitted() - before, 1u);
  // epoll has no buffers of the kernel's: each chunk is on the heap.
  EXPECT_LE(CountedAllocations::count(), GetParam() == DriverKind::uring ? 0u : 200u);
}

// One by itself would make none: the byte is there already.
TEST_P(Inflows, the_loop_of_run_is_a_running_loop) {
  auto driver = std::make_unique<FaultDriver>(make_driver(GetParam()));
  auto [near, far] = socket_pair();
  std::uint64_t submitted = 0;
  RunOptions options;
  const FaultDriver& counted = *driver;
  options.loop.driver = std::move(driver);
  const auto program = [](Task<std::size_t> reading, const FaultDriver& seen,
                          std::uint64_t& requests) -> Task<std::size_t> {
    const std::size_t bytes = co_await std::move(reading);
    requests = seen.submitted();
    co_return bytes;
  };
  EXPECT_EQ(run(program(read_many(near, far, 200), counted, submitted), std::move(options)), 250u);
  EXPECT_EQ(submitted, 1u);
}

Task<> arm(UnixStream& stream) {
  auto late = co_await outcome(timeout(1ms, stream.read()));
  EXPECT_FALSE(late.ok());
}

// What the other side can send before it is stopped, with nobody reading.
std::size_t send_until_full(Loop& loop, const UnixStream& from) {
  const std::string block(65536, 'x');
  std::size_t sent = 0;
  for (int full = 0; full < 50;) {
    const ssize_t now = ::send(from.fd(), block.data(), block.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    sent += now > 0 ? static_cast<std::size_t>(now) : 0;
    full = now > 0 ? 0 : full + 1;
    spawn(loop, sleep(200us)).get();
  }
  return sent;
}

Task<std::size_t> read_until_idle(UnixStream& stream) {
  std::size_t bytes = 0;
  for (;;) {
    auto chunk = co_await outcome(timeout(50ms, stream.read()));
    if (!chunk.ok()) co_return bytes;
    bytes += chunk->size();
  }
}

TEST_P(Inflows, what_nobody_reads_is_bounded_and_kept) {
  LoopOptions options;
  options.driver = make_driver(GetParam());
  LoopThread thread(std::move(options));
  auto [near, far] = socket_pair();
  spawn(thread.loop(), arm(near)).get();
  const std::size_t sent = send_until_full(thread.loop(), far);
  EXPECT_LT(sent, 2'000'000u);
  EXPECT_EQ(spawn(thread.loop(), read_until_idle(near)).get(), sent);
}

INSTANTIATE_TEST_SUITE_P(Every, Inflows, testing::Values(DriverKind::uring, DriverKind::epoll),
                         [](const auto& info) { return info.param == DriverKind::uring ? "uring" : "epoll"; });

}  // namespace
}  // namespace ringback
