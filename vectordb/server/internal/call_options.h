// What stands behind the '?' of a call.
#pragma once

#include <optional>
#include <string_view>

#include "ringback/base/time.h"

namespace vectordb::internal {

struct CallOptions {
  bool wait = false;                            // for a write to be done before it is answered
  std::optional<ringback::Duration> timeout{};  // seconds, with a fraction where there is one
};

// `ordering` and `consistency` are checked, and mean nothing on one machine; unknown names are passed
// over. Errors: a Refusal (400) naming the parameter.
CallOptions read_call_options(std::string_view query);

}  // namespace vectordb::internal
