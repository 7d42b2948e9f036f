// The points of one collection, without anything asynchronous: what its operations call.
#pragma once

#include <atomic>
#include <map>
#include <shared_mutex>
#include <stop_token>

#include "ringback/exec/pool.h"
#include "vectordb/collection/collection.h"

namespace vectordb::internal {

class CollectionCore {
 public:
  CollectionCore(std::string name, CollectionOptions options, ringback::Pool& pool);

  const std::string& name() const noexcept { return name_; }
  const CollectionOptions& options() const noexcept { return options_; }
  ringback::Pool& pool() const noexcept { return pool_; }
  CollectionInfo info() const;

  void drop() noexcept { is_dropped_.store(true, std::memory_order_relaxed); }
  // Errors: not_found once it was dropped.
  void check_exists() const;
  // Errors: invalid. `field` names the vector: "points[3].vector".
  void check_vector(const std::vector<float>& vector, const std::string& field) const;

  Written upsert(std::vector<Point>&& points);
  std::vector<ringback::Outcome<PointId>> insert(std::vector<NewPoint>&& points);
  Written remove(const std::vector<PointId>& ids);
  std::vector<Point> retrieve(const std::vector<PointId>& ids, Select select) const;
  std::size_t count() const;
  ScrollPage scroll(const ScrollOptions& options) const;
  // Throws Cancelled where it is stopped.
  std::vector<std::vector<Hit>> search(std::vector<Query>&& queries, const std::stop_token& stop) const;

 private:
  struct Stored {
    std::vector<float> vector;
    Payload payload;
    std::uint64_t version;
  };

  void prepare(std::vector<float>& vector) const;
  void store(Point&& point);
  static Point selected(const PointId& id, const Stored& stored, Select select);

  const std::string name_;
  const CollectionOptions options_;
  ringback::Pool& pool_;
  std::atomic<bool> is_dropped_{false};
  mutable std::atomic<std::uint64_t> rows_looked_at_{0};
  mutable std::shared_mutex lock_;
  std::map<PointId, Stored> points_;
  std::uint64_t operation_ = 0;
  std::uint64_t next_number_ = 0;
};

}  // namespace vectordb::internal
