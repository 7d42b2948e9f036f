// What TCP and Unix listeners have in common: accepting, and standing it when descriptors run out.
#pragma once

#include "ringback/async/task.h"
#include "ringback/net/address.h"
#include "ringback/net/socket_stream.h"

namespace ringback {

struct ListenOptions {
  int backlog = 1024;         // connections the kernel keeps until they are accepted
  bool reuse_address = true;  // not kept out by old connections of a predecessor
  bool reuse_port = false;    // several listeners share the port: one for each Loop
  // Of a Unix path: a socket file that refuses connections, as a server that was killed leaves it behind, is replaced.
  // Never one that somebody listens on, and never a file of another kind: that is Error exists. Off by default, since
  // it removes a file. To learn whether the server lives it connects once, and closes that connection at once.
  bool replace_stale = false;
};

// Threads: used from anywhere in turn; the second of two accepts at once gets Error invalid,
// which names both tasks.
// Lifetime: outlives the accept; destroying it under one aborts, close() ends it with Error closed.
class SocketListener {
 public:
  SocketListener(SocketListener&&) noexcept = default;
  SocketListener& operator=(SocketListener&&) noexcept = default;
  ~SocketListener();

  // Listens no more; connections that were not accepted are reset.
  void close() noexcept;
  bool is_open() const noexcept;

  // Where it listens: with the port the kernel chose where 0 was asked for.
  const Address& local() const noexcept { return local_; }
  int fd() const noexcept;

 protected:
  // Errors: exists (the address is taken), denied, invalid, exhausted.
  SocketListener(const Address& at, const ListenOptions& options);

  // The next connection. A connection that broke before it was accepted is passed over. While the
  // process or the system has no descriptors left, it tries again now and then, at most every 5 ms.
  // Cancellation: no connection is lost.
  Task<Descriptor> accept_descriptor();

 private:
  internal::InflowHandle inflow_;
  Address local_;
};

}  // namespace ringback
