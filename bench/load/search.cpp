// What a vector database is asked over HTTP: `bench_load search REQUESTS`, for the nearest of the first BENCH_POINTS
// rows of bench/vectors.h, with the environment that http_load.h names.
#include <charconv>
#include <string>
#include <vector>

#include "bench/load/http_load.h"
#include "bench/program.h"
#include "bench/vectors.h"

namespace {

class Searches final : public bench::Questions {
 public:
  explicit Searches(std::size_t points) : points_(points) {
    const std::vector<float> rows = bench::make_rows(bench::kSearchDimension, points);
    const std::vector<float> queries = bench::make_queries(rows, bench::kSearchDimension, kQueries);
    for (std::size_t i = 0; i < kQueries; ++i) {
      requests_.push_back(request(queries.data() + i * bench::kSearchDimension));
    }
  }

  std::string_view requests(std::uint64_t first, std::size_t /*together*/) override {
    return requests_[first % kQueries];
  }

  std::size_t answer_bytes(std::uint64_t number, std::string_view bytes) override {
    constexpr std::string_view kFirst = R"("result":[{"id":)";
    const bench::HttpAnswer answer = bench::http_answer(bytes);
    if (answer.bytes == 0) return 0;
    const std::size_t at = answer.body.find(kFirst);
    std::size_t id = points_;
    if (at != answer.body.npos) {
      std::from_chars(answer.body.data() + at + kFirst.size(), answer.body.data() + answer.body.size(), id);
    }
    if (id != bench::planted_row(number % kQueries, points_)) bench::die_of_answer(bytes);
    return answer.bytes;
  }

 private:
  static constexpr std::size_t kQueries = 256;

  static std::string request(const float* vector) {
    std::string body = R"({"vector":[)";
    for (std::size_t i = 0; i < bench::kSearchDimension; ++i) {
      char text[32];
      const auto end = std::to_chars(text, text + sizeof(text), vector[i]).ptr;
      body.append(i == 0 ? "" : ",").append(text, end);
    }
    body += "],\"limit\":" + std::to_string(bench::kNearest) + "}";
    return "POST /collections/bench/points/search HTTP/1.1\r\nHost: 127.0.0.1:8080\r\nUser-Agent: bench/1\r\n"
           "Content-Type: application/json\r\nContent-Length: " +
           std::to_string(body.size()) + "\r\n\r\n" + body;
  }

  const std::size_t points_;
  std::vector<std::string> requests_;
};
const bench::Workload kSearch("search", [](std::uint64_t count) {
  Searches searches(bench::environment_number("BENCH_POINTS", bench::kVectorRows));
  return bench::ask_http(searches, count);
});

}  // namespace
