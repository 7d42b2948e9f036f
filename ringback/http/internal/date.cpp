#include "ringback/http/internal/date.h"

#include <time.h>

#include <cstdio>

namespace ringback::internal {

// The wall clock, not the driver's: the peer reads this time, and no task waits for it.
std::string_view date_line() noexcept {
  timespec now = {};
  ::clock_gettime(CLOCK_REALTIME_COARSE, &now);
  return date_line(now.tv_sec);
}

std::string_view date_line(std::time_t time) noexcept {
  static constexpr const char* kDays[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr const char* kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                            "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  thread_local std::time_t formatted = -1;
  thread_local char line[64];
  thread_local std::size_t bytes = 0;
  if (time != formatted) {
    std::tm parts = {};
    ::gmtime_r(&time, &parts);
    const int written = std::snprintf(line, sizeof line, "Date: %s, %02d %s %04d %02d:%02d:%02d GMT\r\n",
                                      kDays[parts.tm_wday], parts.tm_mday, kMonths[parts.tm_mon], parts.tm_year + 1900,
                                      parts.tm_hour, parts.tm_min, parts.tm_sec);
    bytes = static_cast<std::size_t>(written);
    formatted = time;
  }
  return {line, bytes};
}

}  // namespace ringback::internal
