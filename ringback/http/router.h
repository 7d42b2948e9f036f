// Which handler answers which request: by method, and by the path's parts.
//
//   Router router;
//   router.get("/users/{id}", find_user);        // Task<http::Response> find_user(http::Request&, std::uint64_t id)
//   router.put("/files/{*path}", store_file);    // the rest of the path, slashes and all
//   HttpServer server(TcpListener(Address::loopback(8080)), router);
//
// Parts in braces are given to the handler, decoded, in their order, as the types it asks for: see
// http::PathParameter. A path that fits no pattern gets 404, one whose method is not there 405 with
// Allow, a part that is not of its type 400 with its name. HEAD is answered by get's handler and loses the
// body; OPTIONS says what is allowed. What is written out goes before {x}, and that before {*x}.
//
// Threads: routes are added before it is used; then it is used from any thread, as far as the handlers are.
// Lifetime: outlives the servers that use it. Handlers may capture: they live as long as it.
// Errors: a bad pattern, one that is there already, or a handler with another number of arguments than the
// pattern has is a mistake of the program, and aborts.
// Cost: one step for each part of the path; one string for each part in braces.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

#include "ringback/http/path_parameter.h"
#include "ringback/http/reply.h"

namespace ringback {

namespace internal {

class RouteTree;

// One that has been added.
class RouteHandler {
 public:
  virtual ~RouteHandler() = default;
  // `names` and `values` of the parts in braces.
  virtual http::Reply call(http::Request& request, std::span<const std::string> names,
                           std::span<const std::string> values) = 0;
};

// 400, with the name of the part.
http::Response bad_parameter(std::string_view name, std::string_view expected);

template <typename F>
struct HandlerTraits : HandlerTraits<decltype(&F::operator())> {};
template <typename R, typename... Args>
struct HandlerTraits<R (*)(http::Request&, Args...)> {
  using Values = std::tuple<std::remove_cvref_t<Args>...>;
};
template <typename R, typename... Args>
struct HandlerTraits<R (*)(http::Request&, Args...) noexcept> : HandlerTraits<R (*)(http::Request&, Args...)> {};
template <typename R, typename C, typename... Args>
struct HandlerTraits<R (C::*)(http::Request&, Args...)> : HandlerTraits<R (*)(http::Request&, Args...)> {};
template <typename R, typename C, typename... Args>
struct HandlerTraits<R (C::*)(http::Request&, Args...) const> : HandlerTraits<R (*)(http::Request&, Args...)> {};

template <typename F>
class RouteHandlerOf final : public RouteHandler {
 public:
  using Values = typename HandlerTraits<F>::Values;
  static constexpr std::size_t kValues = std::tuple_size_v<Values>;

  explicit RouteHandlerOf(F&& handler) : handler_(std::move(handler)) {}

  http::Reply call(http::Request& request, std::span<const std::string> names,
                   std::span<const std::string> values) override {
    return call_with(request, names, values, std::make_index_sequence<kValues>());
  }

 private:
  template <std::size_t... I>
  http::Reply call_with(http::Request& request, std::span<const std::string> names,
                        [[maybe_unused]] std::span<const std::string> texts, std::index_sequence<I...> /*each*/) {
    Values values;
    std::size_t bad = kValues;
    ((bad == kValues && !http::PathParameter<std::tuple_element_t<I, Values>>::parse(texts[I], std::get<I>(values))
          ? bad = I
          : bad),
     ...);
    if (bad != kValues) {
      std::string expected;
      ((I == bad ? void(expected = http::PathParameter<std::tuple_element_t<I, Values>>::expected()) : void()), ...);
      return bad_parameter(names[bad], expected);
    }
    return handler_(request, std::move(std::get<I>(values))...);
  }

  F handler_;
};

}  // namespace internal

class Router {
 public:
  Router();
  Router(Router&&) noexcept;
  Router& operator=(Router&&) noexcept;
  ~Router();

  // `handler` takes an http::Request& and then the parts in braces, and gives an http::Response or a Task of one.
  template <typename F>
  void get(std::string_view pattern, F handler) {
    route(http::Method::get, pattern, std::move(handler));
  }
  template <typename F>
  void post(std::string_view pattern, F handler) {
    route(http::Method::post, pattern, std::move(handler));
  }
  template <typename F>
  void put(std::string_view pattern, F handler) {
    route(http::Method::put, pattern, std::move(handler));
  }
  template <typename F>
  void patch(std::string_view pattern, F handler) {
    route(http::Method::patch, pattern, std::move(handler));
  }
  template <typename F>
  void delete_(std::string_view pattern, F handler) {
    route(http::Method::delete_, pattern, std::move(handler));
  }
  template <typename F>
  void route(http::Method method, std::string_view pattern, F handler) {
    using Made = internal::RouteHandlerOf<std::decay_t<F>>;
    add(method, pattern, Made::kValues, std::make_unique<Made>(std::move(handler)));
  }

  // Instead of 404.
  void fallback(http::Handler handler);

  // As a server calls it.
  http::Reply operator()(http::Request& request) const;

 private:
  void add(http::Method method, std::string_view pattern, std::size_t values,
           std::unique_ptr<internal::RouteHandler> handler);

  std::unique_ptr<internal::RouteTree> tree_;
};

}  // namespace ringback
