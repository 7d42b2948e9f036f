// The files of a simulation: faults on the way to the real ones, and what a crash would leave of them.
//
// For every file that was opened here for writing, what was written since its last sync is kept beside what
// was durable before. A crash puts the durable contents back, and on top of them some of the writes, the
// last one possibly in part. A file that was made and never synced may be gone. It is the file that is
// followed, not its name: one that was renamed unsynced has lost its contents under the new name. Names
// themselves (rename, unlink) are no requests to a driver: they are taken to be durable at once.
//
// Threads: the simulation's one.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "ringback/driver/driver.h"
#include "ringback/io/descriptor.h"
#include "ringback/testing/faults.h"
#include "ringback/testing/internal/dice.h"

namespace ringback::testing::internal {

class SimulatedDisk {
 public:
  SimulatedDisk(const DiskFaults& faults, Dice& dice) noexcept : faults_(faults), dice_(dice) {}

  void set_faults(const DiskFaults& faults) noexcept { faults_ = faults; }

  // True for what this disk answers.
  static bool is_for_file(const runtime::RequestWords& words) noexcept;
  // Carries it out, or fails it.
  std::int32_t perform(const runtime::RequestWords& words);

  void crash();

 private:
  struct Write {
    std::int64_t offset;
    std::string bytes;
  };
  struct File {
    Descriptor kept;                     // of the file, whatever it is called by now
    std::optional<std::string> durable;  // none: it was not there
    std::vector<Write> writes;           // since then
    bool is_dirty = false;
  };

  std::int32_t fault_of(const runtime::RequestWords& words) noexcept;
  std::int32_t open(const runtime::RequestWords& words);
  std::int32_t write(const runtime::RequestWords& words);
  std::int32_t sync(const runtime::RequestWords& words);
  void put_back(File& file);

  DiskFaults faults_;
  Dice& dice_;
  std::map<std::uint64_t, File> files_;  // by inode
};

}  // namespace ringback::testing::internal
