// Our server with clients that are not ours: curl, wrk, and nginx as a proxy in front of it.
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "ringback/async/future.h"
#include "ringback/http/http_server.h"
#include "ringback/http/router.h"
#include "ringback/io/places_test.h"

namespace ringback {
namespace {

using http::Request;
using http::Response;
using http::Status;
using testing_places::LoopThread;

// What a command prints; it has to end well.
std::string output_of(const std::string& command) {
  std::string text;
  char part[4096];
  FILE* pipe = ::popen((command + " 2>&1").c_str(), "r");
  if (pipe == nullptr) return "no pipe";
  for (std::size_t got = 0; (got = std::fread(part, 1, sizeof part, pipe)) > 0;) text.append(part, got);
  const int status = ::pclose(pipe);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << command << "\n" << text;
  return text;
}

Response rows(Request& /*request*/, int count) {
  return Response(Status::ok, http::Body::made_by([count](http::BodyWriter& out) -> Task<> {
                    std::string row;
                    for (int i = 0; i < count; ++i) {
                      row = std::to_string(i) + "\n";
                      co_await out.write(row);
                    }
                  }));
}

class ServerWithTools : public ::testing::Test {
 protected:
  ServerWithTools() {
    folder_ = ::testing::TempDir() + "ringback_http_" + std::to_string(::getpid());
    std::filesystem::create_directories(folder_);
    router_.get("/hello", [](Request&) { return Response::text("hello\n"); });
    router_.get("/rows/{count}", rows);
    router_.post("/mirror", [](Request& request) { return Response(Status::ok, std::move(request.body)); });
    router_.put("/mirror", [](Request& request) { return Response(Status::ok, std::move(request.body)); });
    served_.emplace(spawn(thread_.loop(), server_.serve()));
  }
  ~ServerWithTools() override {
    server_.stop();
    served_->get();
    std::error_code gone;  // nginx removes files of its own there, meanwhile
    std::filesystem::remove_all(folder_, gone);
  }

  std::string url(const std::string& path) const { return "http://" + server_.local().to_string() + path; }
  std::string file(const std::string& name) const { return folder_ + "/" + name; }
  // A file of so many bytes that are not all alike.
  std::string make_file(std::size_t bytes) const {
    std::ofstream out(file("body"), std::ios::binary);
    for (std::size_t i = 0; i < bytes; ++i) out.put(static_cast<char>(i * 31 + i / 251));
    return file("body");
  }

  Router router_;
  LoopThread thread_;
  HttpServer server_{TcpListener(Address::loopback(0)), router_};
  std::optional<Future<void>> served_;
  std::string folder_;
};

TEST_F(ServerWithTools, curl_keeps_its_connection_over_many_kinds_of_answers) {
  const std::string said = output_of("curl -sS -o /dev/null -w '%{http_code} %{num_connects} %{size_download}\\n' " +
                                     url("/hello") + " -o /dev/null " + url("/rows/1000") + " -o /dev/null " +
                                     url("/nothing") + " -o /dev/null " + url("/hello"));
  EXPECT_EQ(said, "200 1 6\n200 0 3890\n404 0 23\n200 0 6\n");
}

TEST_F(ServerWithTools, curl_sees_the_headers_of_head_and_of_http_1_0) {
  const std::string head = output_of("curl -sS -I " + url("/hello"));
  EXPECT_TRUE(head.starts_with("HTTP/1.1 200 OK\r\n")) << head;
  EXPECT_NE(head.find("Content-Length: 6\r\n"), std::string::npos);
  EXPECT_NE(head.find("Date: "), std::string::npos);
  const std::string old = output_of("curl -sS -i --http1.0 " + url("/rows/2"));
  EXPECT_NE(old.find("Connection: close\r\n"), std::string::npos) << old;
  EXPECT_TRUE(old.ends_with("\r\n\r\n0\n1\n")) << old;
}

TEST_F(ServerWithTools, slow_curl_gets_back_what_it_sends_in_both_framings) {
  const std::string body = make_file(3'000'000);
  for (const char* how : {"--data-binary @", "-H 'Expect: 100-continue' --data-binary @",
                          "-H 'Transfer-Encoding: chunked' --data-binary @", "-H 'Expect:' -T "}) {
    output_of("curl -sS -o " + file("back") + " " + how + body + " " + url("/mirror"));
    output_of("cmp " + body + " " + file("back"));
  }
}

TEST_F(ServerWithTools, slow_wrk_is_answered_without_one_error) {
  const std::string said = output_of("wrk -t1 -c16 -d1s " + url("/hello"));
  EXPECT_NE(said.find("requests in"), std::string::npos) << said;
  EXPECT_EQ(said.find("Socket errors"), std::string::npos) << said;
  EXPECT_EQ(said.find("Non-2xx"), std::string::npos) << said;
  EXPECT_GT(server_.stats().requests, 100U);
  EXPECT_EQ(server_.stats().refused, 0U);
}

TEST_F(ServerWithTools, slow_nginx_in_front_of_it_passes_everything_on) {
  std::ofstream(file("nginx.conf")) << "user root;\nworker_processes 1;\npid " << file("pid") << ";\nerror_log "
                                    << file("log") << ";\nevents {}\nhttp {\n  access_log off;\n"
                                    << "  client_body_temp_path " << file("a") << ";\n  proxy_temp_path " << file("b")
                                    << ";\n  fastcgi_temp_path " << file("c") << ";\n  uwsgi_temp_path " << file("d")
                                    << ";\n  scgi_temp_path " << file("e") << ";\n  client_max_body_size 10m;\n"
                                    << "  upstream ours { server " << server_.local().to_string()
                                    << "; keepalive 8; }\n  server {\n    listen unix:" << file("socket")
                                    << ";\n    location / {\n      proxy_pass http://ours;\n"
                                    << "      proxy_http_version 1.1;\n      proxy_set_header Connection \"\";\n"
                                    << "      proxy_request_buffering off;\n    }\n  }\n}\n";
  const std::string nginx = "PATH=$PATH:/usr/sbin nginx -c " + file("nginx.conf") + " ";
  const std::string curl = "curl -sS --unix-socket " + file("socket") + " ";
  output_of(nginx);  // It listens when the command returns.
  const std::string body = make_file(3'000'000);
  EXPECT_EQ(output_of(curl + "http://h/hello http://h/rows/3 http://h/hello"), "hello\n0\n1\n2\nhello\n");
  for (const char* how : {"--data-binary @", "-H 'Transfer-Encoding: chunked' --data-binary @"}) {
    output_of(curl + "-o " + file("back") + " " + how + body + " http://h/mirror");
    output_of("cmp " + body + " " + file("back"));
  }
  EXPECT_EQ(output_of(curl + "-o /dev/null -w '%{http_code}' http://h/nothing"), "404");
  EXPECT_LE(server_.stats().accepted, 3U) << "nginx keeps its connections to a server that lets it";
  output_of(nginx + "-s quit");
}

}  // namespace
}  // namespace ringback
