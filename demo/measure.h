// One job in one model, in a process of its own, so that its processor time, threads and memory are
// that model's alone.
#pragma once

#include <iosfwd>
#include <string>
#include <vector>

#include "demo/measured.h"
#include "demo/plan.h"

namespace ringback::demo {

// Carries the plan out here. Threads: a plain one. Errors: those of the calls.
Measured carry_out(const Plan& plan);

// The hidden command `measure`: reads a Plan from `in`, writes a Measured to `out`.
int measure_command(std::istream& in, std::ostream& out);

}  // namespace ringback::demo
