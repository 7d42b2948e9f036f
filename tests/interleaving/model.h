// Tries every order in which the threads of a small case can meet, up to a bound of preemptions.
//
//   explore({.preemptions = 2}, [](Case& model) {
//     Inbox inbox;
//     model.thread("push", [&] { ... });
//     model.join();
//     model.expect(inbox.empty(), "everything was taken");
//   });
//
// The case is run again and again, from its beginning, each time in another order. One thread runs at a
// time; at every atomic operation, lock and sleep another may go on. docs/internals/interleavings.md
// says what is seen and what is not.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>

namespace ringback::interleaving {

struct Bounds {
  // How often a thread that could go on is interrupted, at most.
  unsigned preemptions = 2;
  // How many stores, other than sequentially consistent ones, others see late: as in a store buffer.
  unsigned late_stores = 0;
  // Where a thread sleeps or ends, any other may go on, at no cost. True: any but the next in turn costs a
  // preemption; for cases of many threads.
  bool counts_every_switch = false;
  // Operations in one run; more are a case that does not end.
  std::size_t steps_max = 20'000;
};

// What a case has in its hands. On the case's own thread, but for expect().
class Case {
 public:
  // A thread of the model. It begins at any moment from here on.
  void thread(const char* name, std::function<void()> body);
  // Until the threads of the case have ended, those that it has begun itself.
  void join();

  // Aborts the search, and tells in which order it came to this.
  void expect(bool is_true, const char* what);

  // What begins and ends a case need not be tried in every order: while it is calm nobody is
  // interrupted. A case begins so where it says model.calm() first.
  void calm();
  // Lets all others go on until they end or sleep, then interruptions count again.
  void settle();
};

struct Explored {
  bool ok = false;
  std::string report;           // of the first order in which it failed
  std::string schedule;         // that order, for replay()
  std::uint64_t schedules = 0;  // that were tried, each once
};

Explored explore(const Bounds& bounds, const std::function<void(Case&)>& body);

// One order alone, as `schedule` has it. Fails as that order does, and where it is no order of this case, as
// another compiler or a change of the code may leave it. `bounds`: those that it was found with.
Explored replay(const std::string& schedule, const Bounds& bounds, const std::function<void(Case&)>& body);

}  // namespace ringback::interleaving
