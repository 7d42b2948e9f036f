// The version of these headers. The build reads it here, so that CMake's package, pkg-config, the packages and
// `ringback --version` say the same.
#pragma once

#include <string_view>

#define RINGBACK_VERSION_MAJOR 0
#define RINGBACK_VERSION_MINOR 1
#define RINGBACK_VERSION_PATCH 0
#define RINGBACK_VERSION "0.1.0"

namespace ringback {

inline constexpr std::string_view kVersion = RINGBACK_VERSION;

}  // namespace ringback
