// What many use and somebody closes: a ResourcePool, a Cached.
#include <memory>

#include "ringback/async/future.h"
#include "ringback/exec/loop.h"
#include "ringback/pipeline/cached.h"
#include "ringback/pipeline/internal/resource_pool_core.h"
#include "tests/interleaving/place_test.h"

namespace ringback::interleaving {
namespace {

using internal::PoolVisit;
using internal::ResourcePoolCore;

// Whoever of them is told last frees it.
Task<> close(std::shared_ptr<ResourcePoolCore> core) {
  core->close();
  co_await core->deserted().wait();
}

TEST(ResourcePoolOrders, it_is_closed_twice_as_its_last_user_leaves_and_goes_after_that) {
  in_every_order({.preemptions = 2}, [](Case& model, HandPool& pool) {
    auto core = std::make_shared<ResourcePoolCore>(1, Duration::zero());
    auto visit = std::make_unique<PoolVisit>(*core);
    Future<void> one = spawn(pool, close(core));
    pool.work();
    Future<void> two = spawn(pool, close(std::move(core)));
    model.thread("user", [&] { visit.reset(); });
    pool.work();
    pool.join();
    model.expect(one.is_done() && two.is_done(), "both are told");
  });
}

TEST(ResourcePoolOrders, it_is_closed_as_its_only_user_leaves) {
  in_every_order({.preemptions = 3}, [](Case& model, HandPool& pool) {
    auto core = std::make_shared<ResourcePoolCore>(1, Duration::zero());
    auto visit = std::make_unique<PoolVisit>(*core);
    Future<void> closed = spawn(pool, close(std::move(core)));
    model.thread("user", [&] { visit.reset(); });
    pool.work();
    pool.join();
    model.expect(closed.is_done(), "it is told");
  });
}

TEST(CachedOrders, it_goes_as_a_fetch_begins) {
  in_every_order({.preemptions = 2}, [](Case& model) {
    auto cache = std::make_unique<Cached<int, int>>([](int key) { return 10 * key; });
    auto loop = std::make_unique<Loop>();
    {
      Future<int> future = spawn(*loop, cache->get(1));
      model.thread("close", [&] { cache.reset(); });
      loop->drive([&] { return future.is_done() && loop->owns_nothing(); });
      const Outcome<int>& ended = future.outcome();
      const Error* const error = ended.failure().error();
      model.expect(ended.ok() ? *ended == 10 : error != nullptr && error->kind() == ErrorKind::closed,
                   "who waits has the value, or is told that it has been closed");
    }
    model.join();
    loop.reset();
  });
}

}  // namespace
}  // namespace ringback::interleaving
