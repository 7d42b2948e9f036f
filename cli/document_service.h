// A service that knows documents by name: what stands in for a remote database in compare.
//
// One line is asked, one answer given, as often as the caller likes:
//
//   adduser            ->  found 1234      and then 1234 bytes
//   adduser 50000000   ->  the same, 50 ms later (nanoseconds)
//   no-such-package    ->  absent
//   two words here     ->  error ...
#pragma once

#include <iosfwd>
#include <string>
#include <string_view>
#include <vector>

#include "cli/package_records.h"
#include "ringback/async/task.h"
#include "ringback/io/byte_stream.h"
#include "ringback/net/tcp.h"

namespace ringback::cli {

// Answers on one connection until the other side ends it.
// Lifetime: both outlive the task. Errors: those of the stream.
Task<> serve_connection(ByteStream& stream, const PackageRecords& records);

// Accepts on `listener` and answers on all connections side by side, until cancelled.
Task<> serve_all(TcpListener listener, const PackageRecords& records);

// The hidden command `serve-documents [--one-at-a-time] [--records FILE]`: prints "port N", then
// serves until SIGTERM. One at a time it is the classic blocking server: it wait()s for one
// connection to end before it looks at the next. Errors: UsageError, Error.
int serve_documents_command(const std::vector<std::string>& words, std::ostream& out);

}  // namespace ringback::cli
