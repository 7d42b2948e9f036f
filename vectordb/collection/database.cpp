#include "vectordb/collection/database.h"

#include <algorithm>
#include <thread>

#include "vectordb/collection/internal/collection_core.h"

namespace vectordb {
namespace {

using ringback::Error;
using ringback::ErrorKind;

constexpr std::size_t kNameBytesMax = 255;
constexpr std::size_t kDimensionMax = 65536;

void check_name(std::string_view name) {
  const bool is_odd = std::ranges::any_of(name, [](char c) { return c == '/' || (c >= 0 && c < ' ') || c == 127; });
  if (!name.empty() && name.size() <= kNameBytesMax && !is_odd) return;
  throw Error(ErrorKind::invalid, "vectordb",
              "collection name: expected 1 to 255 bytes without '/' and control characters, found " +
                  (is_odd ? "one of them" : std::to_string(name.size()) + " bytes"));
}

void check_options(const CollectionOptions& options) {
  if (options.dimension >= 1 && options.dimension <= kDimensionMax) return;
  throw Error(ErrorKind::invalid, "vectordb",
              "dimension: expected 1 to 65536, found " + std::to_string(options.dimension));
}

std::unique_ptr<ringback::Pool> make_pool(const DatabaseOptions& options) {
  if (options.pool != nullptr) return nullptr;
  ringback::PoolOptions pool;
  if (options.threads != 0) pool.threads = options.threads;
  pool.name = "vectordb";
  return std::make_unique<ringback::Pool>(std::move(pool));
}

}  // namespace

Database::Database(DatabaseOptions options)
    : own_pool_(make_pool(options)),
      pool_(own_pool_ ? own_pool_.get() : options.pool),
      slots_(std::make_unique<internal::SearchSlots>(*pool_)) {}

Database::~Database() = default;

ringback::Task<Collection> Database::create(std::string name, CollectionOptions options) {
  check_name(name);
  check_options(options);
  auto core = std::make_shared<internal::CollectionCore>(name, std::move(options), *slots_);
  {
    std::lock_guard guard(lock_);
    if (!collections_.try_emplace(name, core).second) {
      throw Error(ErrorKind::exists, "vectordb", "collection '" + name + "' is there already");
    }
  }
  co_return Collection(std::move(core));
}

ringback::Task<bool> Database::drop(std::string name) {
  std::shared_ptr<internal::CollectionCore> dropped;
  {
    std::lock_guard guard(lock_);
    const auto at = collections_.find(name);
    if (at == collections_.end()) co_return false;
    dropped = std::move(at->second);
    collections_.erase(at);
  }
  dropped->drop();
  co_return true;
}

Collection Database::collection(std::string_view name) const {
  if (auto found = find(name)) return *std::move(found);
  throw Error(ErrorKind::not_found, "vectordb", "there is no collection '" + std::string(name) + "'");
}

std::optional<Collection> Database::find(std::string_view name) const {
  std::lock_guard guard(lock_);
  const auto at = collections_.find(name);
  return at == collections_.end() ? std::nullopt : std::optional(Collection(at->second));
}

std::vector<std::string> Database::names() const {
  std::lock_guard guard(lock_);
  std::vector<std::string> names;
  for (const auto& [name, core] : collections_) names.push_back(name);
  return names;
}

}  // namespace vectordb
