// TLS, as a stranger would use it: linked in, and its header included.
#include <ringback/async/wait.h>
#include <ringback/net/unix_socket.h>
#include <ringback/tls/tls_stream.h>

#include <cstdio>
#include <cstdlib>

namespace {

// Before main(), which is that of the library's own consumer. Nobody answers: it is not TLS that fails then.
struct Try {
  Try() {
    auto sockets = ringback::socket_pair();
    sockets.second.close();
    auto context = ringback::TlsContext::client();
    auto secured = ringback::TlsStream::connect(context, std::move(sockets.first), "localhost");
    const bool failed = !ringback::wait_outcome(std::move(secured)).ok();
    std::printf("tls: %s\n", failed ? "good" : "it spoke to nobody");
    if (!failed) std::exit(1);
  }
};
const Try once;

}  // namespace
