// The network of a simulation: who listens, what connects, every connection and every datagram there is.
//
// A listener is a real socket, bound and listening, to which nobody ever connects: its port says whom a
// connection is for.
//
// Threads: the simulation's one.
#pragma once

#include <sys/socket.h>

#include <cstdint>
#include <deque>
#include <list>
#include <map>

#include "ringback/testing/internal/simulated_datagrams.h"
#include "ringback/testing/internal/simulated_link.h"

namespace ringback::testing::internal {

class SimulatedNetwork {
 public:
  SimulatedNetwork(const NetworkFaults& faults, Dice& dice) noexcept : faults_(faults), dice_(dice) {}

  void set_faults(const NetworkFaults& faults) noexcept { faults_ = faults; }
  const NetworkFaults& faults() const noexcept { return faults_; }
  // While it is cut nothing arrives, in no connection, and none is made.
  void set_cut(bool is_cut) noexcept { is_cut_ = is_cut; }
  bool is_cut() const noexcept { return is_cut_; }
  void reset_all() noexcept;
  std::size_t connections() const noexcept { return links_.size(); }

  // True where `address` is of a kind that is simulated; others are the kernel's.
  static bool is_simulated(const sockaddr* address) noexcept;
  // Connects the socket `fd`: 0 or a negative errno.
  std::int32_t connect(int fd, const sockaddr* address, socklen_t bytes);
  // The next connection to `listener`: a descriptor, -EAGAIN, or another negative errno.
  std::int32_t accept(int listener) noexcept;

  // Takes a datagram in: see SimulatedDatagrams.
  std::int32_t send_datagram(const runtime::RequestWords& words, TimePoint now) {
    return datagrams_.send(words, now, faults_, dice_);
  }

  // Moves what has come by now. True where anything moved.
  bool step(TimePoint now);
  TimePoint next_event() const noexcept;

 private:
  void forget_unheard() noexcept;

  NetworkFaults faults_;
  Dice& dice_;
  bool is_cut_ = false;
  std::list<SimulatedLink> links_;  // in the order they were made
  struct Backlog {
    sockaddr_storage address;
    socklen_t address_bytes;
    std::deque<Descriptor> sockets;
  };
  std::map<std::uint16_t, Backlog> backlogs_;  // by port
  SimulatedDatagrams datagrams_;
};

}  // namespace ringback::testing::internal
