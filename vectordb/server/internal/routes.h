// The paths of the API, and who answers behind them.
#pragma once

#include "ringback/http/router.h"
#include "vectordb/server/internal/responder.h"

namespace vectordb::internal {

// Threads: as a Router. Lifetime: `responder` outlives it.
class Routes {
 public:
  explicit Routes(Responder& responder);

  ringback::http::Reply operator()(ringback::http::Request& request) const;

 private:
  Responder& responder_;
  ringback::Router router_;
};

}  // namespace vectordb::internal
