// A Loop of the tests' own, whose time jumps.
#pragma once

#include <memory>

#include "ringback/driver/virtual_driver.h"
#include "ringback/exec/loop.h"

namespace ringback::testing_loops {

inline LoopOptions on_virtual_time() {
  LoopOptions options;
  options.driver = std::make_unique<VirtualDriver>();
  return options;
}

}  // namespace ringback::testing_loops
