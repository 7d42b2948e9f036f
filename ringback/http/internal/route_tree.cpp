#include "ringback/http/internal/route_tree.h"

#include <algorithm>

#include "ringback/http/target.h"

namespace ringback::internal {
namespace {

using http::Method;
using http::Response;
using http::Status;

Response said(Status status, std::string_view text) { return Response::text(std::string(text), status); }

// Takes what comes before the next slash; false where that was the last part.
bool take_part(std::string_view& path, std::string_view& part) noexcept {
  const std::size_t slash = path.find('/');
  part = path.substr(0, slash);
  if (slash == std::string_view::npos) return false;
  path.remove_prefix(slash + 1);
  return true;
}

// Leads out of where the rest of a path belongs.
bool climbs(std::string_view path) noexcept {
  std::string_view part;
  for (bool more = true; more;) {
    more = take_part(path, part);
    if (part == "..") return true;
  }
  return false;
}

bool is_name(std::string_view part) noexcept { return part.size() > 2 && part.front() == '{' && part.back() == '}'; }

}  // namespace

Response bad_parameter(std::string_view name, std::string_view expected) {
  return said(Status::bad_request,
              "The part {" + std::string(name) + "} of the path is not " + std::string(expected) + ".\n");
}

bool RouteTree::Node::has_routes() const noexcept {
  return std::any_of(routes.begin(), routes.end(), [](const auto& route) { return route != nullptr; });
}

std::string RouteTree::Node::allowed() const {
  std::string list;
  const auto add = [&list](Method method) {
    if (!list.empty()) list += ", ";
    list += to_string(method);
  };
  for (std::size_t i = 0; i < kMethods; ++i) {
    if (routes[i] == nullptr) continue;
    const auto method = static_cast<Method>(i);
    if (method != Method::head && method != Method::options) add(method);
    if (method == Method::get) add(Method::head);
  }
  if (routes[static_cast<std::size_t>(Method::get)] == nullptr && routes[static_cast<std::size_t>(Method::head)]) {
    add(Method::head);
  }
  add(Method::options);
  return list;
}

RouteTree::Node& RouteTree::Node::part(std::string_view text) {
  for (auto& [written, node] : parts) {
    if (written == text) return *node;
  }
  return *parts.emplace_back(std::string(text), std::make_unique<Node>()).second;
}

void RouteTree::add(Method method, std::string_view pattern, std::size_t values,
                    std::unique_ptr<RouteHandler> handler) {
  RINGBACK_CHECK(method != Method::other, "a route for Method::other was added: routes are for methods with a name");
  RINGBACK_CHECK(pattern.starts_with('/'), "a route's pattern begins with a slash: " + std::string(pattern));
  Node* node = &root_;
  auto route = std::make_unique<Route>();
  std::string_view path = pattern.substr(1);
  std::string_view part;
  for (bool more = true; more;) {
    more = take_part(path, part);
    const bool is_rest = part.starts_with("{*");
    if (!is_name(part)) {
      RINGBACK_CHECK(part.find_first_of("{}") == part.npos, "braces hold a whole part: " + std::string(pattern));
      node = &node->part(part);
      continue;
    }
    RINGBACK_CHECK(!is_rest || !more, "{*x} takes the rest, so nothing comes behind it: " + std::string(pattern));
    route->names.emplace_back(part.substr(is_rest ? 2 : 1, part.size() - (is_rest ? 3 : 2)));
    std::unique_ptr<Node>& child = is_rest ? node->rest : node->any;
    if (child == nullptr) child = std::make_unique<Node>();
    node = child.get();
  }
  RINGBACK_CHECK(
      route->names.size() == values,
      "the handler takes another number of arguments than there are parts in braces: " + std::string(pattern));
  auto& place = node->routes[static_cast<std::size_t>(method)];
  RINGBACK_CHECK(place == nullptr, "there is a route for this already: " + std::string(pattern));
  route->handler = std::move(handler);
  place = std::move(route);
}

http::Reply RouteTree::answer(http::Request& request) {
  const std::string_view path = request.path();
  Values values;
  Node* found = nullptr;
  if (!path.starts_with('/')) return not_found(request);
  switch (find(root_, path.substr(1), values, found)) {
    case Found::none: return not_found(request);
    case Found::bad_encoding: return said(Status::bad_request, "The path is not well encoded.\n");
    case Found::one: break;
  }
  return answer_at(*found, request, values);
}

http::Reply RouteTree::answer_at(Node& node, http::Request& request, const Values& values) {
  Route* route = nullptr;
  if (request.method != Method::other) route = node.routes[static_cast<std::size_t>(request.method)].get();
  if (route == nullptr && request.method == Method::head) {
    route = node.routes[static_cast<std::size_t>(Method::get)].get();
  }
  if (route != nullptr) return route->handler->call(request, route->names, values);
  if (request.method == Method::options) return Response(Status::no_content).with("Allow", node.allowed());
  return said(Status::method_not_allowed, "This path has no such method.\n").with("Allow", node.allowed());
}

http::Reply RouteTree::not_found(http::Request& request) {
  if (fallback_) return fallback_(request);
  return said(Status::not_found, "There is nothing here.\n");
}

RouteTree::Found RouteTree::find(Node& at, std::string_view path, Values& values, Node*& found) {
  std::string_view rest = path;
  std::string_view part;
  const bool is_last = !take_part(rest, part);
  const auto plain = part.find('%') == part.npos ? std::nullopt : http::percent_decoded(part);
  for (auto& [written, node] : at.parts) {
    if (written != (plain ? std::string_view(*plain) : part)) continue;
    if (is_last && node->has_routes()) {
      found = node.get();
      return Found::one;
    }
    const Found below = is_last ? Found::none : find(*node, rest, values, found);
    if (below != Found::none) return below;
  }
  if (at.any != nullptr && !part.empty()) {
    const Found below = find_any(*at.any, part, rest, is_last, values, found);
    if (below != Found::none) return below;
  }
  if (at.rest == nullptr || path.empty()) return Found::none;
  auto decoded = http::percent_decoded(path);
  if (!decoded || climbs(*decoded)) return Found::bad_encoding;
  values.push_back(*std::move(decoded));
  found = at.rest.get();
  return Found::one;
}

RouteTree::Found RouteTree::find_any(Node& at, std::string_view part, std::string_view rest, bool is_last,
                                     Values& values, Node*& found) {
  if (is_last && !at.has_routes()) return Found::none;
  auto decoded = http::percent_decoded(part);
  if (!decoded) return Found::bad_encoding;
  values.push_back(*std::move(decoded));
  found = &at;
  const Found below = is_last ? Found::one : find(at, rest, values, found);
  if (below != Found::one) values.pop_back();
  return below;
}

}  // namespace ringback::internal
