// The lines of a message's head, or of its trailers: cut, checked, and the fields put into Headers.
//
// It works on offsets from the head's first byte. Where the whole head is in what was given it is
// read there and copied once at its end; else what came is kept in the Headers' own block.
#pragma once

#include <cstdint>
#include <string_view>
#include <type_traits>

#include "ringback/http/headers.h"
#include "ringback/http/parser_options.h"

namespace ringback::http::internal {

// What the fields say about framing and the connection.
struct FramingFields {
  std::uint64_t content_length = 0;
  bool has_content_length = false;
  bool has_transfer_encoding = false;
  bool has_host = false;
  bool says_close = false;
  bool says_keep_alive = false;
  bool expects_continue = false;

  // False: refused, and `why` is set.
  bool take(std::string_view name, std::string_view value, Refusal& why) noexcept;

 private:
  bool take_content_length(std::string_view value, Refusal& why) noexcept;
  bool take_transfer_encoding(std::string_view value, Refusal& why) noexcept;
  bool take_host(std::string_view value, Refusal& why) noexcept;
  void take_connection(std::string_view value) noexcept;
};

class HeadParser {
 public:
  enum class Step : std::uint8_t { need_more, done, refused };
  struct Fed {
    Step step;
    std::size_t used;
  };

  HeadParser(std::size_t bytes_max, std::size_t fields_max) noexcept : bytes_max_(bytes_max), fields_max_(fields_max) {}

  // Begins a head, or trailers, which have no start line and no field that frames.
  void begin(Headers& headers, bool are_trailers) noexcept;

  // `start_line(line)` is called with the first line, without its end; false: it refuses, and has set
  // refusal().
  template <typename TakeLine>
  Fed feed(std::string_view bytes, Headers& headers, TakeLine&& start_line) {
    return feed_lines(
        bytes, headers,
        [](void* taker, std::string_view line) {
          return (*static_cast<std::remove_reference_t<TakeLine>*>(taker))(line);
        },
        &start_line);
  }

  // A byte has come.
  bool has_begun() const noexcept { return looked_to_ != 0; }
  const FramingFields& fields() const noexcept { return fields_; }
  Refusal& refusal() noexcept { return refusal_; }

 private:
  using TakeLine = bool (*)(void* taker, std::string_view line);

  Fed feed_lines(std::string_view bytes, Headers& headers, TakeLine take, void* taker);
  Step take_plain_fields(std::string_view text, Headers& headers);
  Step take_lines(std::string_view text, Headers& headers, TakeLine take, void* taker);
  bool take_field(std::string_view line, std::size_t at, Headers& headers);
  bool add_field(std::string_view name, std::string_view value, std::size_t at, std::size_t value_at, Headers& headers);
  bool refuse(Status status, std::string_view why) noexcept;

  const std::size_t bytes_max_;
  const std::size_t fields_max_;
  std::size_t line_at_ = 0;     // where the line begins that has not ended yet
  std::size_t looked_to_ = 0;   // up to there it has no end
  bool has_start_line_ = true;  // which has not come yet
  bool are_trailers_ = false;
  FramingFields fields_;
  Refusal refusal_;
};

}  // namespace ringback::http::internal
