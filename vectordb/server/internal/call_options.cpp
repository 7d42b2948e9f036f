#include "vectordb/server/internal/call_options.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <initializer_list>
#include <string>

#include "ringback/http/target.h"
#include "vectordb/server/internal/refusal.h"

namespace vectordb::internal {

namespace {

[[noreturn]] void refuse_parameter(std::string_view name, std::string_view value, std::string_view expected) {
  throw Refusal(400, std::string("Deserialize error in query parameters: ")
                         .append(name)
                         .append(": `")
                         .append(value.substr(0, 100))
                         .append("`, expected ")
                         .append(expected));
}

bool read_truth(std::string_view name, std::string_view value) {
  if (value == "true") return true;
  if (value != "false") refuse_parameter(name, value, "`true` or `false`");
  return false;
}

// A day is as good as for ever, and fits.
ringback::Duration read_seconds(std::string_view name, std::string_view value) {
  double seconds = 0;
  const auto end = std::from_chars(value.data(), value.data() + value.size(), seconds, std::chars_format::fixed);
  if (end.ec != std::errc{} || end.ptr != value.data() + value.size() || !(seconds > 0)) {
    refuse_parameter(name, value, "seconds, more than 0");
  }
  return std::chrono::duration_cast<ringback::Duration>(std::chrono::duration<double>(std::min(seconds, 86'400.0)));
}

bool is_any(std::string_view value, std::initializer_list<std::string_view> of) {
  return std::find(of.begin(), of.end(), value) != of.end();
}

bool is_factor(std::string_view value) {
  return !value.empty() && value.find_first_not_of("0123456789") == std::string_view::npos && value != "0";
}

}  // namespace

CallOptions read_call_options(std::string_view query) {
  CallOptions options;
  for (const auto& [name, value] : ringback::http::parse_query(query)) {
    if (name == "wait") {
      options.wait = read_truth(name, value);
    } else if (name == "timeout") {
      options.timeout = read_seconds(name, value);
    } else if (name == "ordering") {
      if (!is_any(value, {"weak", "medium", "strong"})) refuse_parameter(name, value, "`weak`, `medium` or `strong`");
    } else if (name == "consistency") {
      if (!is_factor(value) && !is_any(value, {"majority", "quorum", "all"})) {
        refuse_parameter(name, value, "a number, `majority`, `quorum` or `all`");
      }
    }
  }
  return options;
}

}  // namespace vectordb::internal
