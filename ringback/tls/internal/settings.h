// A TlsContext as OpenSSL has it.
//
// Threads: any; nothing changes after it was made but OpenSSL's own counters.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "ringback/tls/tls_context.h"

struct ssl_ctx_st;
struct ssl_st;

namespace ringback::internal {

class TlsSettings final : public TlsEngine, public std::enable_shared_from_this<TlsSettings> {
 public:
  explicit TlsSettings(const TlsClientOptions& options);
  explicit TlsSettings(const TlsServerOptions& options);
  ~TlsSettings() override;

  Task<std::unique_ptr<ByteStream>> connect(std::unique_ptr<ByteStream> stream, std::string host) const override;
  Task<std::unique_ptr<ByteStream>> accept(std::unique_ptr<ByteStream> stream) const override;

  bool is_client() const noexcept { return is_client_; }
  // A connection before its handshake; the caller frees it. Errors: invalid where `host` is no name.
  ssl_st* make_connection(const std::string& host) const;

 private:
  explicit TlsSettings(bool is_client);
  void offer(const std::vector<std::string>& protocols);
  void set_host(ssl_st& ssl, const std::string& host) const;

  const bool is_client_;
  bool verifies_ = false;
  ssl_ctx_st* context_;
  std::string protocols_;  // each behind a byte with its length (RFC 7301)
};

}  // namespace ringback::internal
