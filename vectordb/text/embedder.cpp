#include "vectordb/text/embedder.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "ringback/base/check.h"
#include "ringback/base/error.h"
#include "vectordb/text/words.h"

namespace vectordb {
namespace {

constexpr std::size_t kBucketsEach = 1U << 16;  // for words, and as many for parts of words
constexpr std::size_t kBuckets = 2 * kBucketsEach;
constexpr float kPartWeight = 0.35F;
constexpr std::size_t kShortestPart = 3;
constexpr std::size_t kLongestPart = 5;
constexpr int kCoordinatesEach = 4;
constexpr float kStepsOfRarity = 16;  // in one, where it is written as text

// What is looked for in a text: a word, or a part of one.
struct Feature {
  std::uint64_t hash;
  bool is_part;

  std::size_t bucket() const { return (hash >> 48) + (is_part ? kBucketsEach : 0); }
};

// FNV-1a over the code points, and a last mixing (that of SplitMix64), since its upper bits are weak.
std::uint64_t hash_of(std::u32string_view text, std::uint64_t kind) {
  std::uint64_t hash = 0xcbf29ce484222325 ^ kind;
  for (const char32_t c : text) hash = (hash ^ c) * 0x100000001b3;
  hash = (hash ^ hash >> 30) * 0xbf58476d1ce4e5b9;
  hash = (hash ^ hash >> 27) * 0x94d049bb133111eb;
  return hash ^ hash >> 31;
}

void add_parts(std::u32string_view word, std::vector<Feature>& features) {
  const std::u32string whole = U"<" + std::u32string(word) + U">";
  for (std::size_t length = kShortestPart; length <= kLongestPart; ++length) {
    for (std::size_t begin = 0; begin + length <= whole.size(); ++begin) {
      features.push_back({hash_of(std::u32string_view(whole).substr(begin, length), 1), true});
    }
  }
}

// Sorted, so that equal ones are neighbours.
std::vector<Feature> features_of(std::string_view text) {
  std::vector<Feature> features;
  for_each_word(text, [&](std::u32string_view word, WordKind kind) {
    features.push_back({hash_of(word, 0), false});
    if (kind == WordKind::spaced) add_parts(word, features);
  });
  std::sort(features.begin(), features.end(), [](const Feature& a, const Feature& b) { return a.hash < b.hash; });
  return features;
}

// The inverse document frequency of Okapi BM25: never below zero, and one for all where nothing was counted.
float rarity_of(std::uint64_t texts, std::uint32_t texts_with) {
  const double with = static_cast<double>(texts_with) + 0.5;
  return static_cast<float>(std::log1p((static_cast<double>(texts) + 1 - with) / with));
}

void add_to(std::vector<float>& vector, std::uint64_t hash, float weight) {
  for (int i = 0; i < kCoordinatesEach; ++i, hash >>= 10) {
    const std::size_t coordinate = hash % TextEmbedder::kDimension;
    vector[coordinate] += (hash >> 9 & 1) != 0 ? weight : -weight;
  }
}

void normalise(std::vector<float>& vector) {
  double squares = 0;
  for (const float x : vector) squares += static_cast<double>(x) * x;
  if (squares == 0) return;
  const double length = std::sqrt(squares);
  for (float& x : vector) x = static_cast<float>(x / length);
}

// Printable, and nothing that JSON would escape (RFC 4648, section 5).
constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

std::string to_digits(const std::vector<std::uint8_t>& bytes) {
  std::string text;
  text.reserve(bytes.size() * 4 / 3 + 4);
  std::uint32_t bits = 0;
  int count = 0;
  for (const std::uint8_t byte : bytes) {
    bits = bits << 8 | byte;
    for (count += 8; count >= 6; count -= 6) text += kDigits[bits >> (count - 6) & 63];
  }
  if (count > 0) text += kDigits[bits << (6 - count) & 63];
  return text;
}

std::optional<std::vector<std::uint8_t>> from_digits(std::string_view text) {
  std::vector<std::uint8_t> bytes;
  bytes.reserve(text.size() * 3 / 4);
  std::uint32_t bits = 0;
  int count = 0;
  for (const char digit : text) {
    const std::size_t value = kDigits.find(digit);
    if (value == std::string_view::npos) return {};
    bits = bits << 6 | static_cast<std::uint32_t>(value);
    count += 6;
    if (count < 8) continue;
    count -= 8;
    bytes.push_back(static_cast<std::uint8_t>(bits >> count));
  }
  return bytes;
}

}  // namespace

TextEmbedder::TextEmbedder() : texts_with_(kBuckets) {}
TextEmbedder::TextEmbedder(std::vector<float> rarity) : rarity_(std::move(rarity)) {}

void TextEmbedder::count(std::string_view text) {
  RINGBACK_CHECK(rarity_.empty(), "a TextEmbedder that was read from text counts no more texts");
  std::vector<std::size_t> buckets;
  for (const Feature& feature : features_of(text)) buckets.push_back(feature.bucket());
  std::sort(buckets.begin(), buckets.end());
  buckets.erase(std::unique(buckets.begin(), buckets.end()), buckets.end());
  for (const std::size_t bucket : buckets) ++texts_with_[bucket];
  ++texts_;
}

std::vector<float> TextEmbedder::embed(std::string_view text) const {
  std::vector<float> vector(kDimension);
  const std::vector<Feature> features = features_of(text);
  for (std::size_t i = 0; i < features.size();) {
    const Feature& feature = features[i];
    const std::size_t first = i;
    while (i < features.size() && features[i].hash == feature.hash) ++i;
    const float often = 1 + std::log(static_cast<float>(i - first));
    const std::size_t bucket = feature.bucket();
    const float rarity = rarity_.empty() ? rarity_of(texts_, texts_with_[bucket]) : rarity_[bucket];
    add_to(vector, feature.hash, often * rarity * (feature.is_part ? kPartWeight : 1));
  }
  normalise(vector);
  return vector;
}

std::string TextEmbedder::to_text() const {
  std::vector<std::uint8_t> steps(kBuckets);
  for (std::size_t bucket = 0; bucket < kBuckets; ++bucket) {
    const float rarity = rarity_.empty() ? rarity_of(texts_, texts_with_[bucket]) : rarity_[bucket];
    steps[bucket] = static_cast<std::uint8_t>(std::clamp(std::round(rarity * kStepsOfRarity), 0.0F, 255.0F));
  }
  return to_digits(steps);
}

TextEmbedder TextEmbedder::from_text(std::string_view text) {
  const auto steps = from_digits(text);
  if (!steps.has_value() || steps->size() != kBuckets) {
    throw ringback::Error(ringback::ErrorKind::invalid, "read a text embedder",
                          "these are not the " + std::to_string(kBuckets) + " rarities that to_text() writes");
  }
  std::vector<float> rarity(kBuckets);
  std::transform(steps->begin(), steps->end(), rarity.begin(),
                 [](std::uint8_t step) { return static_cast<float>(step) / kStepsOfRarity; });
  return TextEmbedder(std::move(rarity));
}

}  // namespace vectordb
