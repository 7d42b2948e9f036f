// A collection: points, and searches for those nearest to a vector.
//
//   Collection books = co_await database.create("books", {.dimension = 4, .distance = Distance::cosine});
//   co_await books.upsert({{.id = 1, .vector = {0.1, 0.2, 0.3, 0.4}, .payload = Payload::parse(R"({"n":1})")}});
//   for (const Hit& hit : co_await books.search({0.1, 0.2, 0.3, 0.4}, {.limit = 3})) use(hit.id, hit.score);
//
// Every call is an operation: wait(books.search(...)) on a plain thread, start() with a callback,
// spawn() for a Future, co_await in a Task.
//
// Threads: any, any number of calls at once. A search sees the collection as it was when the search began, and no
// writer delays it. A write of many points becomes visible in parts, but each point of it as a whole.
// Lifetime: a Collection is a view, cheap to copy. The Database outlives every operation under way.
// Suspension: searches, and reads and writes of many points, run on the Database's Pool, never on the
// caller's thread. A call that takes microseconds runs in place, without suspending.
// Errors: Error invalid, naming the field and the values, before anything was written; not_found for a
// point, or for a collection that has been dropped; overloaded where the Pool's queue is full.
// Cancellation: a cancelled search, or one whose deadline passes, reads rows for some tens of microseconds
// more, and none after its operation has ended. A cancelled write has written the first of its points, each
// of them completely.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "ringback/async/task.h"
#include "ringback/exec/pool.h"
#include "ringback/sync/queue.h"
#include "vectordb/distance/distance.h"
#include "vectordb/point/point.h"

namespace vectordb {

namespace internal {
class CollectionCore;
}

// What cannot be changed once there is a collection.
struct CollectionOptions {
  std::size_t dimension = 0;  // of each vector: 1 to 65,536
  Distance distance = Distance::cosine;
  // What its users want to know of it: kept, and given back by info(). (Qdrant's collection metadata.)
  Payload metadata = {};
};

struct SearchOptions {
  std::size_t limit = 10;  // hits at most
  std::size_t offset = 0;  // of the nearest, left out
  // Hits that are less near than this are left out; for euclid and manhattan, those further away.
  std::optional<float> score_threshold = std::nullopt;
  bool with_payload = false;
  bool with_vector = false;  // as it is kept: for cosine, of length 1
};

// One search of a batch.
struct Query {
  std::vector<float> vector;
  SearchOptions options = {};
};

// What of a point is wanted.
struct Select {
  bool payload = true;
  bool vector = false;
};

struct ScrollOptions {
  std::optional<PointId> from = std::nullopt;  // begin with this id, or the next one there is
  std::size_t limit = 10;
  Select select = {};
};

struct ScrollPage {
  std::vector<Point> points;    // by id
  std::optional<PointId> next;  // where to go on; nothing at the end
};

// A write that has been done.
struct Written {
  std::uint64_t operation = 0;  // numbers the collection's writes, from 1
  std::size_t points = 0;       // that were written or removed
};

// What an ingest did.
struct Ingested {
  std::size_t stored = 0;
  std::size_t refused = 0;
  ringback::Failure first_refusal = {};  // why the first of them was
};

struct IngestOptions {
  std::size_t batch = 256;  // points stored together at most; as many as are there
  // Called after each batch with all that was done so far, on the executor that ingests.
  std::function<void(const Ingested&)> on_progress = nullptr;
};

struct CollectionInfo {
  std::string name;
  CollectionOptions options = {};
  std::size_t points = 0;
  std::size_t bytes = 0;             // of memory for vectors, those of replaced points included
  std::uint64_t operation = 0;       // the last one
  std::uint64_t rows_looked_at = 0;  // by all searches so far, once for each query
};

class Collection {
 public:
  // Stores points; one whose id is there is replaced. All are checked first: one that is not right, and
  // none is stored. Of several with one id the last is kept.
  ringback::Task<Written> upsert(std::vector<Point> points) const;

  // Stores points that are not there yet, and gives for each, in the order of the arguments, its id
  // or why it was not stored (invalid; exists, also for an id that comes twice). Fails as a whole only
  // where the collection is gone.
  ringback::Task<std::vector<ringback::Outcome<PointId>>> batch_insert(std::vector<NewPoint> points) const;

  // The same, but a point whose id is there is replaced; of several with one id the last is kept.
  ringback::Task<std::vector<ringback::Outcome<PointId>>> batch_upsert(std::vector<NewPoint> points) const;

  // Stores what comes out of `points`, as batch_upsert() does, until it is closed and empty; points that are
  // not right are counted and left out. Takes no more than it can store, so a fast producer waits in the
  // queue; each is told to task_done() once it is stored or refused. Several may ingest from one queue.
  // Cancel: what was taken is stored; on_progress has told of it.
  ringback::Task<Ingested> ingest(ringback::Queue<NewPoint>& points, IngestOptions options = {}) const;

  // Those that are there, in the order of `ids`.
  ringback::Task<std::vector<Point>> retrieve(std::vector<PointId> ids, Select select = {}) const;
  // Errors: not_found.
  ringback::Task<Point> get(PointId id, Select select = {.vector = true}) const;

  // Ids that are not there are no error; Written::points says how many were.
  ringback::Task<Written> remove(std::vector<PointId> ids) const;

  ringback::Task<std::size_t> count() const;

  // Page by page in the order of ids. Points that come and go meanwhile may be seen or not; what was
  // there all the time is seen once.
  ringback::Task<ScrollPage> scroll(ScrollOptions options = {}) const;

  // The nearest points, nearest first; of equally near ones that with the smaller id.
  ringback::Task<std::vector<Hit>> search(std::vector<float> vector, SearchOptions options = {}) const;

  // Many searches in one, with the same hits and scores as one by one, in the order of the arguments;
  // they share what is read, and the Pool's workers share the work. The first query that is not right
  // fails all, naming its index.
  ringback::Task<std::vector<std::vector<Hit>>> batch_search(std::vector<Query> queries) const;
  ringback::Task<std::vector<std::vector<Hit>>> batch_search(std::vector<std::vector<float>> vectors,
                                                             SearchOptions options = {}) const;

  // How the collection is now. Does not suspend.
  CollectionInfo info() const;
  const std::string& name() const noexcept;
  const CollectionOptions& options() const noexcept;
  // The Pool of its Database, on which its searches run.
  ringback::Pool& pool() const noexcept;

  // For the Database.
  explicit Collection(std::shared_ptr<internal::CollectionCore> core) noexcept : core_(std::move(core)) {}

 private:
  std::shared_ptr<internal::CollectionCore> core_;
};

}  // namespace vectordb
