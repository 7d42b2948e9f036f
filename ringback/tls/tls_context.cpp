#include "ringback/tls/tls_context.h"

#include <mutex>

#include "ringback/tls/internal/settings.h"

namespace ringback {

TlsContext TlsContext::client(TlsClientOptions options) {
  return TlsContext(std::make_shared<internal::TlsSettings>(options));
}

TlsContext TlsContext::server(TlsServerOptions options) {
  return TlsContext(std::make_shared<internal::TlsSettings>(options));
}

namespace internal {
namespace {

// Of every HttpClient that was given none; made anew, so that a changed trust store is seen.
std::shared_ptr<const TlsEngine> make_engine() { return TlsContext::client({.alpn = {"http/1.1"}}).shared_engine(); }

// Whoever links the component has it: cmake/RingbackTls.cmake makes the linker take this file.
struct AtStart {
  AtStart() noexcept { set_default_tls(make_engine); }
};
const AtStart at_start;

}  // namespace
}  // namespace internal
}  // namespace ringback

extern "C" {
// What the linker is told to look for.
int ringback_tls_is_linked = 1;
}
