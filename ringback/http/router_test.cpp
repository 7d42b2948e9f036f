#include "ringback/http/router.h"

#include <gtest/gtest.h>

#include <string>

#include "ringback/async/wait.h"

namespace ringback {
namespace {

using http::Method;
using http::Request;
using http::Response;
using http::Status;

struct Seen {
  Status status;
  std::string text;
  std::string allow;
};

Seen ask(const Router& router, Method method, std::string target) {
  Request request(method, std::move(target));
  http::Reply reply = router(request);
  Response response = reply.response() != nullptr ? std::move(*reply.response()) : wait(std::move(reply.task()));
  return {response.status, response.body.text(), std::string(response.headers.get("Allow").value_or(""))};
}
std::string text_at(const Router& router, std::string target) {
  return ask(router, Method::get, std::move(target)).text;
}

Task<Response> user(Request& request, std::uint64_t id) {
  const std::string name(request.method_name());
  co_return Response::text(name + " user " + std::to_string(id));
}
Response file(Request& /*request*/, const std::string& path) { return Response::text("file " + path); }

Router make_router() {
  Router router;
  router.get("/", [](Request&) { return Response::text("root"); });
  router.get("/users/{id}", user);
  router.delete_("/users/{id}", user);
  router.get("/users/me", [](Request&) { return Response::text("me"); });
  router.get("/users/{id}/posts/{post}",
             [](Request&, int id, std::string post) { return Response::text(std::to_string(id) + ":" + post); });
  router.put("/files/{*path}", file);
  router.get("/files/{*path}", file);
  router.get("/scale/{by}/{up}",
             [](Request&, double by, bool up) { return Response::text(std::to_string(by) + (up ? " up" : " down")); });
  return router;
}

TEST(Router, finds_the_handler_by_path_and_method) {
  const Router router = make_router();
  EXPECT_EQ(text_at(router, "/"), "root");
  EXPECT_EQ(text_at(router, "/?a=b"), "root");
  EXPECT_EQ(text_at(router, "http://host/users/7"), "GET user 7");
  EXPECT_EQ(ask(router, Method::delete_, "/users/18446744073709551615").text, "DELETE user 18446744073709551615");
  EXPECT_EQ(text_at(router, "/users/-3/posts/a%20b%2Fc"), "-3:a b/c");
  EXPECT_EQ(text_at(router, "/scale/1.5/true"), "1.500000 up");
}

TEST(Router, what_is_written_out_goes_before_what_is_in_braces) {
  const Router router = make_router();
  EXPECT_EQ(text_at(router, "/users/me"), "me");
  EXPECT_EQ(text_at(router, "/users/%6de"), "me");
}

TEST(Router, a_star_takes_the_rest_but_nothing_that_climbs_out_of_it) {
  const Router router = make_router();
  EXPECT_EQ(text_at(router, "/files/a/b%20c"), "file a/b c");
  EXPECT_EQ(ask(router, Method::put, "/files/x").text, "file x");
  EXPECT_EQ(ask(router, Method::get, "/files/").status, Status::not_found);
  EXPECT_EQ(ask(router, Method::get, "/files/a/../b").status, Status::bad_request);
  EXPECT_EQ(ask(router, Method::get, "/files/%2e%2E/b").status, Status::bad_request);
  EXPECT_EQ(text_at(router, "/files/a..b"), "file a..b");
}

TEST(Router, what_is_not_there_gets_404_and_405_with_what_is) {
  const Router router = make_router();
  EXPECT_EQ(ask(router, Method::get, "/nothing").status, Status::not_found);
  EXPECT_EQ(ask(router, Method::get, "/users").status, Status::not_found);
  EXPECT_EQ(ask(router, Method::get, "/users/").status, Status::not_found);
  EXPECT_EQ(ask(router, Method::get, "/users/7/posts").status, Status::not_found);
  EXPECT_EQ(ask(router, Method::options, "*").status, Status::not_found);
  const Seen wrong = ask(router, Method::post, "/users/7");
  EXPECT_EQ(wrong.status, Status::method_not_allowed);
  EXPECT_EQ(wrong.allow, "GET, HEAD, DELETE, OPTIONS");
  const Seen options = ask(router, Method::options, "/files/x");
  EXPECT_EQ(options.status, Status::no_content);
  EXPECT_EQ(options.allow, "GET, HEAD, PUT, OPTIONS");
  EXPECT_EQ(ask(router, Method::head, "/users/7").text, "HEAD user 7");
  EXPECT_EQ(ask(router, Method::other, "/users/7").status, Status::method_not_allowed);
}

TEST(Router, a_part_that_is_not_of_its_type_gets_400_with_its_name) {
  const Router router = make_router();
  for (const char* bad : {"/users/x", "/users/-1", "/users/18446744073709551616", "/users/7x", "/users/%207"}) {
    const Seen seen = ask(router, Method::get, bad);
    EXPECT_EQ(seen.status, Status::bad_request) << bad;
    EXPECT_EQ(seen.text, "The part {id} of the path is not an integer from 0 to 18446744073709551615.\n") << bad;
  }
  EXPECT_EQ(text_at(router, "/scale/1/maybe"), "The part {up} of the path is not true or false.\n");
  EXPECT_EQ(ask(router, Method::get, "/users/%zz").status, Status::bad_request);
}

TEST(Router, a_fallback_answers_instead_of_404) {
  Router router = make_router();
  router.fallback([](Request& request) { return Response::text("no " + request.target, Status::not_found); });
  EXPECT_EQ(text_at(router, "/x"), "no /x");
}

TEST(RouterDeathTest, a_route_that_cannot_be_is_a_mistake_of_the_program) {
  Router router = make_router();
  EXPECT_DEATH(router.get("/users/{other}", user), "already");
  EXPECT_DEATH(router.get("users", [](Request&) { return Response(); }), "begins with a slash");
  EXPECT_DEATH(router.get("/a/{b}", [](Request&) { return Response(); }), "another number of arguments");
  EXPECT_DEATH(router.get("/a{b}", [](Request&) { return Response(); }), "whole part");
  EXPECT_DEATH(router.get("/{*a}/b", file), "takes the rest");
}

}  // namespace
}  // namespace ringback
