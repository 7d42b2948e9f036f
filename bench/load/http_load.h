// Asks an HTTP server over connections that are kept: all at once, each sending so many requests together when the
// answers to its last ones have come.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace bench {

// What is asked, and what is right.
class Questions {
 public:
  Questions() = default;
  Questions(const Questions&) = delete;
  Questions& operator=(const Questions&) = delete;
  virtual ~Questions() = default;

  // The requests from `first` on, so many in one text.
  virtual std::string_view requests(std::uint64_t first, std::size_t together) = 0;
  // How long the answer to request `number` is that `bytes` begin with; 0 where it is not whole. Ends the program
  // where it is not right.
  virtual std::size_t answer_bytes(std::uint64_t number, std::string_view bytes) = 0;
};

// A whole answer; `bytes` is 0 where there is none yet.
struct HttpAnswer {
  std::size_t bytes = 0;
  std::string_view head;
  std::string_view body;
};

// The one that `bytes` begin with; ends the program where it is not a 200 of a known length.
HttpAnswer http_answer(std::string_view bytes);
// The value of a header, or an empty one. `name` is written in small letters.
std::string_view header_of(std::string_view head, std::string_view name);
[[noreturn]] void die_of_answer(std::string_view answer);

// With BENCH_PORT, BENCH_CONNECTIONS and BENCH_PIPELINED. Gives how many right answers came to `count` requests.
std::uint64_t ask_http(Questions& questions, std::uint64_t count);

// A number from the environment.
std::size_t environment_number(const char* variable, std::size_t otherwise);

}  // namespace bench
