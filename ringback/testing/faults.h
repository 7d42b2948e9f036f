// What may go wrong in a simulation, and how often. Nothing does where nothing is said.
//
// A probability is from 0 to 1. Lengths of time are the simulation's own.
#pragma once

#include <cstddef>

#include "ringback/base/time.h"

namespace ringback::testing {

struct NetworkFaults {
  // How long a segment is on its way; each draws its own, and none overtakes another. A datagram's is its own,
  // too, and may be overtaken.
  Duration latency_min = {};
  Duration latency_max = {};
  // Of a segment to be lost. It is sent again after 200 ms, then after 400, 800 and so on, as TCP does:
  // for the program it is late, and so is all that follows. A datagram never comes.
  double loss = 0;
  // Of a datagram to come twice.
  double duplication = 0;
  // Of a segment to break its connection: both sides are told (ECONNRESET).
  double reset = 0;
  // Of a segment to be the last that arrives: the connection stays, half open, and neither side is told.
  double silence = 0;
  // Of a connection to be refused.
  double refusal = 0;
  // Segments have a random size up to this.
  std::size_t segment_bytes = 16 * 1024;
  // What is on its way in one direction at most; who writes more waits.
  std::size_t window_bytes = 64 * 1024;
  // What the receiving side keeps for a slow reader, about; the kernel's least is some 4 KiB.
  std::size_t buffer_bytes = 16 * 1024;
};

struct DiskFaults {
  // Of a read or write to move fewer bytes than it was asked for.
  double short_transfer = 0;
  // Of a read, a write or a sync to fail with EIO.
  double broken = 0;
  // Of a write to fail with ENOSPC.
  double full = 0;
  // A sync says that it has been done, and does nothing: a crash shows it.
  bool sync_lies = false;
};

}  // namespace ringback::testing
