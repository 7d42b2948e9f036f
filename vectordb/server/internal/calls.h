// What the calls of the API do: each reads its body, asks the database, and writes its result.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "ringback/async/task.h"
#include "ringback/http/method.h"
#include "vectordb/collection/database.h"
#include "vectordb/json/json_writer.h"
#include "vectordb/server/internal/call_options.h"

namespace vectordb::internal {

struct Call {
  Database& database;
  std::string collection;  // of the path, decoded; empty where it names none
  std::string point;       // the same
  CallOptions options = {};
  std::string body = {};
};

// Writes one value, the `result`. Errors: a Refusal, or what the database says. `call` and `out` outlive it.
using CallHandler = ringback::Task<> (*)(Call& call, JsonWriter& out);

struct CallRoute {
  ringback::http::Method method;
  std::string_view path;  // with {collection} and {point}
  CallHandler handler;
  bool has_body = false;  // then it runs on the Pool: bodies and answers may be large
};

std::span<const CallRoute> call_routes() noexcept;

// Errors: Refusal (404).
Collection collection_of(const Call& call);

ringback::Task<> list_collections(Call& call, JsonWriter& out);
ringback::Task<> collection_info(Call& call, JsonWriter& out);
ringback::Task<> create_collection(Call& call, JsonWriter& out);
ringback::Task<> drop_collection(Call& call, JsonWriter& out);
ringback::Task<> collection_exists(Call& call, JsonWriter& out);

ringback::Task<> upsert_points(Call& call, JsonWriter& out);
ringback::Task<> get_point(Call& call, JsonWriter& out);
ringback::Task<> retrieve_points(Call& call, JsonWriter& out);
ringback::Task<> remove_points(Call& call, JsonWriter& out);
ringback::Task<> scroll_points(Call& call, JsonWriter& out);
ringback::Task<> count_points(Call& call, JsonWriter& out);

ringback::Task<> search_points(Call& call, JsonWriter& out);
ringback::Task<> search_batch(Call& call, JsonWriter& out);
ringback::Task<> query_points(Call& call, JsonWriter& out);
ringback::Task<> query_batch(Call& call, JsonWriter& out);

}  // namespace vectordb::internal
