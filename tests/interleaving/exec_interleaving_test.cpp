// How jobs get from one thread to another: spin lock, inbox, the workers' rings, sleep and wake.
#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>

#include "ringback/exec/inbox.h"
#include "ringback/exec/internal/drain_signal.h"
#include "ringback/exec/internal/injection_queue.h"
#include "ringback/exec/internal/job_ring.h"
#include "ringback/exec/internal/parker.h"
#include "tests/interleaving/case_test.h"

namespace ringback::interleaving {
namespace {

class NamedJob final : public runtime::Job {
 public:
  void run() noexcept override {}
  int number = 0;  // written before it is queued, read by who takes it
};

TEST(SpinLockOrders, what_it_guards_is_seen_whole) {
  in_every_order({.preemptions = 3}, [](Case& model) {
    runtime::SpinLock lock;
    int first = 0;
    int second = 0;
    const auto add = [&] {
      const std::lock_guard guard(lock);
      model.expect(first == second, "both are as the last holder left them");
      ++first;
      ++second;
    };
    model.thread("one", add);
    model.thread("two", add);
    add();
    model.join();
    model.expect(first == 3 && second == 3, "each has added once");
  });
}

TEST(InboxOrders, slow_two_push_while_the_owner_takes_and_sleeps) {
  in_every_order({.preemptions = 3, .late_stores = 1}, [](Case& model) {
    runtime::Inbox inbox;
    internal::Parker bed;
    NamedJob jobs[2];
    const auto push = [&](NamedJob& job) {
      if (inbox.push(job)) bed.wake();
    };
    model.thread("push one", [&] { push(jobs[0]); });
    model.thread("push two", [&] { push(jobs[1]); });
    runtime::JobQueue taken;
    int count = 0;
    while (count < 2) {
      inbox.take(taken);
      while (taken.pop() != nullptr) ++count;
      if (count == 2 || !inbox.prepare_sleep()) continue;
      bed.wait();
      inbox.woke();
    }
    model.join();
    model.expect(inbox.empty(), "each job came once");
  });
}

TEST(JobRingOrders, the_last_job_goes_to_one_of_owner_and_thief) {
  in_every_order({.preemptions = 3}, [](Case& model) {
    auto ring = std::make_unique<internal::JobRing>();
    const auto jobs = std::make_unique<NamedJob[]>(2);
    runtime::Job* stolen = nullptr;
    model.thread("thief", [&] {
      auto own = std::make_unique<internal::JobRing>();
      stolen = ring->steal_into(*own);
      if (stolen != nullptr) model.expect(jobs[stolen == &jobs[0] ? 0 : 1].number != 0, "it is seen whole");
      model.expect(own->size() == 0, "half of one or two is one");
    });
    jobs[0].number = 1;
    ring->push(jobs[0]);
    runtime::Job* const first = ring->pop();
    jobs[1].number = 2;
    ring->push(jobs[1]);
    runtime::Job* const second = ring->pop();
    model.join();
    const int count = (first != nullptr ? 1 : 0) + (second != nullptr ? 1 : 0) + (stolen != nullptr ? 1 : 0);
    model.expect(count == 2, "two jobs, each taken once");
    model.expect(first != second && first != stolen && second != stolen, "nobody has what another has");
    model.expect(ring->size() == 0, "nothing is left");
  });
}

// A full ring: the owner pushes the older half out, to make room, while a thief takes half.
TEST(JobRingOrders, a_full_ring_is_emptied_by_owner_and_thief_at_once) {
  in_every_order({.preemptions = 1}, [](Case& model) {
    constexpr std::size_t kCapacity = internal::JobRing::kCapacity;
    auto ring = std::make_unique<internal::JobRing>();
    const auto jobs = std::make_unique<NamedJob[]>(kCapacity + 1);
    for (std::size_t i = 0; i < kCapacity; ++i) ring->push(jobs[i]);
    std::size_t stolen = 0;
    std::uint64_t pushed_out = 0;
    auto own = std::make_unique<internal::JobRing>();
    model.thread("thief", [&] { stolen = ring->steal_into(*own) != nullptr ? 1 : 0; });
    model.thread("owner", [&] {
      while (!ring->push(jobs[kCapacity])) {
        runtime::Job* newest = nullptr;
        runtime::Job* oldest = nullptr;
        if (!ring->take_half(newest, oldest)) continue;
        for (; newest != nullptr; newest = newest->next_job) ++pushed_out;
      }
    });
    model.join();
    model.expect(stolen + own->size() + ring->size() + pushed_out == kCapacity + 1, "each job is in one place");
  });
}

TEST(InjectionQueueOrders, a_job_that_is_here_is_never_hidden_from_who_looks) {
  in_every_order({.preemptions = 3, .late_stores = 1}, [](Case& model) {
    internal::InjectionQueue queue;
    auto ring = std::make_unique<internal::JobRing>();
    NamedJob jobs[2];
    queue.push(jobs[0]);
    runtime::Job* taken = nullptr;
    model.thread("worker", [&] { taken = queue.take_into(*ring); });
    queue.push(jobs[1]);
    model.expect(!queue.empty() || taken != nullptr || ring->size() != 0, "what was put in is seen");
    model.join();
    auto last = std::make_unique<internal::JobRing>();
    runtime::Job* const next = queue.take_into(*last);
    model.expect(taken == &jobs[0] || next == &jobs[0], "the older one first");
    if (taken == &jobs[0]) {
      model.expect((next == &jobs[1]) != (ring->size() == 1), "then the younger, once");
    }
  });
}

TEST(DrainSignalOrders, who_waits_for_the_end_hears_of_it) {
  in_every_order({.preemptions = 3, .late_stores = 1}, [](Case& model) {
    internal::DrainSignal signal;
    std::atomic<int> left{2};
    const auto leave = [&] {
      left.fetch_sub(1, std::memory_order_seq_cst);
      signal.raise();
    };
    model.thread("one", leave);
    model.thread("two", leave);
    signal.watch();
    while (left.load(std::memory_order_seq_cst) != 0) signal.wait(std::chrono::hours(1));
    model.join();
  });
}

}  // namespace
}  // namespace ringback::interleaving
