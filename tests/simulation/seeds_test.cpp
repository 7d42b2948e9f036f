// Two thousand seeds of one program under faults. See depot.h; `./dev soak` runs further ones.
#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <iostream>

#include "ringback/testing/temporary_folder.h"
#include "tests/simulation/depot.h"

namespace ringback {
namespace {

using testing::for_each_seed;
using testing::Simulation;
using testing::TemporaryFolder;
using testing_simulation::Depot;
using testing_simulation::faults_of;

constexpr std::uint64_t kSeedsOfATest = 200;

std::size_t open_descriptors() {
  const std::filesystem::directory_iterator all("/proc/self/fd");
  return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

class Seeds : public ::testing::Test {
 protected:
  // Gives the trace's hash.
  std::uint64_t run(std::uint64_t seed) {
    const std::size_t descriptors = open_descriptors();
    std::uint64_t trace = 0;
    {
      Simulation simulation(faults_of(seed));
      Depot depot(simulation, seed, folder_.file("items"));
      simulation.run(depot.run());
      depot.check();
      stored_ += depot.stored();
      failures_ += depot.failures();
      trace = simulation.trace_hash();
    }
    if (open_descriptors() != descriptors) throw std::runtime_error("descriptors were left open");
    return trace;
  }

  TemporaryFolder folder_;
  std::size_t stored_ = 0;
  std::size_t failures_ = 0;
};

class SeedRange : public Seeds, public ::testing::WithParamInterface<int> {};

TEST_P(SeedRange, loses_nothing_and_leaves_nothing_behind) {
  const auto first = 1 + static_cast<std::uint64_t>(GetParam()) * kSeedsOfATest;
  const std::uint64_t count =
      for_each_seed({.first = first, .count = kSeedsOfATest}, [this](std::uint64_t seed) { run(seed); });
  EXPECT_GT(stored_, count * 3);
  EXPECT_GT(failures_, count / 4);
}

INSTANTIATE_TEST_SUITE_P(All, SeedRange, ::testing::Range(0, 10));

TEST_F(Seeds, give_the_same_trace_twice) {
  run(1);  // What a process makes once is made.
  for_each_seed({.first = 1, .count = 40}, [this](std::uint64_t seed) {
    const std::uint64_t first = run(seed);
    if (run(seed) != first) throw std::runtime_error("two runs of one seed differ");
  });
}

// RINGBACK_SOAK_SECONDS: for how long, beginning with RINGBACK_SOAK_FIRST.
TEST_F(Seeds, soak) {
  const char* seconds = std::getenv("RINGBACK_SOAK_SECONDS");
  const char* first = std::getenv("RINGBACK_SOAK_FIRST");
  const auto until =
      std::chrono::steady_clock::now() + std::chrono::seconds(seconds != nullptr ? std::atoi(seconds) : 1);
  std::uint64_t seed = first != nullptr ? std::strtoull(first, nullptr, 10) : 10'000;
  const std::uint64_t begun = seed;
  for (; std::chrono::steady_clock::now() < until; ++seed) {
    for_each_seed({.first = seed, .count = 1}, [this](std::uint64_t each) { run(each); });
  }
  std::cout << "soak: " << seed - begun << " seeds from " << begun << ", " << stored_ << " items stored and none lost, "
            << failures_ << " failures told\n";
}

}  // namespace
}  // namespace ringback
