// The datagrams of a simulated network that are on their way.
//
// Each is sent for real in the moment of its arrival, from the socket it was sent from, over this machine's
// loopback: whom it is for, what is cut, and what is answered where nobody listens, the kernel says. A sender that
// has closed its socket meanwhile is stood in for by one at the same address.
//
// Threads: the simulation's one.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <string>

#include "ringback/driver/driver.h"
#include "ringback/io/descriptor.h"
#include "ringback/net/address.h"
#include "ringback/testing/faults.h"
#include "ringback/testing/internal/dice.h"

namespace ringback::testing::internal {

class SimulatedDatagrams {
 public:
  // True for a request that is carried here: one over UDP.
  static bool is_for_datagram(const runtime::RequestWords& words) noexcept;

  // Takes the datagram in: its bytes, or a negative errno.
  std::int32_t send(const runtime::RequestWords& words, TimePoint now, const NetworkFaults& faults, Dice& dice);
  // Delivers what has come by now, or loses it where the network is cut. True where there was something.
  bool step(TimePoint now, bool is_cut);
  TimePoint next_event() const noexcept;

 private:
  struct Datagram {
    int fd;          // the sender's; it may have been closed, and the number given to something else
    ino_t identity;  // of that socket
    Address from;
    Address to;
    std::string bytes;
  };

  static void deliver(const Datagram& datagram) noexcept;
  void wait_for_loopback() noexcept;

  std::multimap<TimePoint, Datagram> on_their_way_;  // by arrival; those of one moment as they were sent
  Descriptor fence_;                                 // bound to the loopback and connected to itself
};

}  // namespace ringback::testing::internal
