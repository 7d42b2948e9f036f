// What outlasts a single run of a simulation: its time, its chances, its network and its disk.
//
// Threads: the simulation's one.
#pragma once

#include "ringback/testing/internal/simulated_disk.h"
#include "ringback/testing/internal/simulated_network.h"
#include "ringback/testing/internal/trace.h"

namespace ringback::testing::internal {

struct SimulatedWorld {
  SimulatedWorld(std::uint64_t seed, const NetworkFaults& network_faults, const DiskFaults& disk_faults)
      : dice(seed), network(network_faults, dice), disk(disk_faults, dice) {}

  TimePoint now{std::chrono::hours(1)};
  Dice dice;
  SimulatedNetwork network;
  SimulatedDisk disk;
  Trace trace;
};

}  // namespace ringback::testing::internal
