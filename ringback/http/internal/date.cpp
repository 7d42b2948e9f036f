#include "ringback/http/internal/date.h"

#include <time.h>

#include <cstdio>

namespace ringback::internal {

// The wall clock, not the driver's: nobody waits for it, and it means something to the peer.
std::string_view date_line() noexcept {
  timespec now = {};
  ::clock_gettime(CLOCK_REALTIME_COARSE, &now);
  return date_line(now.tv_sec);
}

std::string_view date_line(std::time_t moment) noexcept {
  static constexpr const char* kDays[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr const char* kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                            "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  thread_local std::time_t formatted = -1;
  thread_local char line[64];
  thread_local std::size_t bytes = 0;
  if (moment != formatted) {
    std::tm parts = {};
    ::gmtime_r(&moment, &parts);
    const int written = std::snprintf(line, sizeof line, "Date: %s, %02d %s %04d %02d:%02d:%02d GMT\r\n",
                                      kDays[parts.tm_wday], parts.tm_mday, kMonths[parts.tm_mon], parts.tm_year + 1900,
                                      parts.tm_hour, parts.tm_min, parts.tm_sec);
    bytes = static_cast<std::size_t>(written);
    formatted = moment;
  }
  return {line, bytes};
}

}  // namespace ringback::internal
