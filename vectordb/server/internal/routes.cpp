#include "vectordb/server/internal/routes.h"

#include <algorithm>

namespace vectordb::internal {

namespace http = ringback::http;
using ringback::Router;

namespace {

// As many parts in braces as the handler is given.
void add(Router& router, Responder& to, const CallRoute& call) {
  Responder* responder = &to;
  const CallRoute* route = &call;
  switch (std::count(call.path.begin(), call.path.end(), '{')) {
    case 0:
      router.route(call.method, call.path,
                   [=](http::Request& request) { return responder->respond(*route, request, {}, {}); });
      return;
    case 1:
      router.route(call.method, call.path, [=](http::Request& request, std::string collection) {
        return responder->respond(*route, request, std::move(collection), {});
      });
      return;
    default:
      router.route(call.method, call.path, [=](http::Request& request, std::string collection, std::string point) {
        return responder->respond(*route, request, std::move(collection), std::move(point));
      });
  }
}

}  // namespace

Routes::Routes(Responder& responder) : responder_(responder) {
  for (const CallRoute& call : call_routes()) add(router_, responder, call);
  router_.get("/", [](http::Request&) { return http::Response::json(identity()); });
  for (const char* name : {"healthz", "livez", "readyz"}) {
    router_.get("/" + std::string(name),
                [name](http::Request&) { return http::Response::text(std::string(name) + " check passed"); });
  }
}

// What the router itself refuses (404, 405, a badly encoded path) is said in JSON, as all the rest.
http::Reply Routes::operator()(http::Request& request) const {
  http::Reply reply = router_(request);
  http::Response* response = reply.response();
  if (response != nullptr && response->status.is_client_error()) responder_.refuse(request, *response);
  return reply;
}

}  // namespace vectordb::internal
