#include "ringback/http/request.h"

#include "ringback/http/target.h"

namespace ringback::http {

std::string_view Request::path() const noexcept { return path_of(target); }

std::string_view Request::query() const noexcept { return query_of(target); }

std::optional<std::string> Request::query_value(std::string_view name) const { return query_value_of(query(), name); }

void Request::clear() noexcept {
  method = Method::get;
  version = Version::http_1_1;
  other_method.clear();
  target.clear();
  headers.clear();
  if (!body.is_empty()) body = Body();
}

}  // namespace ringback::http
