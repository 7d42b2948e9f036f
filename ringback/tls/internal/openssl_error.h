// What OpenSSL says went wrong, as an Error.
#pragma once

#include <string>
#include <string_view>

#include "ringback/base/error.h"

struct ssl_st;

namespace ringback::internal {

// From the queue of this thread, which is empty afterwards. `host`: whom a client asked for.
Error connection_error(const ssl_st& ssl, std::string_view operation, std::string_view peer, std::string_view host);
// The same where there is no connection yet: kind invalid. `what`: what it is about, a file's name, say.
Error settings_error(std::string_view message, std::string_view what = {});

}  // namespace ringback::internal
