// What a measured process found out, and how it tells the one that started it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "ringback/base/time.h"

namespace ringback::demo {

// From when a call was asked for to when its answer was there. Nanoseconds from the start.
struct CallSpan {
  std::int64_t begin_ns = 0;
  std::int64_t end_ns = 0;
};

// A stretch in which a thread computed for a call.
struct WorkSpan {
  std::uint32_t thread = 0;  // index into Measured::threads
  std::uint32_t call = 0;
  std::int64_t begin_ns = 0;
  std::int64_t end_ns = 0;
};

struct Measured {
  std::int64_t wall_ns = 0;
  std::int64_t cpu_ns = 0;           // user and system, of the whole process
  std::uint64_t thread_count = 0;    // of the process while it worked
  std::uint64_t peak_bytes = 0;      // of resident memory, over the whole life of the process
  std::vector<std::string> threads;  // those that worked, by name
  std::vector<CallSpan> calls;
  std::vector<WorkSpan> works;
  std::vector<std::string> answers;  // one per call, in the order of the calls
  std::size_t uncounted = 0;         // so many calls, the first, are left out of the figures below; not written

  std::string to_text() const;
  // Errors: Error invalid for what to_text() would not have written.
  static Measured from_text(std::string_view text);

  // CPU time as a share of one core's time; two busy cores are 2.
  double busy() const;
  double calls_per_second() const;
  // Of the calls' times, `share` (0.99) are at most this; 0 without calls.
  std::int64_t percentile_ns(double share) const;
};

}  // namespace ringback::demo
