// The ladder of waiting: what one instruction, one look into memory, one read from the disk and one
// call over the network take on this machine.
//
// Threads: one; blocks it, about half a second. Figures are the time of a typical one (the median
// where each is timed, the mean where many are timed at once).
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "ringback/base/time.h"

namespace ringback::demo {

struct Rung {
  std::string name;
  double textbook_ns = 0;  // what introductions to asynchronous programming give
  double measured_ns = 0;  // here; 0: could not be measured
  std::string how;         // one line, also where it could not be
};

// Additions of which each needs the one before.
double instruction_ns();

// Loads of which each names the address of the next, over 256 MiB: every one misses the caches.
double memory_ns();

// Reads of 4 KiB at random places of a file that is made in `directory` and removed at once.
// `how` gets the way that was taken: past the page cache where the file system can do it.
double disk_ns(const std::filesystem::path& directory, std::string& how);

// The four rungs; `round_trip` makes one call over loopback.
std::vector<Rung> measure_ladder(const std::filesystem::path& directory, const std::function<void()>& round_trip);

}  // namespace ringback::demo
