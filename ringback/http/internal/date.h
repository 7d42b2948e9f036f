// The Date header, formatted once a second. (RFC 9110, section 6.6.1)
#pragma once

#include <ctime>
#include <string_view>

namespace ringback::internal {

// "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n" of now. Valid until the next call on this thread.
std::string_view date_line() noexcept;

// The same for `time`. The text is kept until another time is asked for.
std::string_view date_line(std::time_t time) noexcept;

}  // namespace ringback::internal
