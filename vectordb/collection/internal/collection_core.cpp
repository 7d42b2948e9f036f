#include "vectordb/collection/internal/collection_core.h"

#include <algorithm>
#include <cmath>
#include <mutex>

namespace vectordb::internal {
namespace {

using ringback::Error;
using ringback::ErrorKind;

// Distances as scores of which the larger one is nearer.
float nearness(Distance distance, const std::vector<float>& a, const std::vector<float>& b) {
  float sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    switch (distance) {
      case Distance::cosine:
      case Distance::dot: sum += a[i] * b[i]; break;
      case Distance::euclid: sum -= (a[i] - b[i]) * (a[i] - b[i]); break;
      case Distance::manhattan: sum -= std::abs(a[i] - b[i]); break;
    }
  }
  return sum;
}

float score_of(Distance distance, float nearness) {
  if (distance == Distance::euclid) return std::sqrt(-nearness);
  return more_is_nearer(distance) ? nearness : -nearness;
}

bool is_near_enough(Distance distance, float score, std::optional<float> threshold) {
  if (!threshold) return true;
  return more_is_nearer(distance) ? score >= *threshold : score <= *threshold;
}

}  // namespace

CollectionCore::CollectionCore(std::string name, CollectionOptions options, ringback::Pool& pool)
    : name_(std::move(name)), options_(options), pool_(pool) {}

CollectionInfo CollectionCore::info() const {
  std::shared_lock guard(lock_);
  return {name_,          options_,
          points_.size(), points_.size() * options_.dimension * sizeof(float),
          operation_,     rows_looked_at_.load(std::memory_order_relaxed)};
}

void CollectionCore::check_exists() const {
  if (!is_dropped_.load(std::memory_order_relaxed)) return;
  throw Error(ErrorKind::not_found, "vectordb", "collection '" + name_ + "' does not exist any more: it was dropped");
}

void CollectionCore::check_vector(const std::vector<float>& vector, const std::string& field) const {
  if (vector.size() != options_.dimension) {
    throw Error(ErrorKind::invalid, "vectordb",
                field + ": expected " + std::to_string(options_.dimension) + " numbers, found " +
                    std::to_string(vector.size()));
  }
  const auto odd = std::ranges::find_if(vector, [](float x) { return !std::isfinite(x); });
  if (odd == vector.end()) return;
  throw Error(
      ErrorKind::invalid, "vectordb",
      field + "[" + std::to_string(odd - vector.begin()) + "]: " + std::to_string(*odd) + " is not a finite number");
}

void CollectionCore::prepare(std::vector<float>& vector) const {
  if (options_.distance != Distance::cosine) return;
  double squares = 0;
  for (const float x : vector) squares += static_cast<double>(x) * static_cast<double>(x);
  if (squares == 0) return;
  const double length = std::sqrt(squares);
  for (float& x : vector) x = static_cast<float>(static_cast<double>(x) / length);
}

void CollectionCore::store(Point&& point) {
  prepare(point.vector);
  if (point.id.is_number()) next_number_ = std::max(next_number_, point.id.number() + 1);
  points_.insert_or_assign(point.id, Stored{std::move(point.vector), std::move(point.payload), operation_});
}

Written CollectionCore::upsert(std::vector<Point>&& points) {
  for (std::size_t i = 0; i < points.size(); ++i) {
    check_vector(points[i].vector, "points[" + std::to_string(i) + "].vector");
  }
  std::lock_guard guard(lock_);
  ++operation_;
  for (Point& point : points) store(std::move(point));
  return {operation_, points.size()};
}

std::vector<ringback::Outcome<PointId>> CollectionCore::insert(std::vector<NewPoint>&& points) {
  std::vector<ringback::Outcome<PointId>> outcomes;
  outcomes.reserve(points.size());
  std::lock_guard guard(lock_);
  ++operation_;
  for (std::size_t i = 0; i < points.size(); ++i) {
    try {
      check_vector(points[i].vector, "points[" + std::to_string(i) + "].vector");
      const PointId id = points[i].id ? *points[i].id : PointId(next_number_);
      if (points_.contains(id)) {
        throw Error(ErrorKind::exists, "vectordb",
                    "points[" + std::to_string(i) + "].id: " + id.text() + " is there already");
      }
      store({id, std::move(points[i].vector), std::move(points[i].payload)});
      outcomes.emplace_back(id);
    } catch (...) {
      outcomes.emplace_back(ringback::Failure::from_current());
    }
  }
  return outcomes;
}

Written CollectionCore::remove(const std::vector<PointId>& ids) {
  std::lock_guard guard(lock_);
  Written written{++operation_, 0};
  for (const PointId& id : ids) written.points += points_.erase(id);
  return written;
}

Point CollectionCore::selected(const PointId& id, const Stored& stored, Select select) {
  Point point{.id = id, .vector = {}};
  if (select.vector) point.vector = stored.vector;
  if (select.payload) point.payload = stored.payload;
  return point;
}

std::vector<Point> CollectionCore::retrieve(const std::vector<PointId>& ids, Select select) const {
  std::vector<Point> found;
  std::shared_lock guard(lock_);
  for (const PointId& id : ids) {
    const auto at = points_.find(id);
    if (at != points_.end()) found.push_back(selected(id, at->second, select));
  }
  return found;
}

std::size_t CollectionCore::count() const {
  std::shared_lock guard(lock_);
  return points_.size();
}

ScrollPage CollectionCore::scroll(const ScrollOptions& options) const {
  ScrollPage page;
  std::shared_lock guard(lock_);
  auto at = options.from ? points_.lower_bound(*options.from) : points_.begin();
  for (; at != points_.end() && page.points.size() < options.limit; ++at) {
    page.points.push_back(selected(at->first, at->second, options.select));
  }
  if (at != points_.end()) page.next = at->first;
  return page;
}

std::vector<std::vector<Hit>> CollectionCore::search(std::vector<Query>&& queries, const std::stop_token& stop) const {
  std::vector<std::vector<Hit>> answers(queries.size());
  std::shared_lock guard(lock_);
  for (std::size_t q = 0; q < queries.size(); ++q) {
    prepare(queries[q].vector);
    const SearchOptions& options = queries[q].options;
    std::vector<Hit> hits;
    for (const auto& [id, stored] : points_) {
      if (stop.stop_requested()) throw ringback::Cancelled{};
      rows_looked_at_.fetch_add(1, std::memory_order_relaxed);
      const float score = score_of(options_.distance, nearness(options_.distance, queries[q].vector, stored.vector));
      if (!is_near_enough(options_.distance, score, options.score_threshold)) continue;
      hits.push_back({.id = id, .score = score, .version = stored.version});
      if (options.with_payload) hits.back().payload = stored.payload;
      if (options.with_vector) hits.back().vector = stored.vector;
    }
    const bool more = more_is_nearer(options_.distance);
    std::ranges::sort(hits, [more](const Hit& a, const Hit& b) {
      if (a.score == b.score) return a.id < b.id;
      return more ? a.score > b.score : a.score < b.score;
    });
    const std::size_t begin = std::min(options.offset, hits.size());
    const std::size_t end = begin + std::min(options.limit, hits.size() - begin);
    answers[q].assign(std::make_move_iterator(hits.begin() + static_cast<std::ptrdiff_t>(begin)),
                      std::make_move_iterator(hits.begin() + static_cast<std::ptrdiff_t>(end)));
  }
  return answers;
}

}  // namespace vectordb::internal
