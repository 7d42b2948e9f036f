// What the tests of io/, net/ and tests/ share: every test runs in each place, over both drivers.
#pragma once

#include <dirent.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstdlib>
#include <functional>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "ringback/async/future.h"
#include "ringback/async/task.h"
#include "ringback/async/wait.h"
#include "ringback/exec/loop.h"
#include "ringback/exec/pool.h"
#include "ringback/io/descriptor.h"

namespace ringback::testing_places {

enum class Place { plain_thread, loop, pool };

struct Where {
  const char* driver;  // as RINGBACK_DRIVER has it
  Place place;
};

inline std::string name_of(const Where& where) {
  const char* const places[] = {"plain_thread", "loop", "pool"};
  return std::string(where.driver) + "_" + places[static_cast<int>(where.place)];
}

// A Loop in run() on a thread of its own.
class LoopThread {
 public:
  explicit LoopThread(LoopOptions options = {}) : loop_(std::move(options)), thread_([this] { loop_.run(); }) {}
  ~LoopThread() { end(); }
  Loop& loop() { return loop_; }
  // Stops it and waits for that.
  void end() {
    if (!thread_.joinable()) return;
    loop_.stop();
    thread_.join();
  }
  // Runs it again.
  void begin() {
    thread_ = std::thread([this] { loop_.run(); });
  }

 private:
  Loop loop_;
  std::thread thread_;
};

inline std::size_t open_descriptor_count() {
  DIR* directory = ::opendir("/proc/self/fd");
  std::size_t count = 0;
  while (::readdir(directory) != nullptr) ++count;
  ::closedir(directory);
  return count;
}

// Lowers the limit of descriptors while it lives.
class DescriptorLimit {
 public:
  explicit DescriptorLimit(rlim_t most) {
    ::getrlimit(RLIMIT_NOFILE, &before_);
    rlimit lower = before_;
    lower.rlim_cur = most;
    ::setrlimit(RLIMIT_NOFILE, &lower);
  }
  ~DescriptorLimit() { ::setrlimit(RLIMIT_NOFILE, &before_); }

 private:
  rlimit before_;
};

// Takes every descriptor there is, while it lives.
class DescriptorHoard {
 public:
  DescriptorHoard() {
    for (int copy = ::dup(0); copy >= 0; copy = ::dup(0)) taken_.emplace_back(copy);
  }

 private:
  std::vector<Descriptor> taken_;
};

class PlaceTest : public ::testing::TestWithParam<Where> {
 protected:
  PlaceTest() { ::setenv("RINGBACK_DRIVER", GetParam().driver, 1); }
  ~PlaceTest() override {
    loop_.reset();
    pool_.reset();
    set_inline_driver(nullptr);
    ::unsetenv("RINGBACK_DRIVER");
  }

  bool is_on(Place place) const { return GetParam().place == place; }
  bool is_over(std::string_view driver) const { return GetParam().driver == driver; }

  // Runs `work` in the place of this test and gives its value, or throws.
  template <typename Work>
  auto in_place(Work&& work) {
    if (is_on(Place::plain_thread)) return wait(std::forward<Work>(work));
    return spawn(executor(), std::forward<Work>(work)).get();
  }

  // The Loop or Pool of this test; made at the first use.
  Executor& executor() {
    if (is_on(Place::pool)) {
      if (!pool_) pool_.emplace(PoolOptions{.threads = 2});
      return *pool_;
    }
    if (!loop_) loop_.emplace();
    return loop_->loop();
  }

 private:
  std::optional<LoopThread> loop_;
  std::optional<Pool> pool_;
};

inline auto every_place() {
  return ::testing::Values(Where{"uring", Place::plain_thread}, Where{"uring", Place::loop},
                           Where{"uring", Place::pool}, Where{"epoll", Place::plain_thread},
                           Where{"epoll", Place::loop}, Where{"epoll", Place::pool});
}

// The kind of the Error that `call` throws; none where it throws nothing.
template <typename Call>
std::optional<ErrorKind> kind_thrown_by(Call&& call) {
  try {
    static_cast<void>(call());
  } catch (const Error& error) {
    return error.kind();
  }
  return std::nullopt;
}

}  // namespace ringback::testing_places

#define RINGBACK_EVERY_PLACE(Suite)                                                 \
  INSTANTIATE_TEST_SUITE_P(Every, Suite, ::ringback::testing_places::every_place(), \
                           [](const auto& info) { return ::ringback::testing_places::name_of(info.param); })
