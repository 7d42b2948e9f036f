// What every HTTP server is asked: `bench_load http REQUESTS`, with the environment that http_load.h names.
#include <string>

#include "bench/load/http_load.h"
#include "bench/program.h"

namespace {

constexpr std::string_view kRequest =
    "GET / HTTP/1.1\r\nHost: 127.0.0.1:8080\r\nUser-Agent: bench/1\r\nAccept: */*\r\n\r\n";

class Hello final : public bench::Questions {
 public:
  std::string_view requests(std::uint64_t /*first*/, std::size_t together) override {
    while (requests_.size() < together * kRequest.size()) requests_ += kRequest;
    return std::string_view(requests_).substr(0, together * kRequest.size());
  }

  std::size_t answer_bytes(std::uint64_t /*number*/, std::string_view bytes) override {
    // All are alike, but for their date: so only one that differs from the last is looked at.
    if (!right_.empty() && bytes.starts_with(right_)) return right_.size();
    const bench::HttpAnswer answer = bench::http_answer(bytes);
    if (answer.bytes == 0) return 0;
    if (answer.body != "Hello, world!" || bench::header_of(answer.head, "date").size() != kDateBytes ||
        bench::header_of(answer.head, "content-type") != "text/plain; charset=utf-8") {
      bench::die_of_answer(bytes);
    }
    right_ = bytes.substr(0, answer.bytes);
    return answer.bytes;
  }

 private:
  static constexpr std::size_t kDateBytes = 29;

  std::string requests_;
  std::string right_;
};
const bench::Workload kHttp("http", [](std::uint64_t count) {
  Hello hello;
  return bench::ask_http(hello, count);
});

}  // namespace
