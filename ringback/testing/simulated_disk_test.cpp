// Files in a simulation: what fails on the way, and what is left after a crash.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>

#include "ringback/io/file.h"
#include "ringback/testing/simulation_test.h"
#include "ringback/testing/temporary_folder.h"

namespace ringback {
namespace {

using ::ringback::testing::DiskFaults;
using ::ringback::testing::Simulation;
using ::ringback::testing::TemporaryFolder;

class SimulatedDisk : public ::testing::Test {
 protected:
  std::string path() const { return folder_.file("file"); }
  std::string contents() const {
    std::ifstream file(path(), std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(file), {});
  }
  bool is_there() const { return std::filesystem::exists(path()); }

  TemporaryFolder folder_;
};

Task<> write_all(std::string path, std::string text) {
  File file = co_await File::open(path, {.write = true, .create = true});
  co_await file.write(text);
  co_await file.close();
}

Task<> write_and_sync(std::string path, std::string synced, std::string unsynced) {
  File file = co_await File::open(path, {.write = true, .create = true, .append = true});
  co_await file.write(synced);
  co_await file.sync();
  co_await file.write(unsynced);
  co_await file.close();
}

int os_code_of(Simulation& simulation, const std::string& path) {
  try {
    simulation.run(write_all(path, "some text"));
    return 0;
  } catch (const Error& error) {
    return error.os_code();
  }
}

TEST_F(SimulatedDisk, writes_in_parts_that_are_gone_on_with) {
  const std::string text(10'000, 'x');
  Simulation simulation({.disk = {.short_transfer = 0.9}});
  simulation.run(write_all(path(), text));
  EXPECT_EQ(contents(), text);
  EXPECT_GT(simulation.events(), 5U);
}

TEST_F(SimulatedDisk, is_full_or_broken_as_it_is_told) {
  Simulation full({.disk = {.full = 1}});
  EXPECT_EQ(os_code_of(full, path()), ENOSPC);
  Simulation broken({.disk = {.broken = 1}});
  EXPECT_EQ(os_code_of(broken, path()), EIO);
  Simulation sound;
  EXPECT_EQ(os_code_of(sound, path()), 0);
}

// Over many seeds each thing that may be left is left, and nothing else.
TEST_F(SimulatedDisk, a_crash_leaves_what_was_synced_and_perhaps_some_of_the_rest) {
  std::set<std::string> left;
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    std::filesystem::remove(path());
    Simulation simulation({.seed = seed});
    simulation.run(write_and_sync(path(), "durable", "123"));
    EXPECT_EQ(contents(), "durable123");
    simulation.crash_disk();
    left.insert(contents());
  }
  EXPECT_EQ(left, (std::set<std::string>{"durable", "durable1", "durable12", "durable123"}));
}

TEST_F(SimulatedDisk, a_file_that_was_never_synced_may_be_gone) {
  std::set<bool> seen;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    std::filesystem::remove(path());
    Simulation simulation({.seed = seed});
    simulation.run(write_all(path(), "x"));
    simulation.crash_disk();
    seen.insert(is_there());
  }
  EXPECT_EQ(seen, (std::set<bool>{false, true}));
}

// The new name is there, and stands for a file of which nothing need have reached the disk.
TEST_F(SimulatedDisk, a_file_that_was_renamed_unsynced_may_be_empty_under_its_new_name) {
  const std::string temporary = folder_.file("temporary");
  std::set<std::string> left;
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    std::ofstream(path(), std::ios::trunc) << "old";
    Simulation simulation({.seed = seed});
    simulation.run(write_and_sync(temporary, "", ""));
    simulation.run(write_all(temporary, "new"));
    std::filesystem::rename(temporary, path());
    simulation.crash_disk();
    left.insert(contents());
    EXPECT_FALSE(std::filesystem::exists(temporary));
  }
  EXPECT_EQ(left, (std::set<std::string>{"", "n", "ne", "new"}));
}

TEST_F(SimulatedDisk, a_file_that_was_never_synced_may_be_gone_though_it_was_renamed) {
  const std::string temporary = folder_.file("temporary");
  std::set<bool> seen;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    std::filesystem::remove(path());
    Simulation simulation({.seed = seed});
    simulation.run(write_all(temporary, "x"));
    std::filesystem::rename(temporary, path());
    simulation.crash_disk();
    seen.insert(is_there());
  }
  EXPECT_EQ(seen, (std::set<bool>{false, true}));
}

TEST_F(SimulatedDisk, a_sync_that_lies_is_shown_by_a_crash) {
  std::set<std::string> left;
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    std::filesystem::remove(path());
    Simulation simulation({.seed = seed, .disk = {.sync_lies = true}});
    simulation.run(write_and_sync(path(), "A", ""));
    simulation.crash_disk();
    left.insert(contents());
  }
  EXPECT_EQ(left, (std::set<std::string>{"", "A"}));
}

TEST_F(SimulatedDisk, what_was_there_before_survives_a_crash_that_overwrote_it) {
  std::set<std::string> left;
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    std::ofstream(path(), std::ios::trunc) << "old";
    Simulation simulation({.seed = seed});
    simulation.run([](std::string name) -> Task<> {
      File file = co_await File::open(name, {.write = true, .truncate = true});
      co_await file.close();
    }(path()));
    EXPECT_EQ(contents(), "");
    simulation.crash_disk();
    left.insert(contents());
  }
  EXPECT_EQ(left, (std::set<std::string>{"old"}));
}

}  // namespace
}  // namespace ringback
