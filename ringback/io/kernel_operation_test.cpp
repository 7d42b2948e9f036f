#include "ringback/io/kernel_operation.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <random>

#include "ringback/async/gather.h"
#include "ringback/async/outcome_of.h"
#include "ringback/async/race.h"
#include "ringback/async/scope.h"
#include "ringback/async/sleep.h"
#include "ringback/async/timeout.h"
#include "ringback/base/counted_allocations_test.h"
#include "ringback/io/places_test.h"

namespace ringback {

using namespace runtime;

namespace {

using namespace std::chrono_literals;
using namespace testing_places;

// Connected sockets, the near one as a Resource.
struct Sockets {
  Sockets() : Sockets(make()) {}
  explicit Sockets(std::pair<int, int> ends) : near(Descriptor(ends.first), "a socket"), far(ends.second) {}

  static std::pair<int, int> make() {
    int ends[2];
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    ::fcntl(ends[0], F_SETFL, O_NONBLOCK);
    return {ends[0], ends[1]};
  }
  void send(std::size_t bytes) {
    const std::string text(bytes, 'x');
    EXPECT_EQ(::send(far.fd(), text.data(), bytes, MSG_NOSIGNAL), static_cast<ssize_t>(bytes));
  }
  std::size_t receive_rest() {
    char rest[4096];
    const ssize_t got = ::recv(near.fd(), rest, sizeof rest, MSG_DONTWAIT);
    return got < 0 ? 0 : static_cast<std::size_t>(got);
  }

  Resource near;
  Descriptor far;
};

KernelCall<std::size_t> receive(Sockets& sockets, std::span<std::byte> into) {
  RequestWords words;
  words.code = RequestWords::Code::receive;
  words.buffer = into.data();
  words.length = static_cast<std::uint32_t>(into.size());
  return {"receive", sockets.near, Resource::Use::reading, words};
}

class Kernel : public PlaceTest {};

Task<std::size_t> receive_one(Sockets& sockets) {
  std::byte byte;
  co_return co_await receive(sockets, std::span(&byte, 1));
}

TEST_P(Kernel, a_request_that_can_complete_at_once_does) {
  Sockets sockets;
  sockets.send(1);
  EXPECT_EQ(in_place(receive_one(sockets)), 1u);
}

TEST_P(Kernel, a_request_that_waits_completes_when_the_kernel_says_so) {
  Sockets sockets;
  std::thread later([&] { sockets.send(1); });
  EXPECT_EQ(in_place(receive_one(sockets)), 1u);
  later.join();
}

TEST_P(Kernel, contract_11_a_cancelled_request_ends_before_its_buffer_is_gone) {
  Sockets sockets;
  for (int i = 0; i < 100; ++i) {
    EXPECT_EQ(kind_thrown_by([&] { return in_place(timeout(20us, receive_one(sockets))); }), ErrorKind::timed_out);
  }
  EXPECT_FALSE(sockets.near.is_used());
}

Task<std::string> cancelled_before_it_starts(Sockets& sockets) {
  auto first = co_await outcome(with_scope([&sockets](Scope& scope) -> Task<> {
    std::byte byte;
    scope.cancel();
    co_await receive(sockets, std::span(&byte, 1));
  }));
  co_return first.failure().describe();
}

TEST_P(Kernel, contract_08_in_a_cancelled_scope_it_fails_before_doing_anything) {
  Sockets sockets;
  sockets.send(1);
  in_place(cancelled_before_it_starts(sockets));
  EXPECT_EQ(sockets.receive_rest(), 1u);
}

// Cancels right after the other child has begun to wait, then a few turns later.
Task<std::size_t> cancelled_after(Sockets& sockets, int turns) {
  auto both = co_await race_outcomes(receive_one(sockets), [](int left) -> Task<> {
    const int turns_left = left;
    for (int i = 0; i < turns_left; ++i) co_await yield();
  }(turns));
  const auto& received = std::get<0>(both);
  co_return received.ok() ? *received : 0;
}

TEST_P(Kernel, contract_07_cancelled_at_any_moment_a_byte_is_received_or_still_there) {
  Sockets sockets;
  for (int turns = 0; turns < 70; ++turns) {
    std::thread sender([&] { sockets.send(1); });
    const std::size_t received = in_place(cancelled_after(sockets, turns));
    sender.join();
    EXPECT_EQ(received + sockets.receive_rest(), 1u) << turns;
  }
}

TEST_P(Kernel, contract_10_past_the_deadline_one_attempt_is_made_and_nothing_is_submitted) {
  Sockets sockets;
  EXPECT_EQ(kind_thrown_by([&] { return in_place(timeout(0s, receive_one(sockets))); }), ErrorKind::timed_out);
  sockets.send(1);
  EXPECT_EQ(in_place(timeout(0s, receive_one(sockets))), 1u);
  sockets.send(1);
  EXPECT_EQ(in_place(timeout(-1h, receive_one(sockets))), 1u);
}

Task<std::size_t> count_received(Sockets& sockets, std::size_t wanted, unsigned seed) {
  std::minstd_rand random(seed);
  std::size_t received = 0;
  while (received < wanted) {
    auto one = co_await outcome(timeout(std::chrono::microseconds(random() % 60), receive_one(sockets)));
    if (one.ok()) received += *one;
  }
  co_return received;
}

TEST_P(Kernel, contract_07_a_receive_raced_with_a_deadline_loses_none_of_many) {
  constexpr std::size_t kCount = 3000;
  Sockets sockets;
  std::thread sender([&] {
    std::minstd_rand random(7);
    for (std::size_t i = 0; i < kCount; ++i) {
      sockets.send(1);
      if (random() % 3 == 0) std::this_thread::yield();
    }
  });
  EXPECT_EQ(in_place(count_received(sockets, kCount, 11)), kCount);
  sender.join();
  EXPECT_EQ(sockets.receive_rest(), 0u);
}

Task<> count_by_one(Sockets& sockets, std::atomic<std::size_t>& received, std::size_t wanted) {
  while (received.load() < wanted) {
    const std::size_t one = co_await receive_one(sockets);
    received.fetch_add(one);
  }
}

TEST_P(Kernel, contract_12_cancelled_from_any_thread_at_any_moment_it_ends_once) {
  if (is_on(Place::plain_thread)) return;
  constexpr std::size_t kCount = 2000;
  Sockets sockets;
  std::atomic<std::size_t> received{0};
  std::thread sender([&] {
    for (std::size_t i = 0; i < kCount; ++i) sockets.send(1);
  });
  std::minstd_rand random(3);
  while (received.load() < kCount) {
    auto future = spawn(executor(), count_by_one(sockets, received, kCount));
    for (unsigned spin = random() % 3000; spin > 0; --spin) std::atomic_signal_fence(std::memory_order_seq_cst);
    future.cancel();
    static_cast<void>(wait_outcome(std::move(future).operation()));
  }
  sender.join();
  EXPECT_EQ(received.load() + sockets.receive_rest(), kCount);
  EXPECT_FALSE(sockets.near.is_used());
}

TEST_P(Kernel, closing_a_socket_ends_what_is_in_flight) {
  Sockets sockets;
  std::thread closer([&] {
    while (!sockets.near.is_used()) std::this_thread::yield();
    sockets.near.close_socket();
  });
  in_place(receive_one(sockets));
  closer.join();
  EXPECT_FALSE(sockets.near.is_used());
  EXPECT_EQ(kind_thrown_by([&] { return in_place(receive_one(sockets)); }), ErrorKind::closed);
}

Task<std::size_t> allocations_of(Sockets& sockets, int times) {
  std::byte byte;
  CountedAllocations::end();
  for (int i = -100; i < times; ++i) {
    if (i == 0) {
      CountedAllocations::begin();
    }
    sockets.send(1);
    co_await receive(sockets, std::span(&byte, 1));
    auto late = co_await race_outcomes(receive(sockets, std::span(&byte, 1)), yield());
    static_cast<void>(late);
  }
  CountedAllocations::end();
  co_return CountedAllocations::count();
}

TEST_P(Kernel, no_request_allocates) {
  Sockets sockets;
  // `send` makes a string, short enough to hold itself.
  EXPECT_EQ(in_place(allocations_of(sockets, 200)), 0u);
}

RINGBACK_EVERY_PLACE(Kernel);

TEST(ResourceDeathTest, a_resource_destroyed_under_an_operation_aborts) {
  EXPECT_DEATH(
      {
        std::optional<Resource> resource(std::in_place, Descriptor(::dup(0)), "x");
        resource->enter(Resource::Use::reading);
        resource.reset();
      },
      "destroyed with an operation in flight");
}

}  // namespace
}  // namespace ringback
