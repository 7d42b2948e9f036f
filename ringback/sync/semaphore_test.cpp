#include "ringback/sync/semaphore.h"

#include <gtest/gtest.h>

#include "ringback/async/wait.h"
#include "ringback/sync/condition.h"
#include "ringback/sync/event.h"
#include "ringback/sync/mutex.h"
#include "ringback/sync/queue.h"
#include "ringback/async/gather.h"
#include "ringback/async/task.h"

namespace ringback {
namespace {
Task<int> put_some(Queue<int>& q) {
  int sum = 0;
  for (int i = 0; i < 10; ++i) { co_await q.put(i); sum += i; }
  q.close();
  co_return sum;
}
Task<int> get_all(Queue<int>& q) {
  int sum = 0;
  while (true) {
    auto item = co_await q.next();
    if (!item) break;
    sum += *item;
  }
  co_return sum;
}
TEST(Smoke, works) {
  Semaphore s(1);
  { Permit p = wait(s.acquire()); EXPECT_EQ(s.available(), 0u); EXPECT_FALSE(s.try_acquire()); }
  EXPECT_EQ(s.available(), 1u);
  Mutex m;
  MutexLock l = wait(m.lock());
  EXPECT_FALSE(m.try_lock());
  l.unlock();
  Event e; e.set(); wait(e.wait());
  Queue<int> q(2);
  auto both = wait(gather(put_some(q), get_all(q)));
  EXPECT_EQ(std::get<0>(both), 45);
  EXPECT_EQ(std::get<1>(both), 45);
  Queue<std::unique_ptr<int>> u(1);
  wait(u.put(std::make_unique<int>(3)));
  EXPECT_EQ(*wait(u.get()), 3);
  u.task_done();
  auto slot = wait(u.reserve());
  slot.commit(nullptr);
  EXPECT_EQ(u.close_now(), 1u);
  wait(u.join());
  EXPECT_FALSE(u.try_get());
}
}  // namespace
}  // namespace ringback
