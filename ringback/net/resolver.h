// Names to addresses, as the system does it, and connections to names.
//
//   Resolver resolver;
//   std::vector<Address> addresses = co_await resolver.resolve("db.internal", 5432);
//   TcpStream stream = co_await resolver.connect("db.internal", 5432);
//
// The system's lookup (getaddrinfo: /etc/hosts, search domains, DNS) blocks, so it runs on a small Pool
// that the Resolver makes at the first name that needs one. Literal addresses, "localhost" and names
// given in ResolverOptions::hosts are answered at once, without a thread.
//
// Threads: any, any number of calls at once, in every wait.
// Lifetime: outlives its calls. The destructor waits for lookups whose callers gave up: until the system
// gives up too (with glibc's defaults about 10 s for each name server).
// Source: RFC 6761 section 6.3 (localhost), RFC 8305 (happy eyeballs).
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "ringback/async/task.h"
#include "ringback/base/time.h"
#include "ringback/net/address.h"
#include "ringback/net/tcp.h"

namespace ringback {

class Pool;

namespace internal {
class LookupPool;
}

struct ResolverOptions {
  // A blocking lookup: the addresses of a host, in the order of preference, their ports not looked at.
  // Throws Error where there are none. Threads: called on several at once.
  using Lookup = std::function<std::vector<Address>(const std::string& host)>;

  // How many lookups run at once; others wait.
  std::size_t threads = 4;
  // How many lookups may wait; more are refused (overloaded).
  std::size_t waiting_max = 1024;
  // Runs the lookups instead of a Pool of the Resolver's own; outlives it. Null: its own.
  Pool* pool = nullptr;
  // Names answered from here, before anything else: in lower case.
  std::map<std::string, std::vector<Address>, std::less<>> hosts = {};
  // Empty: system_lookup().
  Lookup lookup = {};
};

struct ConnectOptions {
  // How long an attempt has to itself before the next address is tried beside it. (RFC 8305: 250 ms)
  Duration stagger = std::chrono::milliseconds(250);
};

class Resolver {
 public:
  explicit Resolver(ResolverOptions options = {});
  ~Resolver();
  Resolver(const Resolver&) = delete;
  Resolver& operator=(const Resolver&) = delete;

  // The addresses of `host`, each with `port`, in the order of preference; at least one. `host` is a
  // name, or an IPv4 or IPv6 address (without brackets).
  //
  // Errors, with the host as peer: not_found; unreachable where no name server answered (it may later);
  // invalid where it cannot be a name; overloaded.
  // Cancellation: at once. A lookup that runs goes on, on memory of its own, and its answer is dropped.
  Task<std::vector<Address>> resolve(std::string host, std::uint16_t port);

  // A connection to the first address of `host` that answers: tried in order, families in turn, the
  // next one when one fails or has had its stagger.
  //
  // Errors: of resolve(); where no address answers, the failure of the first, with the others' as
  // suppressed(). Cancellation: the other side may have seen connections come and go.
  Task<TcpStream> connect(std::string host, std::uint16_t port, ConnectOptions options = {});

 private:
  const ResolverOptions options_;
  std::unique_ptr<internal::LookupPool> own_;
  std::shared_ptr<const ResolverOptions::Lookup> lookup_;
};

// What a Resolver asks by default: getaddrinfo. Blocks. Errors: see Resolver::resolve().
std::vector<Address> system_lookup(const std::string& host);

}  // namespace ringback
