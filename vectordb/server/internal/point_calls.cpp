// The calls about points by their ids.
#include "vectordb/server/internal/answers.h"
#include "vectordb/server/internal/calls.h"
#include "vectordb/server/internal/point_request.h"
#include "vectordb/server/internal/refusal.h"

namespace vectordb::internal {

using ringback::Task;

Task<> upsert_points(Call& call, JsonWriter& out) {
  const Collection collection = collection_of(call);
  std::vector<Point> points = read_upsert(call.body);
  call.body = {};
  const Written written = co_await collection.upsert(std::move(points));
  write_written(out, written, call.options.wait);
}

Task<> remove_points(Call& call, JsonWriter& out) {
  const Collection collection = collection_of(call);
  const Written written = co_await collection.remove(read_delete(call.body));
  write_written(out, written, call.options.wait);
}

Task<> get_point(Call& call, JsonWriter& out) {
  const Collection collection = collection_of(call);
  const std::optional<PointId> id = PointId::parse(call.point);
  if (!id.has_value()) refuse_input("Can not recognize \"" + call.point + "\" as point id");
  const std::vector<Point> found = co_await collection.retrieve({*id}, {.payload = true, .vector = true});
  if (found.empty()) refuse_unknown("Point with id " + id->text() + " does not exists!");
  const PayloadSelection all = PayloadSelection::all();
  write_point(out, found.front(), {all, true});
}

Task<> retrieve_points(Call& call, JsonWriter& out) {
  const Collection collection = collection_of(call);
  RetrieveRequest request = read_retrieve(call.body);
  const Select select = {.payload = !request.with_payload.is_none(), .vector = request.with_vector};
  const std::vector<Point> found = co_await collection.retrieve(std::move(request.ids), select);
  write_points(out, found, {request.with_payload, request.with_vector});
}

Task<> scroll_points(Call& call, JsonWriter& out) {
  const Collection collection = collection_of(call);
  const ScrollRequest request = read_scroll(call.body);
  const Select select = {.payload = !request.with_payload.is_none(), .vector = request.with_vector};
  const ScrollOptions options = {.from = request.offset, .limit = request.limit, .select = select};
  const ScrollPage page = co_await collection.scroll(options);
  write_page(out, page, {request.with_payload, request.with_vector});
}

Task<> count_points(Call& call, JsonWriter& out) {
  const Collection collection = collection_of(call);
  read_count_request(call.body);
  const std::size_t count = co_await collection.count();
  out.begin_object().field("count", count).end_object();
}

}  // namespace vectordb::internal
