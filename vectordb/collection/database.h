// Collections by their names, and the Pool on which they compute.
//
//   Database database;
//   Collection books = co_await database.create("books", {.dimension = 384});
//   Collection again = database.collection("books");
//
// Held in memory; it ends with the object.
// Threads: any, for everything, at once.
// Lifetime: outlives every operation of its collections.
// Errors: Error not_found, exists or invalid, with the name.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ringback/exec/pool.h"
#include "vectordb/collection/collection.h"

namespace vectordb {

namespace internal {
struct SearchSlots;
}

struct DatabaseOptions {
  // Where searches and large writes run; it outlives the Database. None: one of its own.
  ringback::Pool* pool = nullptr;
  // Workers of its own Pool; 0: one for each core.
  std::size_t threads = 0;
};

class Database {
 public:
  explicit Database(DatabaseOptions options = {});
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  // Errors: exists; invalid for a name that is empty, longer than 255 bytes or has a '/' or a control
  // character in it, and for a dimension out of its bounds.
  ringback::Task<Collection> create(std::string name, CollectionOptions options);

  // Forgets the collection; operations under way end as if it were there, later ones fail with
  // not_found. Gives whether there was one.
  ringback::Task<bool> drop(std::string name);

  // Errors: not_found.
  Collection collection(std::string_view name) const;
  std::optional<Collection> find(std::string_view name) const;
  // In the order of the alphabet.
  std::vector<std::string> names() const;

  ringback::Pool& pool() const noexcept { return *pool_; }

 private:
  std::unique_ptr<ringback::Pool> own_pool_;
  ringback::Pool* pool_;
  std::unique_ptr<internal::SearchSlots> slots_;
  mutable std::mutex lock_;  // guards collections_
  std::map<std::string, std::shared_ptr<internal::CollectionCore>, std::less<>> collections_;
};

}  // namespace vectordb
