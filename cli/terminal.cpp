#include "cli/terminal.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <charconv>
#include <cstdlib>
#include <string_view>

#include "cli/text_columns.h"

namespace ringback::cli {

bool is_terminal(int fd) noexcept { return ::isatty(fd) == 1; }

std::size_t terminal_columns(int fd) noexcept {
  winsize size{};
  if (::ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  const char* const stated = std::getenv("COLUMNS");
  const std::string_view text = stated == nullptr ? "" : stated;
  std::size_t columns = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), columns);
  const bool is_number = error == std::errc() && end == text.data() + text.size();
  return is_number && columns > 0 ? columns : kLineColumns;
}

}  // namespace ringback::cli
