// One connection of a simulated network: two local sockets of the kernel, and in between the way of the bytes.
//
//   client's socket <-> near end  ... segments with their times ...  far end <-> server's socket
//
// The program reads and writes its sockets as ever; what it writes comes out of our end at once. A segment is
// taken in with the moment of its arrival, and put into the other end once that has come and there is room.
//
// A reset has to be seen by whoever reads the socket itself: the kernel reports one where the other end of
// a local socket is closed with unread bytes in it, so such a byte is put there first.
//
// When the program closes its socket we hold a second descriptor of it, which still says whether it asked for
// a reset on close (SO_LINGER); with that one gone too, our end hears of the close.
//
// Threads: the simulation's one.
#pragma once

#include <sys/types.h>

#include <array>
#include <deque>
#include <string>

#include "ringback/base/time.h"
#include "ringback/io/descriptor.h"
#include "ringback/testing/faults.h"
#include "ringback/testing/internal/dice.h"

namespace ringback::testing::internal {

class SimulatedLink {
 public:
  // Takes the place of the socket `client`. The server's is in take_server(). Errors: as of socketpair().
  SimulatedLink(int client, const NetworkFaults& faults);

  Descriptor take_server() noexcept { return std::move(server_); }

  // Takes in what was written, and delivers what has come. True where anything moved.
  bool step(TimePoint now, const NetworkFaults& faults, Dice& dice);
  // When the next segment comes; max() where none is on its way, or nobody takes it.
  TimePoint next_event() const noexcept;
  // Both ends are told that the connection broke.
  void reset() noexcept;
  // From now on nothing arrives.
  void silence() noexcept { is_silent_ = true; }

  bool has_ended() const noexcept { return !ends_[0].ours.is_open(); }

 private:
  struct End {
    Descriptor ours;
    int theirs = -1;     // the program's; it may have been closed, and the number given to something else
    ino_t identity = 0;  // of that socket
    Descriptor kept;     // of that socket, until the program has closed its own
  };
  struct Segment {
    TimePoint at;
    std::string bytes;  // empty: the end of the stream
  };
  // The bytes of one direction.
  struct Way {
    std::deque<Segment> segments;
    std::size_t bytes = 0;
    TimePoint last_at = TimePoint::min();
    bool is_blocked = false;  // what has come finds no room
    bool has_ended = false;   // the writer's end was taken in
    bool is_done = false;     // and delivered
  };

  bool take_in(std::size_t from, TimePoint now, const NetworkFaults& faults, Dice& dice);
  bool deliver(std::size_t to, TimePoint now);
  bool deliver_first(End& end, Way& way);
  bool breaks(int os_code) noexcept;
  void notice_close(End& end) noexcept;
  void provoke(End& end) noexcept;
  void close() noexcept;

  std::array<End, 2> ends_;  // the client's, the server's
  std::array<Way, 2> ways_;  // into that end
  Descriptor server_;
  Descriptor spare_;  // given back for what a reset needs where there are no more
  bool is_silent_ = false;
  bool is_broken_ = false;
};

}  // namespace ringback::testing::internal
