// A hotel that wakes its guests; each guest says how.
//
// Waking is the hotel's (the middle function: when, and whom). The way of waking is the guest's (the
// callback: how). Telling the desk is registering; a guest who leaves early takes it back.
#include <cstdio>
#include <string>

#include "ringback/async/sleep.h"
#include "ringback/async/start.h"
#include "ringback/driver/virtual_driver.h"

using namespace ringback;
using namespace std::chrono_literals;

// [hotel]
class Hotel {
 public:
  explicit Hotel(Loop& desk) : desk_(desk) {}

  // Registers `how`, to be called on the desk's thread when the time has come.
  Call register_wake_up(std::string guest, Duration in, unique_function<void()> how) {
    return start(sleep(in), on(desk_), [guest, how = std::move(how)](Outcome<void> rang) mutable {
      if (rang) {
        how();
      } else {
        std::printf("desk:  no wake-up for %s (%s)\n", guest.c_str(), rang.failure().describe().c_str());
      }
    });
  }

 private:
  Loop& desk_;
};
// [/hotel]

// The night is on virtual time: it takes no time at all.
int main() {
  Loop desk({.driver = std::make_unique<VirtualDriver>()});
  Hotel hotel(desk);
  const TimePoint midnight = desk.now();
  const auto hour = [&] { return static_cast<int>((desk.now() - midnight) / 1h); };

  // [guests]
  hotel.register_wake_up("Chen", 7h, [&] { std::printf("%d:00   the telephone rings in room 101\n", hour()); });
  hotel.register_wake_up("Li", 6h, [&] { std::printf("%d:00   somebody knocks at room 202\n", hour()); });
  hotel.register_wake_up("Wang", 8h, [&] { std::printf("%d:00   a bucket of water in room 303\n", hour()); });
  Call early_bird = hotel.register_wake_up("Zhao", 9h, [] { std::printf("never printed\n"); });
  // [/guests]

  std::printf("desk:  four calls are registered; nobody has been called\n");
  start(sleep(5h), on(desk), [&](const Outcome<void>&) {
    std::printf("%d:00   Zhao leaves\n", hour());
    early_bird.cancel();
  });
  desk.run_until(Deadline::at(midnight + 12h));
}
