// What has nothing to do uses no CPU: each of its threads is in one wait of the kernel that has no end.
#include <gtest/gtest.h>
#include <pthread.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "ringback/async/future.h"
#include "ringback/async/sleep.h"
#include "ringback/exec/pool.h"
#include "ringback/io/places_test.h"
#include "ringback/net/tcp.h"

namespace ringback {
namespace {

using namespace std::chrono_literals;

#ifdef SYS_epoll_wait
constexpr long kEpollWait = SYS_epoll_wait;
#else
constexpr long kEpollWait = -2;  // Newer architectures have the other one only.
#endif

// A word of this process, read as the kernel sees it: the thread that owns it is asleep.
std::uint64_t word_at(std::uint64_t address) {
  std::ifstream memory("/proc/self/mem", std::ios::binary);
  std::uint64_t word = ~std::uint64_t{0};
  memory.seekg(static_cast<std::streamoff>(address));
  memory.read(reinterpret_cast<char*>(&word), sizeof word);
  return word;
}

// True where the thread sleeps in the kernel until somebody else wakes it, with no time limit.
bool waits_for_ever(const std::string& task) {
  std::ifstream file(task + "/syscall");
  long number = -1;
  if (!(file >> number)) return false;  // "running"
  std::uint64_t argument[6] = {};
  for (std::uint64_t& each : argument) file >> std::hex >> each;
  switch (number) {
    case SYS_futex: return argument[3] == 0;
    case kEpollWait:
    case SYS_epoll_pwait: return static_cast<std::int32_t>(argument[3]) == -1;
    case SYS_epoll_pwait2: return argument[3] == 0;
    // struct io_uring_getevents_arg: sigmask, its size, pad, and the limit.
    case SYS_io_uring_enter: return argument[2] == 1 && (argument[4] == 0 || word_at(argument[4] + 16) == 0);
    default: return false;
  }
}

std::vector<std::string> tasks_named(const std::string& prefix) {
  std::vector<std::string> found;
  for (const auto& task : std::filesystem::directory_iterator("/proc/self/task")) {
    std::string name;
    std::ifstream file(task.path() / "comm");
    if (std::getline(file, name) && name.starts_with(prefix)) found.push_back(task.path());
  }
  return found;
}

// Comes back once all threads of that name wait for ever: from then on they use nothing.
void expect_to_become_idle(const std::string& prefix, std::size_t threads) {
  for (;;) {
    const std::vector<std::string> tasks = tasks_named(prefix);
    std::size_t waiting = 0;
    for (const std::string& task : tasks) waiting += waits_for_ever(task) ? 1 : 0;
    if (tasks.size() == threads && waiting == threads) return;
    std::this_thread::yield();
  }
}

class Idle : public ::testing::TestWithParam<const char*> {
 protected:
  Idle() { ::setenv("RINGBACK_DRIVER", GetParam(), 1); }
  ~Idle() override { ::unsetenv("RINGBACK_DRIVER"); }
};

TEST_P(Idle, a_pool_sleeps_after_its_work) {
  Pool pool({.threads = 3, .name = "idlers"});
  expect_to_become_idle("idlers", 4);
  std::vector<Future<void>> futures;
  for (int i = 0; i < 100; ++i) futures.push_back(spawn(pool, sleep(1ms)));
  for (const Future<void>& future : futures) future.get();
  expect_to_become_idle("idlers", 4);
}

Task<> hold(TcpListener& listener, std::atomic<int>& held) {
  TcpStream stream = co_await TcpStream::connect(listener.local());
  TcpStream accepted = co_await listener.accept();
  ++held;
  const Chunk none = co_await accepted.read();
}

TEST_P(Idle, a_loop_sleeps_with_nothing_to_do_and_with_connections_that_say_nothing) {
  Loop loop;
  std::thread thread([&] {
    pthread_setname_np(pthread_self(), "idle-loop");
    loop.run();
  });
  expect_to_become_idle("idle-loop", 1);
  TcpListener listener(Address::loopback(0));
  std::atomic<int> held{0};
  std::vector<Future<void>> futures;
  for (int i = 0; i < 10; ++i) {
    futures.push_back(spawn(loop, hold(listener, held)));
    while (held != i + 1) std::this_thread::yield();
  }
  expect_to_become_idle("idle-loop", 1);
  for (const Future<void>& future : futures) future.cancel();
  loop.stop();
  thread.join();
}

INSTANTIATE_TEST_SUITE_P(Each, Idle, ::testing::Values("uring", "epoll"),
                         [](const auto& info) { return std::string(info.param); });

}  // namespace
}  // namespace ringback
