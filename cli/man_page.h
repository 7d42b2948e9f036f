// A program's manual page, made from what its commands say of themselves.
#pragma once

#include <string>

#include "cli/program.h"

namespace ringback::cli {

// In roff, with the macros of man(7), for section 1.
std::string man_page(const Program& program);

}  // namespace ringback::cli
