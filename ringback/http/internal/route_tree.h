// The patterns of a Router, cut at their slashes: one node for each part, one way for each request.
#pragma once

#include <array>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "ringback/http/router.h"

namespace ringback::internal {

class RouteTree {
 public:
  void add(http::Method method, std::string_view pattern, std::size_t values, std::unique_ptr<RouteHandler> handler);
  void set_fallback(http::Handler handler) noexcept { fallback_ = std::move(handler); }
  http::Reply answer(http::Request& request);

 private:
  struct Route {
    std::vector<std::string> names;
    std::unique_ptr<RouteHandler> handler;
  };
  static constexpr std::size_t kMethods = static_cast<std::size_t>(http::Method::other);

  struct Node {
    std::vector<std::pair<std::string, std::unique_ptr<Node>>> parts;  // written out
    std::unique_ptr<Node> any;                                         // {x}
    std::unique_ptr<Node> rest;                                        // {*x}
    std::array<std::unique_ptr<Route>, kMethods> routes;

    bool has_routes() const noexcept;
    std::string allowed() const;
    Node& part(std::string_view text);
  };
  using Values = std::vector<std::string>;

  enum class Found : std::uint8_t { none, one, bad_encoding };
  // The node for `path`, which is what comes behind a slash.
  static Found find(Node& at, std::string_view path, Values& values, Node*& found);
  static Found find_any(Node& at, std::string_view part, std::string_view rest, bool is_last, Values& values,
                        Node*& found);
  http::Reply answer_at(Node& node, http::Request& request, const Values& values);
  http::Reply not_found(http::Request& request);

  Node root_;
  http::Handler fallback_;
};

}  // namespace ringback::internal
