// How wide the terminal is that output goes to.
#pragma once

#include <cstddef>

namespace ringback::cli {

bool is_terminal(int fd) noexcept;

// As the terminal says now; else the environment's COLUMNS; else 80. At least 1.
std::size_t terminal_columns(int fd) noexcept;

}  // namespace ringback::cli
