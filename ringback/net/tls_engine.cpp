#include "ringback/net/tls_engine.h"

#include <atomic>

namespace ringback::internal {
namespace {

// Relaxed would do: it is set before main(), by the one component there is.
constinit std::atomic<MakeTlsEngine> make_default{nullptr};

}  // namespace

void set_default_tls(MakeTlsEngine make) noexcept { make_default.store(make); }

std::shared_ptr<const TlsEngine> make_default_tls() {
  const MakeTlsEngine make = make_default.load();
  return make == nullptr ? nullptr : make();
}

}  // namespace ringback::internal
