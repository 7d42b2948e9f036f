// A shop that rings you once, when what you wanted has come in.
//
// The shop is the middle function: when, and for which goods. Your telephone is the callback: how. You leave
// its number (register), the goods come in (the event), the shop rings (it calls back), you fetch them.
#include <cstdio>
#include <map>
#include <string>

#include "ringback/async/future.h"
#include "ringback/exec/loop.h"
#include "ringback/pipeline/emitter.h"

using namespace ringback;

// [shop]
class Shop {
 public:
  explicit Shop(Loop& counter) : counter_(counter) {}

  // Registers `telephone`: it rings on the counter's thread, once, when those goods next come in.
  template <typename Telephone>
  Registration leave_number(const std::string& goods, Telephone telephone) {
    return came_in_[goods].once(counter_, std::move(telephone));
  }
  // Who would rather wait at the counter.
  Task<> wait_for(std::string goods) { co_await came_in_[goods].next(); }

  void delivery(const std::string& goods) { came_in_[goods].emit(); }

 private:
  Loop& counter_;
  std::map<std::string, Emitter<>> came_in_;
};
// [/shop]

// [waits]
Task<> zhao(Shop& shop) {
  co_await shop.wait_for("lamp");
  std::printf("Zhao, at the counter, has a lamp\n");
}
// [/waits]

int main() {
  Loop counter;
  Shop shop(counter);

  // [customers]
  Registration candle = shop.leave_number("candle", [] { std::printf("never printed\n"); });
  Registration li = shop.leave_number("lamp", [&] {
    std::printf("ring: Li, your lamp is here\n");
    candle.remove();  // Taking another number back, from inside a call.
  });
  Registration wang = shop.leave_number("lamp", [] { std::printf("ring: Wang, your lamp is here\n"); });
  spawn(counter, zhao(shop));
  // [/customers]
  while (counter.poll()) continue;
  std::printf("three numbers are left; nobody was rung\n");

  // [events]
  for (int delivery = 1; delivery <= 2; ++delivery) {
    std::printf("delivery %d of lamps, and one of candles\n", delivery);
    shop.delivery("lamp");
    while (counter.poll()) continue;
    shop.delivery("candle");
    while (counter.poll()) continue;
  }
  std::printf("the number can %s be taken back now\n", li.remove() ? "still" : "no longer");
  // [/events]
}
