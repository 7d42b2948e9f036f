#include "vectordb/import/fvecs_reader.h"

#include <bit>
#include <cstring>

namespace vectordb {
namespace {

constexpr std::int32_t kDimensionMax = 1'000'000;
constexpr std::size_t kNumberBytes = 4;

std::uint32_t little_endian(const char* bytes) noexcept {
  std::uint32_t value = 0;
  for (int i = 3; i >= 0; --i) value = value << 8 | static_cast<unsigned char>(bytes[i]);
  return value;
}

std::string expected(std::string_view what, std::size_t wanted, std::size_t found) {
  return std::string(what) + ": expected " + std::to_string(wanted) + ", found " + std::to_string(found);
}

}  // namespace

// True: there may be another one.
bool FvecsReader::read_one(std::vector<Record>& into) {
  const std::string_view rest = std::string_view(waiting_).substr(begin_);
  if (is_broken_ || rest.size() < kNumberBytes) return false;
  const auto dimension = std::bit_cast<std::int32_t>(little_endian(rest.data()));
  if (dimension < 1 || dimension > kDimensionMax) {
    is_broken_ = true;
    into.push_back({.number = ++number_,
                    .reason = "dimension: " + std::to_string(dimension) +
                              " cannot be one; is this an .fvecs file? Nothing after it was read"});
    return false;
  }
  const auto count = static_cast<std::size_t>(dimension);
  const std::size_t bytes = kNumberBytes * (count + 1);
  if (rest.size() < bytes) return false;

  Record record{.number = ++number_};
  if (count == options_.dimension) {
    std::vector<float> vector(count);
    for (std::size_t i = 0; i < count; ++i) {
      vector[i] = std::bit_cast<float>(little_endian(rest.data() + kNumberBytes * (i + 1)));
    }
    record.point = NewPoint{.id = PointId(options_.first_id + number_ - 1), .vector = std::move(vector)};
  } else {
    record.reason = expected("dimension", options_.dimension, count);
  }
  into.push_back(std::move(record));
  begin_ += bytes;
  return true;
}

void FvecsReader::feed(std::string_view bytes, std::vector<Record>& into) {
  if (is_broken_) return;
  waiting_ += bytes;
  while (read_one(into)) {
  }
  waiting_.erase(0, begin_);
  begin_ = 0;
}

void FvecsReader::finish(std::vector<Record>& into) {
  if (is_broken_ || waiting_.empty()) return;
  is_broken_ = true;
  into.push_back({.number = ++number_,
                  .reason = "cut off: the file ends after " + std::to_string(waiting_.size()) + " bytes of it"});
  waiting_.clear();
}

}  // namespace vectordb
