#include "vectordb/collection/collection.h"

#include "ringback/async/on.h"
#include "vectordb/collection/internal/collection_core.h"

namespace vectordb {
namespace {

using internal::CollectionCore;
using ringback::Task;
using Core = std::shared_ptr<CollectionCore>;

// Calls `work(core)` on the collection's Pool.
template <typename Work, typename T = std::invoke_result_t<Work&, CollectionCore&, const std::stop_token&>>
Task<T> on_pool(Core core, Work work) {
  ringback::Pool& pool = core->pool();
  core->check_exists();
  auto call = [core = std::move(core), work = std::move(work)](const std::stop_token& stop) mutable {
    return work(*core, stop);
  };
  co_return co_await ringback::offload(pool, std::move(call));
}

Task<Ingested> take_in(Core core, ringback::Queue<NewPoint>& points, std::size_t batch_max) {
  Ingested done;
  for (;;) {
    auto first = co_await points.next();
    if (!first) break;
    std::vector<NewPoint> batch;
    batch.push_back(std::move(*first));
    while (batch.size() < batch_max) {
      auto more = points.try_get();
      if (!more) break;
      batch.push_back(std::move(*more));
    }
    const std::size_t taken = batch.size();
    auto outcomes = core->insert(std::move(batch));
    for (std::size_t i = 0; i < taken; ++i) {
      points.task_done();
      if (outcomes[i].ok()) {
        ++done.stored;
      } else if (done.refused++ == 0) {
        done.first_refusal = outcomes[i].failure();
      }
    }
  }
  co_return done;
}

}  // namespace

const std::string& Collection::name() const noexcept { return core_->name(); }
const CollectionOptions& Collection::options() const noexcept { return core_->options(); }
CollectionInfo Collection::info() const { return core_->info(); }

Task<Written> Collection::upsert(std::vector<Point> points) const {
  return on_pool(core_, [points = std::move(points)](CollectionCore& core, const std::stop_token&) mutable {
    return core.upsert(std::move(points));
  });
}

Task<std::vector<ringback::Outcome<PointId>>> Collection::batch_insert(std::vector<NewPoint> points) const {
  return on_pool(core_, [points = std::move(points)](CollectionCore& core, const std::stop_token&) mutable {
    return core.insert(std::move(points));
  });
}

Task<Ingested> Collection::ingest(ringback::Queue<NewPoint>& points, std::size_t batch) const {
  return take_in(core_, points, batch);
}

Task<std::vector<Point>> Collection::retrieve(std::vector<PointId> ids, Select select) const {
  return on_pool(core_, [ids = std::move(ids), select](CollectionCore& core, const std::stop_token&) {
    return core.retrieve(ids, select);
  });
}

Task<Point> Collection::get(PointId id, Select select) const {
  return on_pool(core_, [id, select](CollectionCore& core, const std::stop_token&) {
    std::vector<Point> found = core.retrieve({id}, select);
    if (!found.empty()) return std::move(found.front());
    throw ringback::Error(ringback::ErrorKind::not_found, "vectordb",
                          "collection '" + core.name() + "' has no point " + id.text());
  });
}

Task<Written> Collection::remove(std::vector<PointId> ids) const {
  return on_pool(core_,
                 [ids = std::move(ids)](CollectionCore& core, const std::stop_token&) { return core.remove(ids); });
}

Task<std::size_t> Collection::count() const {
  return on_pool(core_, [](CollectionCore& core, const std::stop_token&) { return core.count(); });
}

Task<ScrollPage> Collection::scroll(ScrollOptions options) const {
  return on_pool(core_, [options](CollectionCore& core, const std::stop_token&) { return core.scroll(options); });
}

Task<std::vector<Hit>> Collection::search(std::vector<float> vector, SearchOptions options) const {
  return on_pool(core_,
                 [vector = std::move(vector), options](CollectionCore& core, const std::stop_token& stop) mutable {
                   core.check_vector(vector, "vector");
                   std::vector<Query> queries;
                   queries.push_back({std::move(vector), options});
                   return std::move(core.search(std::move(queries), stop).front());
                 });
}

Task<std::vector<std::vector<Hit>>> Collection::batch_search(std::vector<Query> queries) const {
  return on_pool(core_, [queries = std::move(queries)](CollectionCore& core, const std::stop_token& stop) mutable {
    for (std::size_t i = 0; i < queries.size(); ++i) {
      core.check_vector(queries[i].vector, "queries[" + std::to_string(i) + "].vector");
    }
    return core.search(std::move(queries), stop);
  });
}

Task<std::vector<std::vector<Hit>>> Collection::batch_search(std::vector<std::vector<float>> vectors,
                                                             SearchOptions options) const {
  std::vector<Query> queries;
  queries.reserve(vectors.size());
  for (std::vector<float>& vector : vectors) queries.push_back({std::move(vector), options});
  return batch_search(std::move(queries));
}

}  // namespace vectordb
