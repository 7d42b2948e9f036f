// Closes a connection whose peer may still be sending. Closed at once, the kernel would answer unread bytes with a
// reset, which can overtake the response. (RFC 9112, section 9.6)
#pragma once

#include "ringback/io/byte_stream.h"

namespace ringback::internal {

// Says that nothing more comes, and throws away what does, for two seconds and 256 KiB at most.
// Errors: none; the peer may be gone.
Task<> linger(ByteStream& stream);

}  // namespace ringback::internal
