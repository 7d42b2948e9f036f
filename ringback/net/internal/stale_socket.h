// What stands where a Unix socket is to be made: perhaps what a server that was killed has left behind.
//
// Threads: any. Errors: those of the calls below; what cannot be told is never removed.
#pragma once

#include <string>

#include "ringback/io/descriptor.h"
#include "ringback/net/address.h"

namespace ringback::internal {

// True for a Unix socket that is a file; not for abstract names.
bool is_path(const Address& at) noexcept;

// Why listening on `at` was refused because something is there already: a sentence that says what to do.
std::string why_taken(const Address& at);

// Removes the socket file at `at` where nobody listens on it; nothing where there is none. What it gives is held until
// the caller listens there: meanwhile every other remove_stale() of that path, in any process, is refused.
//
// A live server's file stays: one whose server accepts, or whose backlog is full, or of which this cannot be told. A
// server that has bound the path and does not listen yet looks like a dead one: those that come here exclude each
// other, one that binds without it is between two system calls then. Its file is put back where it appears between the
// look and the removal.
// Errors: exists where a server is alive, is starting there, or the file is no socket; denied.
Descriptor remove_stale(const Address& at);

}  // namespace ringback::internal
