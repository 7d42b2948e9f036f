// A URL, and a reference found at it: whatever is accepted says the same when it is written and read again,
// and cannot break out of a request line.
#include <cstdint>
#include <string_view>

#include "ringback/base/check.h"
#include "ringback/base/error.h"
#include "ringback/http/url.h"

namespace {

using ringback::http::Url;

void look_at(const Url& url) {
  const auto again = Url::try_parse(url.to_string());
  RINGBACK_CHECK(again.has_value() && *again == url, "a URL that was written is read as another");
  for (const char c : url.target() + url.authority()) {
    RINGBACK_CHECK(c > ' ' && c < '\x7f', "a byte that breaks out of its line");
  }
  RINGBACK_CHECK(url.target().starts_with('/'), "a target that does not begin with a slash");
  RINGBACK_CHECK(!url.host().empty(), "a URL without a host");
}

}  // namespace

// The first line is the URL, the rest the reference.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const std::size_t end = input.find('\n');
  const auto base = Url::try_parse(input.substr(0, end));
  if (!base.has_value()) return 0;
  look_at(*base);
  if (end == std::string_view::npos) return 0;
  try {
    look_at(base->resolve(input.substr(end + 1)));
  } catch (const ringback::Error&) {
    return 0;  // Not a URL.
  }
  return 0;
}
