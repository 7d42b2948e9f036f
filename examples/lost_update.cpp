// Two tasks add one to the same number: where an update is lost, and what keeps it.
#include <atomic>
#include <barrier>
#include <cstdio>

#include "ringback/async/gather.h"
#include "ringback/async/on.h"
#include "ringback/async/run.h"
#include "ringback/async/sleep.h"
#include "ringback/exec/pool.h"
#include "ringback/sync/mutex.h"

using namespace ringback;

// [pool]
// On a Pool two of these run at the same time. The barrier makes sure of what otherwise only
// happens now and then: both have read before either writes. (Not atomic, it would be worse still.)
void add_one_side_by_side(std::atomic<int>& total, std::barrier<>& both_have_read) {
  const int seen = total.load();
  both_have_read.arrive_and_wait();
  total.store(seen + 1);
}
// [/pool]

// [loop]
// On a Loop nothing comes between two awaits, so these lines are as one.
Task<> add_one(int& total) {
  const int seen = total;
  total = seen + 1;
  co_return;
}

// But with an await in the middle others do come in between, on a Loop too.
Task<> add_one_slowly(int& total) {
  const int seen = total;
  co_await yield();
  total = seen + 1;
}
// [/loop]

// [mutex]
// A Mutex is held across awaits: whoever else wants it waits, without holding up a thread.
Task<> add_one_locked(int& total, Mutex& mutex) {
  auto lock = co_await mutex.lock();
  const int seen = total;
  co_await yield();
  total = seen + 1;
}
// [/mutex]

int main() {
  Pool pool({.threads = 2});

  std::atomic<int> side_by_side = 0;
  std::barrier both_have_read(2);
  const auto add = [&] { add_one_side_by_side(side_by_side, both_have_read); };
  Future<void> first = spawn(pool, add);
  Future<void> second = spawn(pool, add);
  first.get();
  second.get();
  std::printf("Pool, nothing held               %d\n", side_by_side.load());

  int total = 0;
  run(gather(add_one(total), add_one(total)));
  std::printf("Loop, no await in between        %d\n", total);

  total = 0;
  run(gather(add_one_slowly(total), add_one_slowly(total)));
  std::printf("Loop, an await in between        %d\n", total);

  Mutex mutex;
  total = 0;
  run(gather(add_one_locked(total, mutex), add_one_locked(total, mutex)));
  std::printf("Loop, an await under a Mutex     %d\n", total);

  total = 0;
  wait(on(pool, gather(add_one_locked(total, mutex), add_one_locked(total, mutex))));
  std::printf("Pool, an await under a Mutex     %d\n", total);
}
