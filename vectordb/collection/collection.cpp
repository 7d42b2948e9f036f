#include "vectordb/collection/collection.h"

#include <algorithm>

#include "ringback/async/gather.h"
#include "ringback/async/on.h"
#include "ringback/async/shield.h"
#include "vectordb/collection/internal/collection_core.h"

namespace vectordb {
namespace {

using internal::CollectionCore;
using internal::PreparedQueries;
using internal::Snapshot;
using ringback::Outcome;
using ringback::Task;

using Core = std::shared_ptr<CollectionCore>;
using Hits = std::vector<std::vector<Hit>>;

template <typename Work>
using result_t = std::invoke_result_t<Work&, CollectionCore&, const std::stop_token&>;

// Up to so many points or ids, and so many numbers, it takes microseconds.
constexpr std::size_t kShortPoints = 64;
constexpr std::size_t kShortNumbers = std::size_t{16} << 10;
// Queries that are worth a worker of their own.
constexpr std::size_t kQueriesMin = 16;

template <typename Work>
Task<result_t<Work>> here(Core core, Work work) {
  core->check_exists();
  co_return work(*core, std::stop_token());
}

// Waits for a slot, then runs `call` on the Pool. With a slot a worker is free, unless the Pool has other
// work. `core` keeps what `call` refers to.
template <typename Call>
Task<std::invoke_result_t<Call&, const std::stop_token&>> with_slot(Core core, Call call) {
  internal::SearchSlots& slots = core->slots();
  auto slot = co_await slots.slots.acquire();
  co_return co_await ringback::offload(slots.pool, std::move(call));
}

template <typename Work>
Task<result_t<Work>> on_pool(Core core, Work work) {
  CollectionCore& collection = *core;
  collection.check_exists();
  co_return co_await with_slot(
      std::move(core),
      [&collection, work = std::move(work)](const std::stop_token& stop) mutable { return work(collection, stop); });
}

template <typename Work>
Task<result_t<Work>> where_it_belongs(bool is_short, Core core, Work work) {
  return is_short ? here(std::move(core), std::move(work)) : on_pool(std::move(core), std::move(work));
}

bool is_short(std::size_t points, std::size_t dimension) noexcept {
  return points <= kShortPoints && points * dimension <= kShortNumbers;
}

// What all parts of one batch look at.
struct Batch {
  Snapshot rows;
  PreparedQueries queries;
};

// A worker's share: all of them where there are few, so that they share what is read.
std::size_t share_of(std::size_t queries, std::size_t workers) noexcept {
  return std::max(kQueriesMin, (queries + workers - 1) / workers);
}

Task<Hits> search_part(Core core, const Batch& batch, std::size_t first, std::size_t count) {
  CollectionCore& collection = *core;
  co_return co_await with_slot(std::move(core), [&collection, &batch, first, count](const std::stop_token& stop) {
    return collection.search(batch.rows, batch.queries, first, count, stop);
  });
}

Task<Hits> search_batch(Core core, std::vector<Query> queries) {
  auto prepare = [queries = std::move(queries)](CollectionCore& collection, const std::stop_token&) {
    return Batch{.rows = collection.snapshot(), .queries = collection.prepare(queries)};
  };
  const Batch batch = co_await on_pool(core, std::move(prepare));

  const std::size_t all = batch.queries.options.size();
  const std::size_t share = share_of(all, core->slots().pool.threads());
  std::vector<Task<Hits>> parts;
  for (std::size_t first = 0; first < all; first += share) {
    parts.push_back(search_part(core, batch, first, std::min(share, all - first)));
  }
  std::vector<Hits> found = co_await ringback::gather(std::move(parts));

  Hits hits;
  hits.reserve(all);
  for (Hits& part : found) std::ranges::move(part, std::back_inserter(hits));
  co_return hits;
}

using Outcomes = std::vector<Outcome<PointId>>;

Task<Outcomes> store(Core core, std::vector<NewPoint> points, CollectionCore::IfThere if_there) {
  const bool is_brief = is_short(points.size(), core->options().dimension);
  return where_it_belongs(
      is_brief, std::move(core),
      [points = std::move(points), if_there](CollectionCore& into, const std::stop_token& stop) mutable {
        return into.store(std::move(points), if_there, stop);
      });
}

void note(Ingested& done, const Outcomes& outcomes) {
  for (const Outcome<PointId>& outcome : outcomes) {
    if (outcome.ok()) {
      ++done.stored;
    } else if (done.refused++ == 0) {
      done.first_refusal = outcome.failure();
    }
  }
}

// The first, and what else is there already.
std::vector<NewPoint> take_batch(ringback::Queue<NewPoint>& points, NewPoint&& first, std::size_t most) {
  std::vector<NewPoint> batch;
  batch.push_back(std::move(first));
  while (batch.size() < most) {
    std::optional<NewPoint> next = points.try_get();
    if (!next) break;
    batch.push_back(*std::move(next));
  }
  return batch;
}

Task<Ingested> take_in(Core core, ringback::Queue<NewPoint>& points, IngestOptions options) {
  Ingested done;
  core->check_exists();
  for (;;) {
    auto first = co_await points.next();
    if (!first) break;
    std::vector<NewPoint> batch = take_batch(points, *std::move(first), options.batch);
    const std::size_t taken = batch.size();
    auto outcomes = co_await outcome(ringback::shield(store(core, std::move(batch), CollectionCore::IfThere::replace)));
    for (std::size_t i = 0; i < taken; ++i) points.task_done();
    note(done, outcomes.value());
    if (options.on_progress) options.on_progress(done);
  }
  co_return done;
}

}  // namespace

const std::string& Collection::name() const noexcept { return core_->name(); }
const CollectionOptions& Collection::options() const noexcept { return core_->options(); }
ringback::Pool& Collection::pool() const noexcept { return core_->slots().pool; }
CollectionInfo Collection::info() const { return core_->info(); }

Task<Written> Collection::upsert(std::vector<Point> points) const {
  const bool is_brief = is_short(points.size(), options().dimension);
  return where_it_belongs(is_brief, core_,
                          [points = std::move(points)](CollectionCore& core, const std::stop_token& stop) mutable {
                            return core.upsert(std::move(points), stop);
                          });
}

Task<Outcomes> Collection::batch_insert(std::vector<NewPoint> points) const {
  return store(core_, std::move(points), CollectionCore::IfThere::refuse);
}

Task<Outcomes> Collection::batch_upsert(std::vector<NewPoint> points) const {
  return store(core_, std::move(points), CollectionCore::IfThere::replace);
}

Task<Ingested> Collection::ingest(ringback::Queue<NewPoint>& points, IngestOptions options) const {
  RINGBACK_CHECK(options.batch >= 1, "ingest() with batches of 0 would never store anything: give at least 1");
  return take_in(core_, points, std::move(options));
}

Task<Written> Collection::remove(std::vector<PointId> ids) const {
  const bool is_brief = ids.size() <= kShortPoints;
  return where_it_belongs(is_brief, core_, [ids = std::move(ids)](CollectionCore& core, const std::stop_token& stop) {
    return core.remove(ids, stop);
  });
}

Task<std::vector<Point>> Collection::retrieve(std::vector<PointId> ids, Select select) const {
  const bool is_brief = is_short(ids.size(), select.vector ? options().dimension : 1);
  return where_it_belongs(is_brief, core_,
                          [ids = std::move(ids), select](CollectionCore& core, const std::stop_token& stop) {
                            return core.retrieve(ids, select, stop);
                          });
}

Task<Point> Collection::get(PointId id, Select select) const {
  return here(core_, [id, select](CollectionCore& core, const std::stop_token&) { return core.get(id, select); });
}

Task<std::size_t> Collection::count() const {
  return here(core_, [](CollectionCore& core, const std::stop_token&) { return core.count(); });
}

Task<ScrollPage> Collection::scroll(ScrollOptions options) const {
  const bool is_brief =
      options.limit <= kShortPoints && is_short(options.limit, options.select.vector ? this->options().dimension : 1);
  return where_it_belongs(is_brief, core_, [options](CollectionCore& core, const std::stop_token& stop) {
    return core.scroll(options, stop);
  });
}

Task<std::vector<Hit>> Collection::search(std::vector<float> vector, SearchOptions options) const {
  return on_pool(core_,
                 [vector = std::move(vector), options](CollectionCore& core, const std::stop_token& stop) mutable {
                   const PreparedQueries query = core.prepare(std::move(vector), options);
                   return std::move(core.search(core.snapshot(), query, 0, 1, stop).front());
                 });
}

Task<Hits> Collection::batch_search(std::vector<Query> queries) const {
  return search_batch(core_, std::move(queries));
}

Task<Hits> Collection::batch_search(std::vector<std::vector<float>> vectors, SearchOptions options) const {
  std::vector<Query> queries;
  queries.reserve(vectors.size());
  for (std::vector<float>& vector : vectors) queries.push_back({std::move(vector), options});
  return search_batch(core_, std::move(queries));
}

}  // namespace vectordb
