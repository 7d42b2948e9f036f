// A client beside a server of the tests, which ends with it.
#pragma once

#include <type_traits>
#include <utility>

#include "ringback/async/scope.h"
#include "ringback/async/task.h"

namespace ringback::testing_http {

// `serve(server, scope)` spawns what each connection needs, and accepts for ever.
template <typename Server, typename T>
Task<T> beside(Server& server, Task<> (*serve)(Server&, Scope&), Task<T> client) {
  co_return co_await with_scope([&](Scope& scope) -> Task<T> {
    scope.spawn(serve(server, scope));
    if constexpr (std::is_void_v<T>) {
      co_await std::move(client);
      scope.cancel();
    } else {
      T value = co_await std::move(client);
      scope.cancel();
      co_return value;
    }
  });
}

}  // namespace ringback::testing_http
