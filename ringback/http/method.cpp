#include "ringback/http/method.h"

#include <array>
#include <cstddef>

namespace ringback::http {
namespace {

constexpr std::array<std::string_view, 10> kNames = {"GET",    "HEAD",    "POST",  "PUT",     "PATCH",
                                                     "DELETE", "OPTIONS", "TRACE", "CONNECT", ""};

}  // namespace

std::string_view to_string(Method method) noexcept { return kNames[static_cast<std::size_t>(method)]; }

Method method_of(std::string_view name) noexcept {
  for (std::size_t i = 0; i < static_cast<std::size_t>(Method::other); ++i) {
    if (kNames[i] == name) return static_cast<Method>(i);
  }
  return Method::other;
}

}  // namespace ringback::http
