// What the cases share.
#pragma once

#include <gtest/gtest.h>

#include "tests/interleaving/model.h"

namespace ringback::interleaving {

// Every order, up to the bounds, or the report of the first that fails, with the command that repeats it.
// RINGBACK_PREEMPTIONS raises the bound, RINGBACK_SCHEDULE asks for one order alone (./dev interleavings).
void in_every_order(Bounds bounds, const std::function<void(Case&)>& body);

}  // namespace ringback::interleaving
