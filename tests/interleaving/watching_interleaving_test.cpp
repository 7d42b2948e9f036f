// Who watches while others work: chained hooks that come and go, and a Pool's numbers.
#include <memory>
#include <optional>

#include "ringback/exec/chained_hooks.h"
#include "ringback/exec/internal/parker.h"
#include "ringback/exec/pool.h"
#include "tests/interleaving/place_test.h"

namespace ringback::interleaving {
namespace {

class CountingHooks final : public runtime::ChainedHooks {
 public:
  void sleep_begins(Executor& executor) noexcept override {
    if (is_listening()) ++heard;
    runtime::ChainedHooks::sleep_begins(executor);
  }
  int heard = 0;
};

// A listener that knows of no chain.
class PlainHooks final : public runtime::Hooks {
 public:
  void job_begins(Executor&, const runtime::Job&) noexcept override {}
  void job_ended(Executor&) noexcept override {}
  void sleep_begins(Executor&) noexcept override { ++heard; }
  void sleep_ended(Executor&) noexcept override {}
  int heard = 0;
};

void tell_whoever_listens(Case& model) {
  HandPool pool(model);
  if (runtime::Hooks* const first = runtime::current_hooks()) first->sleep_begins(pool);
}

TEST(ChainedHooksOrders, two_that_come_at_once_both_hear) {
  in_every_order({.preemptions = 3}, [](Case& model) {
    runtime::set_hooks(nullptr);
    const auto one = std::make_unique<CountingHooks>();
    const auto two = std::make_unique<CountingHooks>();
    model.thread("one", [&] { one->listen(); });
    two->listen();
    model.join();
    tell_whoever_listens(model);
    runtime::set_hooks(nullptr);
    model.expect(one->heard == 1 && two->heard == 1, "each hears once");
  });
}

TEST(ChainedHooksOrders, one_that_goes_takes_nobody_along) {
  in_every_order({.preemptions = 2}, [](Case& model) {
    runtime::set_hooks(nullptr);
    const auto one = std::make_unique<CountingHooks>();
    const auto two = std::make_unique<CountingHooks>();
    const auto three = std::make_unique<CountingHooks>();
    one->listen();
    two->listen();
    model.thread("two", [&] { two->stop(); });
    model.thread("three", [&] { three->listen(); });
    one->stop();
    one->listen();
    model.join();
    tell_whoever_listens(model);
    runtime::set_hooks(nullptr);
    model.expect(one->heard == 1 && two->heard == 0 && three->heard == 1, "who stayed hears once");
  });
}

TEST(ChainedHooksOrders, one_that_two_want_hears_until_both_have_gone) {
  in_every_order({.preemptions = 3}, [](Case& model) {
    runtime::set_hooks(nullptr);
    const auto hooks = std::make_unique<CountingHooks>();
    model.thread("other", [&] {
      hooks->listen();
      hooks->stop();
    });
    hooks->listen();
    tell_whoever_listens(model);
    hooks->stop();
    model.join();
    tell_whoever_listens(model);
    model.expect(hooks->heard == 1, "it hears while it is wanted");
    model.expect(runtime::current_hooks() == nullptr, "nobody is left");
  });
}

TEST(ChainedHooksOrders, one_that_knows_of_no_chain_is_lost_to_nobody_who_comes_and_goes) {
  in_every_order({.preemptions = 3}, [](Case& model) {
    runtime::set_hooks(nullptr);
    const auto chained = std::make_unique<CountingHooks>();
    const auto plain = std::make_unique<PlainHooks>();
    runtime::Hooks* before = nullptr;
    model.thread("plain", [&] { before = runtime::set_hooks(plain.get()); });
    chained->listen();
    chained->stop();
    model.join();
    tell_whoever_listens(model);
    runtime::set_hooks(nullptr);
    model.expect(before == nullptr || before == chained.get(), "it is told who was there before");
    model.expect(plain->heard == 1, "it hears once");
  });
}

// Waits as a job that blocks its thread does.
class BlockingJob final : public runtime::Job {
 public:
  explicit BlockingJob(Pool& pool) noexcept : pool_(pool) {}
  void run() noexcept override {
    if (pool_.begin_blocking()) pool_.end_blocking();
    bed_.wake();
  }
  void wait() noexcept { bed_.wait(); }

 private:
  Pool& pool_;
  internal::Parker bed_;
};

TEST(PoolOrders, its_numbers_are_read_while_a_job_blocks) {
  in_every_order({.preemptions = 1, .counts_every_switch = true}, [](Case& model) {
    model.calm();
    {
      Pool pool({.threads = 1});
      BlockingJob job(pool);
      std::size_t blocked = 0;
      model.settle();
      pool.post(job);
      blocked = pool.stats().threads_blocked;
      job.wait();
      model.expect(blocked <= 1, "one blocks at most");
      model.calm();
    }
  });
}

}  // namespace
}  // namespace ringback::interleaving
