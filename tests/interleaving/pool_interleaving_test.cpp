// Whole executors: a Loop and a Pool with all their threads, on virtual time.
#include <atomic>
#include <memory>
#include <optional>

#include "ringback/async/admit.h"
#include "ringback/async/future.h"
#include "ringback/async/sleep.h"
#include "ringback/async/timeout.h"
#include "ringback/exec/internal/parker.h"
#include "ringback/exec/loop.h"
#include "ringback/exec/pool.h"
#include "ringback/sync/event.h"
#include "tests/interleaving/place_test.h"

namespace ringback::interleaving {
namespace {

using namespace std::chrono_literals;

// Says when it has run, to a thread that sleeps for it.
class TellingJob final : public runtime::Job {
 public:
  void run() noexcept override {
    ran_ += 1;
    bed_.wake();
  }
  void wait() noexcept { bed_.wait(); }
  int ran() const noexcept { return ran_; }

 private:
  int ran_ = 0;
  internal::Parker bed_;
};

// Many threads: every switch counts.
constexpr Bounds kLoop{.preemptions = 2, .late_stores = 1, .counts_every_switch = true};
constexpr Bounds kPool{.preemptions = 1, .late_stores = 1, .counts_every_switch = true};

TEST(LoopOrders, slow_jobs_and_the_stop_from_other_threads_reach_a_loop_that_sleeps) {
  in_every_order(kLoop, [](Case& model) {
    Loop loop;
    TellingJob job;
    model.thread("post", [&] { loop.post(job); });
    model.thread("stop", [&] {
      job.wait();
      loop.stop();
    });
    loop.run();
    model.join();
    model.expect(job.ran() == 1, "it was run once");
  });
}

TEST(LoopOrders, slow_a_cancellation_from_outside_meets_the_end_and_the_loop_stays_until_it_has_come) {
  in_every_order({.preemptions = 1, .late_stores = 1, .counts_every_switch = true}, [](Case& model) {
    Event event;
    auto loop = std::make_unique<Loop>();
    std::optional<Future<void>> future(spawn(*loop, event.wait()));
    bool recorded = false;
    model.thread("cancel", [&] { recorded = future->cancel(); });
    model.thread("set", [&] { event.set(); });
    loop->drive([&] { return future->is_done() && loop->owns_nothing(); });
    const bool has_value = future->outcome().ok();
    loop.reset();
    model.join();
    model.expect(has_value || recorded, "nobody is cancelled whose canceller was told that it came too late");
    future.reset();
  });
}

TEST(PoolOrders, slow_a_job_that_comes_as_the_workers_fall_asleep_is_run) {
  in_every_order(kPool, [](Case& model) {
    model.calm();
    Pool pool({.threads = 1});
    TellingJob first;
    TellingJob second;
    model.settle();
    model.thread("other", [&] {
      pool.post(second);
      second.wait();
    });
    pool.post(first);
    first.wait();
    model.join();
    model.calm();
    model.expect(first.ran() == 1 && second.ran() == 1, "each once");
  });
}

// Blocks its worker until `other` has run, on another one; posts it before, where it has a Pool.
class NeedsAnother final : public runtime::Job {
 public:
  NeedsAnother(Pool* pool, TellingJob& other) noexcept : pool_(pool), other_(other) {}
  void run() noexcept override {
    if (pool_ != nullptr) pool_->post(other_);
    other_.wait();
    bed_.wake();
  }
  void wait() noexcept { bed_.wait(); }

 private:
  Pool* pool_;
  TellingJob& other_;
  internal::Parker bed_;
};

TEST(PoolOrders, slow_no_job_waits_beside_a_worker_that_sleeps) {
  in_every_order(kPool, [](Case& model) {
    model.calm();
    Pool pool({.threads = 2});
    TellingJob second;
    NeedsAnother first(&pool, second);
    model.settle();
    pool.post(first);
    first.wait();
    model.calm();
    model.expect(second.ran() == 1, "it has run");
  });
}

TEST(PoolOrders, slow_a_job_that_comes_as_the_last_searcher_finds_another_is_run) {
  in_every_order({.preemptions = 2, .counts_every_switch = true}, [](Case& model) {
    model.calm();
    Pool pool({.threads = 2});
    TellingJob second;
    NeedsAnother first(nullptr, second);
    model.settle();
    pool.post(first);
    pool.post(second);
    first.wait();
    model.calm();
    model.expect(second.ran() == 1, "it has run");
  });
}

// Blocks its worker until `other` has run, as Future::get() does.
class Blocking final : public runtime::Job {
 public:
  Blocking(Pool& pool, TellingJob& other) noexcept : pool_(pool), other_(other) {}
  void run() noexcept override {
    RINGBACK_CHECK(pool_.begin_blocking(), "one more may block");
    other_.wait();
    pool_.end_blocking();
    bed_.wake();
  }
  void wait() noexcept { bed_.wait(); }

 private:
  Pool& pool_;
  TellingJob& other_;
  internal::Parker bed_;
};

// A Pool of one worker, and one more while that is blocked.
struct BlockedPool {
  explicit BlockedPool(Case& model) {
    model.calm();
    pool = std::make_unique<Pool>(PoolOptions{.threads = 1, .blocking_threads_max = 1});
    blocking = std::make_unique<Blocking>(*pool, awaited);
  }
  // The worker is blocked, and the other one asleep.
  void block(Case& model) {
    pool->post(*blocking);
    model.settle();
  }

  std::unique_ptr<Pool> pool;
  TellingJob awaited;
  std::unique_ptr<Blocking> blocking;
};

TEST(BlockingOrders, slow_what_a_blocked_worker_waits_for_is_run_by_one_more) {
  in_every_order(kPool, [](Case& model) {
    BlockedPool blocked(model);
    model.settle();
    model.thread("other", [&] { blocked.pool->post(blocked.awaited); });
    blocked.pool->post(*blocked.blocking);
    blocked.blocking->wait();
    model.join();
    model.calm();
    model.expect(blocked.awaited.ran() == 1, "it has run");
  });
}

TEST(BlockingOrders, slow_a_job_that_comes_as_one_worker_too_many_goes_to_rest_is_run) {
  in_every_order({.preemptions = 2, .counts_every_switch = true}, [](Case& model) {
    BlockedPool blocked(model);
    TellingJob third;
    blocked.block(model);
    blocked.pool->post(blocked.awaited);
    blocked.pool->post(third);
    third.wait();
    blocked.blocking->wait();
    model.calm();
    model.expect(third.ran() == 1, "it has run");
  });
}

TEST(BlockingOrders, slow_a_worker_at_rest_comes_back_for_the_next_that_blocks) {
  in_every_order(kPool, [](Case& model) {
    BlockedPool blocked(model);
    blocked.block(model);
    blocked.pool->post(blocked.awaited);
    model.settle();
    TellingJob again;
    Blocking second(*blocked.pool, again);
    model.thread("other", [&] { blocked.pool->post(again); });
    blocked.pool->post(second);
    second.wait();
    model.join();
    model.calm();
    model.expect(again.ran() == 1, "it has run");
  });
}

TEST(BlockingOrders, slow_a_pool_ends_as_a_blocked_worker_goes_on_and_one_goes_to_rest) {
  in_every_order({.preemptions = 2, .counts_every_switch = true}, [](Case& model) {
    BlockedPool blocked(model);
    blocked.block(model);
    blocked.pool->post(blocked.awaited);
    blocked.pool.reset();
    model.expect(blocked.awaited.ran() == 1, "what was posted has run");
  });
}

TEST(BlockingOrders, slow_a_future_that_a_worker_blocks_for_comes) {
  in_every_order({.preemptions = 1, .counts_every_switch = true}, [](Case& model) {
    model.calm();
    Event event;
    {
      Pool pool({.threads = 1, .blocking_threads_max = 1});
      Future<void> inner = spawn(pool, event.wait());
      model.settle();
      Future<void> outer = spawn(pool, [&] { inner.get(); });
      model.thread("set", [&] { event.set(); });
      outer.get();
      model.join();
      model.calm();
    }
  });
}

TEST(PoolOrders, slow_a_pool_may_go_as_soon_as_its_last_job_has_run) {
  in_every_order({.preemptions = 2, .counts_every_switch = true}, [](Case& model) {
    model.calm();
    auto pool = std::make_unique<Pool>(PoolOptions{.threads = 1});
    TellingJob job;
    model.settle();
    model.thread("other", [&] { pool->post(job); });
    job.wait();
    pool.reset();
    model.join();
  });
}

TEST(PoolOrders, slow_a_limit_on_a_pool_meets_what_it_limits) {
  in_every_order({.preemptions = 1, .counts_every_switch = true}, [](Case& model) {
    model.calm();
    Event event;
    {
      Pool pool({.threads = 2});
      model.settle();
      Future<void> future = spawn(pool, timeout(1ms, event.wait()));
      model.thread("set", [&] { event.set(); });
      try {
        future.get();
      } catch (const Error& error) {
        model.expect(error.kind() == ErrorKind::timed_out, "it ended, or its time was up");
      }
      model.join();
      model.calm();
    }
  });
}

TEST(PoolOrders, slow_a_timer_that_is_set_as_its_loop_falls_asleep_expires) {
  in_every_order(kPool, [](Case& model) {
    model.calm();
    Pool pool({.threads = 1});
    model.settle();
    spawn(pool, sleep(1ms)).get();
    model.calm();
  });
}

TEST(PoolOrders, slow_a_place_that_is_given_back_meets_who_waits_for_it_and_gives_up) {
  in_every_order({.preemptions = 2, .counts_every_switch = true}, [](Case& model) {
    model.calm();
    Pool pool({.threads = 1, .queue_max = 1});
    HandPool hands(model);
    std::optional<Admission> held = pool.try_admit();
    model.expect(held.has_value(), "there is room");
    {
      Waiting waiting(hands, pool.admit());
      model.settle();
      model.thread("give", [&] { held.reset(); });
      model.thread("cancel", [&] { waiting.cancel(); });
      waiting.begin();
      hands.join();
      model.expect(waiting.was_told_once(), "the waiter is told once");
    }
    model.expect(pool.try_admit().has_value(), "the place is free again");
    model.calm();
  });
}

TEST(PoolOrders, slow_a_place_that_is_given_back_goes_to_who_begins_to_wait_for_it) {
  in_every_order({.preemptions = 3, .counts_every_switch = true}, [](Case& model) {
    model.calm();
    Pool pool({.threads = 1, .queue_max = 1});
    HandPool hands(model);
    std::optional<Admission> held = pool.try_admit();
    {
      Waiting waiting(hands, pool.admit());
      model.settle();
      model.thread("give", [&] { held.reset(); });
      waiting.begin();
      hands.join();
      model.expect(waiting.was_told_once() && waiting.has_value(), "it has the place");
    }
    model.calm();
  });
}

TEST(PoolOrders, slow_a_pool_that_ends_waits_for_a_place_that_is_given_back) {
  in_every_order({.preemptions = 2, .counts_every_switch = true}, [](Case& model) {
    model.calm();
    auto pool = std::make_unique<Pool>(PoolOptions{.threads = 1});
    std::optional<Admission> held = pool->try_admit();
    model.settle();
    model.thread("give", [&] { held.reset(); });
    pool.reset();
    model.join();
  });
}

}  // namespace
}  // namespace ringback::interleaving
