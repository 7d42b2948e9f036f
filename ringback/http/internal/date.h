// The Date header, formatted once a second. (RFC 9110, section 6.6.1)
#pragma once

#include <ctime>
#include <string_view>

namespace ringback::internal {

// "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n" of now. Valid until the next call on this thread.
std::string_view date_line() noexcept;

// The same for `moment`, which is kept until another comes.
std::string_view date_line(std::time_t moment) noexcept;

}  // namespace ringback::internal
