// The target of a request taken apart: path, query, and what percent-encoding hides in them.
//
// Pure functions over text. Source: RFC 3986; RFC 9112, section 3.2; for queries the form encoding of
// the URL standard, where '+' is a space.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ringback::http {

// "/a/b" of "/a/b?c=d" and of "http://host/a/b?c=d"; "/" of "http://host"; "*" of "*".
std::string_view path_of(std::string_view target) noexcept;
// "c=d" of them; empty where there is none.
std::string_view query_of(std::string_view target) noexcept;

// "%20" becomes a space, and so on. None where a '%' is not followed by two hex digits.
std::optional<std::string> percent_decoded(std::string_view text);
// The same, and '+' becomes a space.
std::optional<std::string> form_decoded(std::string_view text);
// Everything but letters, digits and -._~ as %XX.
std::string percent_encoded(std::string_view text);

// "a=1&b=2" as pairs, in order, decoded; a name without '=' has an empty value.
// Errors: invalid where it is not well encoded.
std::vector<std::pair<std::string, std::string>> parse_query(std::string_view query);
// The first value of that name. Errors: the same, for that value.
std::optional<std::string> query_value_of(std::string_view query, std::string_view name);

}  // namespace ringback::http
