// The points of one collection, without anything asynchronous: what its operations call.
//
// Protocol. `lock_` guards which point is in which row (places_), the rows as their writer sees them and the
// counters. A call holds it for a slice of at most some tens of microseconds; waiting threads get it in order.
// So a long write delays another call by one slice only. A write checks and computes before it takes the lock.
// A search does not take the lock: it reads a Snapshot.
#pragma once

#include <atomic>
#include <map>
#include <span>
#include <stop_token>

#include "vectordb/collection/collection.h"
#include "vectordb/collection/internal/row_store.h"
#include "vectordb/collection/internal/search_slots.h"
#include "vectordb/collection/internal/ticket_lock.h"

namespace vectordb::internal {

// Queries that have been checked: their vectors side by side, as the rows are.
struct PreparedQueries {
  std::vector<float> vectors;
  std::vector<SearchOptions> options;
};

class CollectionCore {
 public:
  CollectionCore(std::string name, CollectionOptions options, SearchSlots& slots);

  const std::string& name() const noexcept { return name_; }
  const CollectionOptions& options() const noexcept { return options_; }
  SearchSlots& slots() const noexcept { return slots_; }
  CollectionInfo info() const;

  void drop() noexcept { is_dropped_.store(true, std::memory_order_relaxed); }
  // Errors: not_found once it was dropped.
  void check_exists() const;

  // Throws Cancelled between two slices where it is stopped, in all of these.
  Written upsert(std::vector<Point>&& points, const std::stop_token& stop);
  enum class IfThere : std::uint8_t { refuse, replace };
  std::vector<ringback::Outcome<PointId>> store(std::vector<NewPoint>&& points, IfThere if_there,
                                                const std::stop_token& stop);
  Written remove(std::span<const PointId> ids, const std::stop_token& stop);

  std::vector<Point> retrieve(std::span<const PointId> ids, Select select, const std::stop_token& stop) const;
  Point get(const PointId& id, Select select) const;
  ScrollPage scroll(const ScrollOptions& options, const std::stop_token& stop) const;
  std::size_t count() const;

  Snapshot snapshot() const { return rows_.snapshot(); }
  // `field` names a query's vector by its index. Errors: invalid.
  PreparedQueries prepare(std::span<const Query> queries) const;
  PreparedQueries prepare(std::vector<float>&& vector, const SearchOptions& options) const;
  // Those of the queries from `first` on.
  std::vector<std::vector<Hit>> search(const Snapshot& rows, const PreparedQueries& queries, std::size_t first,
                                       std::size_t count, const std::stop_token& stop) const;

 private:
  // A row that was found; its chunk is kept alive after the lock is released.
  struct Found {
    PointId id;
    std::shared_ptr<const RowChunk> chunk;
    std::size_t row;
  };
  using Places = std::map<PointId, RowPlace>;

  void check(std::span<const float> vector, const std::string& field) const;
  void normalise(std::span<float> vector) const noexcept;
  std::size_t slice_points() const noexcept;

  // With the lock held.
  void put(const PointId& id, std::span<const float> vector, Payload&& payload, std::uint64_t version);
  PointId put_new(NewPoint&& point, IfThere if_there, std::uint64_t version, std::size_t index);
  void commit();
  PointId next_free_id() const;

  static Found found_at(Places::const_iterator at);
  static Point point_of(const Found& found, Select select);
  std::vector<Hit> hits_of(const Snapshot& rows, std::span<const Near> found, const SearchOptions& options) const;

  const std::string name_;
  const CollectionOptions options_;
  SearchSlots& slots_;
  std::atomic<bool> is_dropped_{false};
  mutable std::atomic<std::uint64_t> rows_looked_at_{0};

  mutable TicketLock lock_;
  Places places_;
  RowStore rows_;
  std::uint64_t operation_ = 0;
  std::optional<std::uint64_t> largest_number_;
};

}  // namespace vectordb::internal
