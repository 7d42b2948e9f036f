// Programs that sleep for hours, tested in milliseconds.
//
//   int answer = run_virtually(serve_for(24h));
//
// Everything runs on the calling thread, on a clock that jumps to the next deadline whenever nothing
// is ready; the same program gives the same times in every run.
#pragma once

#include <memory>
#include <utility>

#include "ringback/async/run.h"
#include "ringback/driver/virtual_driver.h"

namespace ringback::testing {

// For run(work, on_virtual_time()). `seed` decides ties and random().
inline RunOptions on_virtual_time(std::uint64_t seed = 1) {
  RunOptions options;
  options.signals = Signals::none;
  options.loop.driver = std::make_unique<VirtualDriver>(seed);
  return options;
}

// As run(), on virtual time.
template <runtime::WorkFor Work>
auto run_virtually(Work&& work, std::uint64_t seed = 1) {
  return run(std::forward<Work>(work), on_virtual_time(seed));
}

// Puts Inline (wait, start, spawn on this thread) on virtual time for as long as it lives.
class VirtualInline {
 public:
  explicit VirtualInline(std::uint64_t seed = 1) { set_inline_driver(std::make_unique<VirtualDriver>(seed)); }
  ~VirtualInline() { set_inline_driver(nullptr); }
  VirtualInline(const VirtualInline&) = delete;
  VirtualInline& operator=(const VirtualInline&) = delete;
};

}  // namespace ringback::testing
