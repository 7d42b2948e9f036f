#include "vectordb/server/internal/calls.h"

#include "vectordb/server/internal/refusal.h"

namespace vectordb::internal {

std::span<const CallRoute> call_routes() noexcept {
  using enum ringback::http::Method;
  static constexpr CallRoute kRoutes[] = {
      {get, "/collections", list_collections},
      {get, "/collections/{collection}", collection_info},
      {put, "/collections/{collection}", create_collection, true},
      {delete_, "/collections/{collection}", drop_collection},
      {get, "/collections/{collection}/exists", collection_exists},
      {put, "/collections/{collection}/points", upsert_points, true},
      {post, "/collections/{collection}/points", retrieve_points, true},
      {get, "/collections/{collection}/points/{point}", get_point},
      {post, "/collections/{collection}/points/delete", remove_points, true},
      {post, "/collections/{collection}/points/scroll", scroll_points, true},
      {post, "/collections/{collection}/points/count", count_points, true},
      {post, "/collections/{collection}/points/search", search_points, true},
      {post, "/collections/{collection}/points/search/batch", search_batch, true},
      {post, "/collections/{collection}/points/query", query_points, true},
      {post, "/collections/{collection}/points/query/batch", query_batch, true},
  };
  return kRoutes;
}

Collection collection_of(const Call& call) {
  std::optional<Collection> found = call.database.find(call.collection);
  if (!found.has_value()) refuse_unknown("Collection `" + call.collection + "` doesn't exist!");
  return *std::move(found);
}

}  // namespace vectordb::internal
