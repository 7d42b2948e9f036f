// Several addresses tried one after the other, each with a head start: happy eyeballs.
//
// Source: RFC 8305 sections 4 and 5, without its asynchronous DNS.
#pragma once

#include <functional>
#include <vector>

#include "ringback/async/task.h"
#include "ringback/base/time.h"
#include "ringback/io/descriptor.h"
#include "ringback/net/address.h"

namespace ringback::internal {

struct Connected {
  Descriptor socket;
  Address to;
};

// How one address is tried: connect_socket(), or what stands for it in a test.
using ConnectAttempt = std::function<Task<Descriptor>(Address)>;

// The same addresses, families in turn, beginning with that of the first.
std::vector<Address> interleave_families(std::vector<Address> addresses);

// The first attempt that succeeds; the others are cancelled and awaited. `addresses` is not empty.
// Errors: the first failure where all fail, the others hung on it.
Task<Connected> staggered_connect(std::vector<Address> addresses, Duration stagger, ConnectAttempt attempt);

}  // namespace ringback::internal
