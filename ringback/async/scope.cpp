#include "ringback/async/scope.h"

namespace ringback {

void Scope::fail_closed() {
  throw Error(ErrorKind::shut_down, "spawn", "the scope has ended; nothing can be started in it any more");
}

}  // namespace ringback
