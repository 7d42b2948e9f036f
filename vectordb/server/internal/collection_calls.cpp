// The calls about whole collections.
#include "vectordb/server/internal/answers.h"
#include "vectordb/server/internal/calls.h"
#include "vectordb/server/internal/collection_request.h"
#include "vectordb/server/internal/refusal.h"

namespace vectordb::internal {

using ringback::Task;

Task<> list_collections(Call& call, JsonWriter& out) {
  const std::vector<std::string> names = call.database.names();
  write_collections(out, names);
  co_return;
}

Task<> collection_info(Call& call, JsonWriter& out) {
  const CollectionInfo info = collection_of(call).info();
  write_info(out, info);
  co_return;
}

Task<> create_collection(Call& call, JsonWriter& out) {
  const CollectionOptions options = read_create(call.body);
  if (call.database.find(call.collection).has_value()) {
    throw Refusal(409, "Wrong input: Collection `" + call.collection + "` already exists!");
  }
  const Collection made = co_await call.database.create(call.collection, options);
  out.value(true);
}

Task<> drop_collection(Call& call, JsonWriter& out) { out.value(co_await call.database.drop(call.collection)); }

Task<> collection_exists(Call& call, JsonWriter& out) {
  const bool is_there = call.database.find(call.collection).has_value();
  out.begin_object().field("exists", is_there).end_object();
  co_return;
}

}  // namespace vectordb::internal
