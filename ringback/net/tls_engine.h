// Where HTTP meets TLS, which is a component of its own: what makes a stream secure, behind an interface.
//
// Programs use TlsContext and TlsStream (ringback/tls/); this header is what is below both.
// Threads: any, several at once.
#pragma once

#include <memory>
#include <string>

#include "ringback/async/task.h"
#include "ringback/io/byte_stream.h"

namespace ringback::internal {

class TlsEngine {
 public:
  virtual ~TlsEngine() = default;

  // As TlsStream::connect() and TlsStream::accept(). The engine outlives the call; the stream holds what it needs.
  virtual Task<std::unique_ptr<ByteStream>> connect(std::unique_ptr<ByteStream> stream, std::string host) const = 0;
  virtual Task<std::unique_ptr<ByteStream>> accept(std::unique_ptr<ByteStream> stream) const = 0;

 protected:
  TlsEngine() noexcept = default;
  TlsEngine(const TlsEngine&) = delete;
  TlsEngine& operator=(const TlsEngine&) = delete;
};

// Makes the engine of those who name none: a client with the system's trust store.
using MakeTlsEngine = std::shared_ptr<const TlsEngine> (*)();

// Called by the component while the program starts.
void set_default_tls(MakeTlsEngine make) noexcept;
// Null: ringback::tls is not linked. Errors: as TlsContext::client().
std::shared_ptr<const TlsEngine> make_default_tls();

}  // namespace ringback::internal
