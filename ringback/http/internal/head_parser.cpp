#include "ringback/http/internal/head_parser.h"

#include <algorithm>
#include <cstring>
#include <limits>

#include "ringback/http/internal/characters.h"
#include "ringback/http/internal/scan.h"

namespace ringback::http::internal {
namespace {

constexpr std::size_t kFieldBytesMin = 4;  // "a:\r\n"

std::string_view without_blanks(std::string_view text) noexcept {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

bool ends_at(std::string_view text, std::size_t at) noexcept {
  return text.size() - at >= 2 && text[at] == '\r' && text[at + 1] == '\n';
}

bool refuse_with(Refusal& refusal, Status status, std::string_view why) noexcept {
  refusal = {status, why};
  return false;
}

// False: its length or its first letter are not those of a name that FramingFields looks for.
bool may_frame(std::string_view name) noexcept {
  switch (name.size()) {
    case 4: return lowered(name[0]) == 'h';
    case 6: return lowered(name[0]) == 'e';
    case 10:
    case 14: return lowered(name[0]) == 'c';
    case 17: return lowered(name[0]) == 't';
    default: return false;
  }
}

// Takes the first element off a comma-separated list.
std::string_view take_element(std::string_view& list) noexcept {
  const std::size_t comma = std::min(list.find(','), list.size());
  const std::string_view element = without_blanks(list.substr(0, comma));
  list.remove_prefix(std::min(comma + 1, list.size()));
  return element;
}

// What is wrong with a line whose name is not followed by a colon.
std::string_view why_no_name(std::string_view line, std::size_t name_bytes) noexcept {
  if (is_blank(line.front())) return "a folded header line";
  if (name_bytes == line.size()) return "a header line without a colon";
  if (name_bytes == 0) return "a header field without a name";
  return is_blank(line[name_bytes]) ? "white space before the colon of a header field"
                                    : "a byte in a header field's name that may not be there";
}

}  // namespace

void HeadParser::begin(Headers& headers, bool are_trailers) noexcept {
  headers.clear();
  line_at_ = looked_to_ = 0;
  has_start_line_ = !are_trailers;
  are_trailers_ = are_trailers;
  fields_ = FramingFields();
}

HeadParser::Fed HeadParser::feed_lines(std::string_view bytes, Headers& headers, TakeLine take, void* taker) {
  const std::size_t had = headers.text().size();
  if (had != 0) {
    headers.append_text(bytes.substr(0, bytes_max_ + 1 - had));
    // The lines are read where they lie, so the block may not move while their fields are put into it.
    const std::size_t lines = ((headers.text().size() - line_at_) / kFieldBytesMin) + 1;
    headers.make_room(headers.text().size(), headers.size() + std::min(lines, fields_max_));
  }
  const Step step = take_lines(had == 0 ? bytes : headers.text(), headers, take, taker);
  if (step == Step::refused) return {step, 0};
  const std::size_t used = step == Step::done ? line_at_ - had : bytes.size();
  if (had == 0) {
    headers.append_text(bytes.substr(0, used));
  } else {
    headers.cut_text(had + used);
  }
  return {step, used};
}

// Those that are whole, and as nearly all are, each in one pass. Before whatever else stands there it stops, and leaves
// it to be looked at line by line; so what is taken here is what would be taken there.
HeadParser::Step HeadParser::take_plain_fields(std::string_view text, Headers& headers) {
  std::size_t at = line_at_;
  Step step = Step::need_more;
  while (step == Step::need_more && at < text.size() && text[at] != '\r') {
    const std::size_t colon = end_of_token(text, at);
    if (colon == at || text.size() - colon < 2 || text[colon] != ':') break;
    std::size_t value_at = colon + 1;
    while (value_at < text.size() && is_blank(text[value_at])) ++value_at;
    const std::size_t line_end = end_of_value(text, value_at);
    if (!ends_at(text, line_end) || line_end + 2 > bytes_max_) break;
    std::size_t value_end = line_end;
    while (value_end > value_at && is_blank(text[value_end - 1])) --value_end;
    const std::string_view name(text.data() + at, colon - at);
    const std::string_view value(text.data() + value_at, value_end - value_at);
    if (!add_field(name, value, at, value_at, headers)) step = Step::refused;
    at = line_end + 2;
  }
  if (step == Step::need_more && ends_at(text, at) && at + 2 <= bytes_max_) {
    step = Step::done;
    at += 2;
  }
  line_at_ = looked_to_ = at;
  return step;
}

HeadParser::Step HeadParser::take_lines(std::string_view text, Headers& headers, TakeLine take, void* taker) {
  if (has_start_line_ && looked_to_ == 0 && !text.empty() && !is_in(kToken, text.front())) {
    refuse(Status::bad_request, "it does not begin as HTTP does");
    return Step::refused;
  }
  for (;;) {
    if (!has_start_line_ && looked_to_ == line_at_) {
      const Step step = take_plain_fields(text, headers);
      if (step != Step::need_more) return step;
    }
    const void* found =
        text.size() == looked_to_ ? nullptr : std::memchr(text.data() + looked_to_, '\n', text.size() - looked_to_);
    const std::size_t end = found == nullptr ? text.size() : static_cast<const char*>(found) - text.data() + 1;
    if (end > bytes_max_) {
      refuse(Status::header_too_large, are_trailers_ ? "the trailers are too long" : "the head is too long");
      return Step::refused;
    }
    looked_to_ = end;
    if (found == nullptr) return Step::need_more;

    const std::size_t at = line_at_;
    std::string_view line = text.substr(at, end - at - 1);
    line_at_ = end;
    if (line.empty() || line.back() != '\r') {
      refuse(Status::bad_request, "a line that ends in LF alone");
      return Step::refused;
    }
    line.remove_suffix(1);
    if (has_start_line_) {
      has_start_line_ = false;
      if (!take(taker, line)) return Step::refused;
    } else if (line.empty()) {
      return Step::done;
    } else if (!take_field(line, at, headers)) {
      return Step::refused;
    }
  }
}

bool HeadParser::take_field(std::string_view line, std::size_t at, Headers& headers) {
  const std::size_t name_bytes = end_of_token(line, 0);
  if (name_bytes == 0 || name_bytes == line.size() || line[name_bytes] != ':') {
    return refuse(Status::bad_request, why_no_name(line, name_bytes));
  }
  const std::string_view value = without_blanks(line.substr(name_bytes + 1));
  if (end_of_value(value, 0) != value.size())
    return refuse(Status::bad_request, "a control byte in a header field's value");
  const std::size_t value_at = at + static_cast<std::size_t>(value.data() - line.data());
  return add_field(line.substr(0, name_bytes), value, at, value_at, headers);
}

bool HeadParser::add_field(std::string_view name, std::string_view value, std::size_t at, std::size_t value_at,
                           Headers& headers) {
  if (headers.size() == fields_max_ || name.size() > std::numeric_limits<std::uint16_t>::max()) [[unlikely]]
    return refuse(Status::header_too_large, "too many header fields");
  headers.add_entry({static_cast<std::uint32_t>(at), static_cast<std::uint32_t>(value_at),
                     static_cast<std::uint32_t>(value.size()), static_cast<std::uint16_t>(name.size())});
  if (!may_frame(name)) return true;
  if (!fields_.take(name, value, refusal_)) return false;
  const bool frames = fields_.has_content_length || fields_.has_transfer_encoding || fields_.has_host;
  return !are_trailers_ || !frames || refuse(Status::bad_request, "a field behind the body that says where it ends");
}

bool HeadParser::refuse(Status status, std::string_view why) noexcept { return refuse_with(refusal_, status, why); }

bool FramingFields::take(std::string_view name, std::string_view value, Refusal& why) noexcept {
  switch (name.size()) {
    case 4: return !is_named(name, "host") || take_host(value, why);
    case 6:
      if (!is_named(name, "expect")) return true;
      if (!equal_ignoring_case(value, "100-continue")) {
        return refuse_with(why, Status::expectation_failed, "an expectation other than 100-continue");
      }
      return expects_continue = true;
    case 10:
      if (is_named(name, "connection")) take_connection(value);
      return true;
    case 14: return !is_named(name, "content-length") || take_content_length(value, why);
    case 17: return !is_named(name, "transfer-encoding") || take_transfer_encoding(value, why);
    default: return true;
  }
}

bool FramingFields::take_content_length(std::string_view value, Refusal& why) noexcept {
  if (has_content_length) return refuse_with(why, Status::bad_request, "more than one Content-Length");
  has_content_length = true;
  if (value.empty() || value.size() > 18) {
    return refuse_with(why, Status::bad_request, "a Content-Length without digits, or with more than 18");
  }
  for (const char c : value) {
    if (c < '0' || c > '9') return refuse_with(why, Status::bad_request, "a Content-Length that is no plain number");
    content_length = (content_length * 10) + static_cast<unsigned>(c - '0');
  }
  return true;
}

// Only "chunked" alone is understood. What does not end in it would have no end; what has more is another's trade.
bool FramingFields::take_transfer_encoding(std::string_view value, Refusal& why) noexcept {
  if (has_transfer_encoding) return refuse_with(why, Status::bad_request, "more than one Transfer-Encoding");
  has_transfer_encoding = true;
  if (equal_ignoring_case(value, "chunked")) return true;
  std::string_view rest = value;
  while (!rest.empty()) {
    const std::string_view coding = take_element(rest);
    if (coding.empty()) return refuse_with(why, Status::bad_request, "an empty Transfer-Encoding");
    if (!rest.empty() && equal_ignoring_case(coding, "chunked")) {
      return refuse_with(why, Status::bad_request, "a Transfer-Encoding in which chunked is not the last");
    }
  }
  if (value.empty() || value.back() == ',') return refuse_with(why, Status::bad_request, "an empty Transfer-Encoding");
  return refuse_with(why, Status::not_implemented, "a Transfer-Encoding other than chunked");
}

bool FramingFields::take_host(std::string_view value, Refusal& why) noexcept {
  if (has_host) return refuse_with(why, Status::bad_request, "more than one Host");
  has_host = true;
  return is_all_in(kHost, value) || refuse_with(why, Status::bad_request, "a byte in Host that may not be there");
}

void FramingFields::take_connection(std::string_view value) noexcept {
  while (!value.empty()) {
    const std::string_view token = take_element(value);
    if (equal_ignoring_case(token, "close")) says_close = true;
    if (equal_ignoring_case(token, "keep-alive")) says_keep_alive = true;
  }
}

}  // namespace ringback::http::internal
