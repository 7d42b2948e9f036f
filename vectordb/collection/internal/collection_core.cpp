#include "vectordb/collection/internal/collection_core.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <mutex>

#include "vectordb/distance/unit_length.h"

namespace vectordb::internal {
namespace {

using ringback::Error;
using ringback::ErrorKind;

// What is done between taking the lock and handing it on.
constexpr std::size_t kSlicePoints = 64;
constexpr std::size_t kSliceBytes = std::size_t{128} << 10;
constexpr std::size_t kSliceReads = 256;

Error refused(ErrorKind kind, const std::string& message) { return {kind, "vectordb", message}; }

void check_stop(const std::stop_token& stop) {
  if (stop.stop_requested()) throw ringback::Cancelled{};
}

std::string at_index(const char* field, std::size_t index, const char* member) {
  return std::string(field) + "[" + std::to_string(index) + "]." + member;
}

bool is_near_enough(Distance distance, float score, std::optional<float> threshold) noexcept {
  if (!threshold) return true;
  return more_is_nearer(distance) ? score >= *threshold : score <= *threshold;
}

std::size_t sum_or_most(std::size_t a, std::size_t b) noexcept {
  return a > std::numeric_limits<std::size_t>::max() - b ? std::numeric_limits<std::size_t>::max() : a + b;
}

}  // namespace

CollectionCore::CollectionCore(std::string name, CollectionOptions options, SearchSlots& slots)
    : name_(std::move(name)), options_(std::move(options)), slots_(slots), rows_(options_.dimension) {}

CollectionInfo CollectionCore::info() const {
  CollectionInfo info{.name = name_, .options = options_, .bytes = rows_.bytes()};
  info.rows_looked_at = rows_looked_at_.load(std::memory_order_relaxed);
  std::lock_guard guard(lock_);
  info.points = places_.size();
  info.operation = operation_;
  return info;
}

void CollectionCore::check_exists() const {
  if (!is_dropped_.load(std::memory_order_relaxed)) return;
  throw refused(ErrorKind::not_found, "collection '" + name_ + "' does not exist any more: it was dropped");
}

void CollectionCore::check(std::span<const float> vector, const std::string& field) const {
  if (vector.size() != options_.dimension) {
    throw refused(ErrorKind::invalid, field + ": expected " + std::to_string(options_.dimension) + " numbers, found " +
                                          std::to_string(vector.size()));
  }
  const auto odd = std::ranges::find_if_not(vector, [](float x) { return std::isfinite(x); });
  if (odd == vector.end()) return;
  throw refused(ErrorKind::invalid, field + "[" + std::to_string(odd - vector.begin()) +
                                        "]: expected a finite number, found " + std::to_string(*odd));
}

void CollectionCore::normalise(std::span<float> vector) const noexcept {
  if (options_.distance == Distance::cosine) make_unit_length(vector);
}

std::size_t CollectionCore::slice_points() const noexcept {
  return std::clamp<std::size_t>(kSliceBytes / (options_.dimension * sizeof(float)), 1, kSlicePoints);
}

void CollectionCore::put(const PointId& id, std::span<const float> vector, Payload&& payload, std::uint64_t version) {
  const RowPlace row = rows_.add(id, vector, std::move(payload), version);
  // Ids mostly come in ascending order: then this is found at once.
  const auto at = !places_.empty() && places_.rbegin()->first < id ? places_.end() : places_.lower_bound(id);
  if (at != places_.end() && at->first == id) {
    rows_.mark_deleted(std::exchange(at->second, row));
  } else {
    places_.emplace_hint(at, id, row);
  }
  if (id.is_number()) largest_number_ = std::max(largest_number_.value_or(0), id.number());
}

void CollectionCore::commit() {
  rows_.commit([this](const PointId& id, RowPlace place) { places_.find(id)->second = place; });
}

Written CollectionCore::upsert(std::vector<Point>&& points, const std::stop_token& stop) {
  for (std::size_t i = 0; i < points.size(); ++i) check(points[i].vector, at_index("points", i, "vector"));
  Written written{.points = points.size()};
  for (std::size_t begin = 0; begin < points.size() || written.operation == 0;) {
    check_stop(stop);
    const std::size_t end = std::min(begin + slice_points(), points.size());
    for (std::size_t i = begin; i < end; ++i) normalise(points[i].vector);
    std::lock_guard guard(lock_);
    if (written.operation == 0) written.operation = ++operation_;
    for (; begin < end; ++begin) {
      put(points[begin].id, points[begin].vector, std::move(points[begin].payload), written.operation);
    }
    commit();
  }
  return written;
}

PointId CollectionCore::next_free_id() const {
  if (!largest_number_) return 0U;
  if (*largest_number_ != std::numeric_limits<std::uint64_t>::max()) return *largest_number_ + 1;
  throw refused(ErrorKind::exhausted, "no number is free for an id: 2^64-1 is in use; give one");
}

PointId CollectionCore::put_new(NewPoint&& point, IfThere if_there, std::uint64_t version, std::size_t index) {
  const PointId id = point.id ? *point.id : next_free_id();
  if (if_there == IfThere::refuse && places_.contains(id)) {
    throw refused(ErrorKind::exists, at_index("points", index, "id") + ": " + id.text() + " is there already");
  }
  put(id, point.vector, std::move(point.payload), version);
  return id;
}

std::vector<ringback::Outcome<PointId>> CollectionCore::store(std::vector<NewPoint>&& points, IfThere if_there,
                                                              const std::stop_token& stop) {
  std::vector<ringback::Outcome<PointId>> outcomes(points.size(), PointId());
  const auto note = [&](std::size_t i, auto&& work) {
    try {
      work();
    } catch (const Error& error) {
      outcomes[i] = ringback::Failure(error);
    }
  };
  std::uint64_t version = 0;
  for (std::size_t begin = 0; begin < points.size();) {
    check_stop(stop);
    const std::size_t end = std::min(begin + slice_points(), points.size());
    for (std::size_t i = begin; i < end; ++i) {
      note(i, [&] { check(points[i].vector, at_index("points", i, "vector")); });
      normalise(points[i].vector);
    }
    std::lock_guard guard(lock_);
    if (version == 0) version = ++operation_;
    for (; begin < end; ++begin) {
      if (!outcomes[begin].ok()) continue;
      note(begin, [&] { outcomes[begin] = put_new(std::move(points[begin]), if_there, version, begin); });
    }
    commit();
  }
  return outcomes;
}

Written CollectionCore::remove(std::span<const PointId> ids, const std::stop_token& stop) {
  Written written;
  for (bool first = true; first || !ids.empty(); first = false) {
    check_stop(stop);
    const auto slice = ids.first(std::min(kSlicePoints, ids.size()));
    ids = ids.subspan(slice.size());
    std::lock_guard guard(lock_);
    if (first) written.operation = ++operation_;
    for (const PointId& id : slice) {
      const auto at = places_.find(id);
      if (at == places_.end()) continue;
      rows_.mark_deleted(at->second);
      places_.erase(at);
      ++written.points;
    }
    commit();
  }
  return written;
}

CollectionCore::Found CollectionCore::found_at(Places::const_iterator at) {
  return {at->first, at->second.chunk->shared_from_this(), at->second.row};
}

Point CollectionCore::point_of(const Found& found, Select select) {
  Point point{.id = found.id, .vector = {}};
  if (select.vector) {
    const std::span<const float> vector = found.chunk->vector(found.row);
    point.vector.assign(vector.begin(), vector.end());
  }
  if (select.payload) point.payload = found.chunk->row(found.row).payload;
  return point;
}

std::vector<Point> CollectionCore::retrieve(std::span<const PointId> ids, Select select,
                                            const std::stop_token& stop) const {
  std::vector<Point> points;
  std::vector<Found> found;
  while (!ids.empty()) {
    check_stop(stop);
    const auto slice = ids.first(std::min(kSliceReads, ids.size()));
    ids = ids.subspan(slice.size());
    found.clear();
    {
      std::lock_guard guard(lock_);
      for (const PointId& id : slice) {
        const auto at = places_.find(id);
        if (at != places_.end()) found.push_back(found_at(at));
      }
    }
    for (const Found& each : found) points.push_back(point_of(each, select));
  }
  return points;
}

Point CollectionCore::get(const PointId& id, Select select) const {
  std::vector<Point> found = retrieve({&id, 1}, select, {});
  if (!found.empty()) return std::move(found.front());
  throw refused(ErrorKind::not_found, "collection '" + name_ + "' has no point " + id.text());
}

ScrollPage CollectionCore::scroll(const ScrollOptions& options, const std::stop_token& stop) const {
  ScrollPage page{.points = {}, .next = options.from.value_or(PointId())};
  std::vector<Found> found;
  do {
    check_stop(stop);
    found.clear();
    const std::size_t wanted = std::min(kSliceReads, options.limit - page.points.size());
    {
      std::lock_guard guard(lock_);
      auto at = places_.lower_bound(*page.next);
      for (; at != places_.end() && found.size() < wanted; ++at) found.push_back(found_at(at));
      page.next = at == places_.end() ? std::nullopt : std::optional(at->first);
    }
    for (const Found& each : found) page.points.push_back(point_of(each, options.select));
  } while (page.next && page.points.size() < options.limit);
  return page;
}

std::size_t CollectionCore::count() const {
  std::lock_guard guard(lock_);
  return places_.size();
}

PreparedQueries CollectionCore::prepare(std::span<const Query> queries) const {
  PreparedQueries prepared;
  prepared.vectors.reserve(queries.size() * options_.dimension);
  prepared.options.reserve(queries.size());
  for (std::size_t i = 0; i < queries.size(); ++i) {
    check(queries[i].vector, at_index("queries", i, "vector"));
    prepared.vectors.insert(prepared.vectors.end(), queries[i].vector.begin(), queries[i].vector.end());
    normalise(std::span(prepared.vectors).last(options_.dimension));
    prepared.options.push_back(queries[i].options);
  }
  return prepared;
}

PreparedQueries CollectionCore::prepare(std::vector<float>&& vector, const SearchOptions& options) const {
  check(vector, "vector");
  normalise(vector);
  return {std::move(vector), {options}};
}

std::vector<Hit> CollectionCore::hits_of(const Snapshot& rows, std::span<const Near> found,
                                         const SearchOptions& options) const {
  std::vector<Hit> hits;
  const auto wanted = found.subspan(std::min(options.offset, found.size()));
  hits.reserve(wanted.size());
  for (const Near& near : wanted) {
    const float score = score_of(options_.distance, near.nearness);
    if (!is_near_enough(options_.distance, score, options.score_threshold)) break;
    const RowChunk::Row& row = rows.row(near.row);
    hits.push_back({.id = row.id, .score = score, .version = row.version});
    if (options.with_payload) hits.back().payload = row.payload;
    if (options.with_vector) {
      const std::span<const float> vector = rows.vector(near.row);
      hits.back().vector.assign(vector.begin(), vector.end());
    }
  }
  return hits;
}

std::vector<std::vector<Hit>> CollectionCore::search(const Snapshot& rows, const PreparedQueries& queries,
                                                     std::size_t first, std::size_t count,
                                                     const std::stop_token& stop) const {
  std::vector<std::size_t> limits;
  limits.reserve(count);
  for (std::size_t i = first; i < first + count; ++i) {
    const SearchOptions& options = queries.options[i];
    limits.push_back(options.limit == 0 ? 0 : sum_or_most(options.offset, options.limit));
  }
  const std::vector<RowBlock> blocks = rows.blocks(options_.dimension);
  const ExactSearch search{options_.distance, options_.dimension, blocks, rows, stop, &rows_looked_at_};
  const auto vectors = std::span(queries.vectors).subspan(first * options_.dimension, count * options_.dimension);
  const auto found = search.run(vectors, limits);

  std::vector<std::vector<Hit>> hits;
  hits.reserve(count);
  for (std::size_t i = 0; i < count; ++i) hits.push_back(hits_of(rows, found[i], queries.options[first + i]));
  return hits;
}

}  // namespace vectordb::internal
