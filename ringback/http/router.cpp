#include "ringback/http/router.h"

#include "ringback/http/internal/route_tree.h"

namespace ringback {

Router::Router() : tree_(std::make_unique<internal::RouteTree>()) {}
Router::Router(Router&&) noexcept = default;
Router& Router::operator=(Router&&) noexcept = default;
Router::~Router() = default;

void Router::fallback(http::Handler handler) { tree_->set_fallback(std::move(handler)); }

http::Reply Router::operator()(http::Request& request) const { return tree_->answer(request); }

void Router::add(http::Method method, std::string_view pattern, std::size_t values,
                 std::unique_ptr<internal::RouteHandler> handler) {
  tree_->add(method, pattern, values, std::move(handler));
}

}  // namespace ringback
