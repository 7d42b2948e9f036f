#include "vectordb/server/internal/payload_selection.h"

#include <algorithm>

#include "vectordb/server/internal/refusal.h"
#include "vectordb/server/internal/request_fields.h"

namespace vectordb::internal {

namespace {

constexpr std::string_view kEach = "[]";

}  // namespace

PayloadSelection PayloadSelection::read(JsonReader& in, const PayloadSelection& otherwise) {
  switch (in.kind()) {
    case JsonKind::null: in.take_null(); return otherwise;
    case JsonKind::boolean: return in.boolean() ? all() : none();
    case JsonKind::array: {
      PayloadSelection selection(Kind::include);
      selection.read_paths(in);
      return selection;
    }
    case JsonKind::object: break;
    default: in.refuse("expected a boolean, an array of keys, or an object with `include` or `exclude`");
  }
  PayloadSelection selection = none();
  in.object([&](std::string_view key) {
    if (key != "include" && key != "exclude") in.refuse("unknown field, expected `include` or `exclude`");
    if (!selection.is_none()) in.refuse("`include` and `exclude` exclude each other");
    selection.kind_ = key == "include" ? Kind::include : Kind::exclude;
    selection.read_paths(in);
  });
  if (selection.is_none()) refuse_missing(in, "include");
  return selection;
}

void PayloadSelection::read_paths(JsonReader& in) {
  in.array([&](std::size_t) { paths_.push_back(path_of(in)); });
}

PayloadSelection::Path PayloadSelection::path_of(JsonReader& in) {
  std::string_view text = in.text();
  Path path;
  while (true) {
    const std::size_t dot = std::min(text.find('.'), text.size());
    std::string_view step = text.substr(0, dot);
    std::size_t each = 0;
    for (; step.ends_with(kEach); ++each) step.remove_suffix(kEach.size());
    if (step.empty() || step.find_first_of("[]\"") != std::string_view::npos) {
      in.refuse("expected a path of keys, as `a`, `a.b` or `a[].b`");
    }
    path.emplace_back(step);
    path.insert(path.end(), each, std::string(kEach));
    if (dot == text.size()) return path;
    text.remove_prefix(dot + 1);
  }
}

// `whole`: it belongs to the answer with all that is in it; `some`: what is in it must be looked at.
PayloadSelection::Part PayloadSelection::part_at(const Path& at) const {
  const auto leads_to = [&](const Path& path) {
    return at.size() < path.size() && std::equal(at.begin(), at.end(), path.begin());
  };
  const bool is_named = std::find(paths_.begin(), paths_.end(), at) != paths_.end();
  const bool is_on_the_way = std::any_of(paths_.begin(), paths_.end(), leads_to);
  if (kind_ == Kind::include) return is_named ? Part::whole : (is_on_the_way ? Part::some : Part::nothing);
  return is_named ? Part::nothing : (is_on_the_way ? Part::some : Part::whole);
}

void PayloadSelection::write(const Payload& payload, JsonWriter& out) const {
  if (kind_ == Kind::all || payload.is_empty()) {
    out.raw(payload.json());
    return;
  }
  JsonReader in(payload.json());
  Path at;
  write_object(in, at, out);
}

void PayloadSelection::write_object(JsonReader& in, Path& at, JsonWriter& out) const {
  out.begin_object();
  in.object([&](std::string_view key) {
    at.emplace_back(key);
    const Part part = part_at(at);
    const bool has_parts = in.is(JsonKind::object) || in.is(JsonKind::array);
    // Of a scalar where the path goes on there is nothing to include, and nothing to exclude.
    if (part == Part::whole || (part == Part::some && (has_parts || kind_ == Kind::exclude))) {
      out.key(key);
      write_member(in, at, out);
    }
    at.pop_back();
  });
  out.end_object();
}

void PayloadSelection::write_array(JsonReader& in, Path& at, JsonWriter& out) const {
  out.begin_array();
  at.emplace_back(kEach);
  in.array([&](std::size_t) {
    if (part_at(at) != Part::nothing) write_member(in, at, out);
  });
  at.pop_back();
  out.end_array();
}

void PayloadSelection::write_member(JsonReader& in, Path& at, JsonWriter& out) const {
  if (part_at(at) == Part::some && in.is(JsonKind::object)) return write_object(in, at, out);
  if (part_at(at) == Part::some && in.is(JsonKind::array)) return write_array(in, at, out);
  in.compact(out);
}

}  // namespace vectordb::internal
