// A shop that rings you once, when what you wanted has come in.
//
// The shop is the middle function: when, and for which goods. Your telephone is the callback: how. You leave
// its number (register), the goods come in (the event), the shop rings (it calls back), you fetch them.
#include <cstdio>
#include <map>
#include <string>

#include "ringback/async/start.h"
#include "ringback/exec/loop.h"
#include "ringback/sync/event.h"

using namespace ringback;

// [shop]
class Shop {
 public:
  explicit Shop(Loop& counter) : counter_(counter) {}

  // Registers `telephone`: it rings once, at the counter's next turn where the goods are there already.
  Call leave_number(const std::string& goods, unique_function<void()> telephone) {
    return start(in_stock_[goods].wait(), on(counter_), [telephone = std::move(telephone)](Outcome<void> came) mutable {
      if (came) telephone();
    });
  }
  void delivery(const std::string& goods) { in_stock_[goods].set(); }
  void sold_out(const std::string& goods) { in_stock_[goods].reset(); }

 private:
  Loop& counter_;
  std::map<std::string, Event> in_stock_;
};
// [/shop]

int main() {
  Loop counter;
  Shop shop(counter);

  // [customers]
  Call candle = shop.leave_number("candle", [] { std::printf("never printed\n"); });
  Call lamp = shop.leave_number("lamp", [&] {
    std::printf("ring: Li, your lamp is here\n");
    candle.cancel();  // Taking another number back, from inside a call.
  });
  shop.leave_number("lamp", [] { std::printf("ring: Wang, your lamp is here\n"); });
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
    shop.sold_out("lamp");
  }
  std::printf("the number can %s be taken back now\n", lamp.cancel() ? "still" : "no longer");
  // [/events]
}
