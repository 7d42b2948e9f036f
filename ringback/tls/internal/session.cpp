#include "ringback/tls/internal/session.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <algorithm>
#include <cstring>
#include <new>
#include <utility>

#include "ringback/base/check.h"
#include "ringback/tls/internal/openssl_error.h"

namespace ringback::internal {
namespace {

int read_wire(BIO* bio, char* into, int wanted) {
  auto& wire = *static_cast<TlsWire*>(BIO_get_data(bio));
  BIO_clear_retry_flags(bio);
  if (wire.input.empty()) {
    BIO_set_retry_read(bio);
    return -1;
  }
  const std::size_t count = std::min(wire.input.size(), static_cast<std::size_t>(wanted));
  std::memcpy(into, wire.input.bytes().data(), count);
  wire.input.drop_front(count);
  if (wire.input.empty()) wire.input = Chunk();  // gives its memory back
  return static_cast<int>(count);
}

int write_wire(BIO* bio, const char* from, int count) {
  auto& wire = *static_cast<TlsWire*>(BIO_get_data(bio));
  const auto* bytes = reinterpret_cast<const std::byte*>(from);
  BIO_clear_retry_flags(bio);
  try {
    wire.output.insert(wire.output.end(), bytes, bytes + count);
  } catch (const std::bad_alloc&) {
    return -1;  // which the caller is told as exhausted
  }
  return count;
}

long control_wire(BIO* /*bio*/, int command, long /*number*/, void* /*pointer*/) {
  return command == BIO_CTRL_FLUSH ? 1 : 0;
}

// Kept to the end of the process, as streams may be.
const BIO_METHOD* wire_method() {
  static const BIO_METHOD* const method = [] {
    BIO_METHOD* made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "ringback");
    if (made == nullptr) throw std::bad_alloc();
    BIO_meth_set_read(made, read_wire);
    BIO_meth_set_write(made, write_wire);
    BIO_meth_set_ctrl(made, control_wire);
    return made;
  }();
  return method;
}

}  // namespace

TlsSession::TlsSession(std::shared_ptr<const TlsSettings> settings, const std::string& host, std::string peer)
    : settings_(std::move(settings)), peer_(std::move(peer)), host_(host) {
  const BIO_METHOD* method = wire_method();
  ssl_ = settings_->make_connection(host);
  BIO* bio = BIO_new(method);
  if (bio == nullptr) {
    SSL_free(ssl_);
    throw std::bad_alloc();
  }
  BIO_set_data(bio, &wire_);
  BIO_set_init(bio, 1);
  SSL_set_bio(ssl_, bio, bio);
}

TlsSession::~TlsSession() { SSL_free(ssl_); }

// True: it went well. Else it needs input, or has failed. The queue of errors is this thread's: it is empty before
// and after.
bool TlsSession::note(int result, std::string_view operation) {
  if (result > 0) return true;
  if (SSL_get_error(ssl_, result) != SSL_ERROR_WANT_READ) {
    failure_ = connection_error(*ssl_, operation, peer_, host_);
  }
  return false;
}

bool TlsSession::handshake() {
  const std::lock_guard guard(lock_);
  if (failure_.has_value()) return false;
  ERR_clear_error();
  return note(SSL_do_handshake(ssl_), "tls handshake");
}

std::optional<std::size_t> TlsSession::read(std::span<std::byte> into) {
  const std::lock_guard guard(lock_);
  std::size_t got = 0;
  if (failure_.has_value()) return std::nullopt;
  ERR_clear_error();
  const int result = SSL_read_ex(ssl_, into.data(), into.size(), &got);
  const bool is_end = result <= 0 && SSL_get_error(ssl_, result) == SSL_ERROR_ZERO_RETURN;
  if (is_end) return 0;
  if (!note(result, "tls read")) return std::nullopt;
  return got;
}

bool TlsSession::write(std::span<const std::byte> from) {
  const std::lock_guard guard(lock_);
  std::size_t written = 0;
  if (failure_.has_value()) return false;
  if (write_is_closed_) throw Error(ErrorKind::closed, "tls write", "after shutdown_write()", 0, peer_);
  ERR_clear_error();
  const bool is_written = note(SSL_write_ex(ssl_, from.data(), from.size(), &written), "tls write");
  // OpenSSL writes nothing in the middle of a message for itself, and no known peer sends one in pieces.
  if (!is_written && !failure_.has_value()) {
    failure_ = Error(ErrorKind::malformed, "tls write", "the other side sent half a message about its keys", 0, peer_);
  }
  return is_written;
}

void TlsSession::close_write() {
  const std::lock_guard guard(lock_);
  if (std::exchange(write_is_closed_, true) || failure_.has_value()) return;
  ERR_clear_error();
  const int result = SSL_shutdown(ssl_);
  if (result < 0) note(result, "tls shutdown");
}

bool TlsSession::has_failed() const {
  const std::lock_guard guard(lock_);
  return failure_.has_value();
}

void TlsSession::raise() const {
  const std::lock_guard guard(lock_);
  RINGBACK_CHECK(failure_.has_value(), "a TLS session was asked for a failure that it does not have");
  throw *failure_;
}

void TlsSession::take_in(Chunk chunk) {
  const std::lock_guard guard(lock_);
  if (wire_.input.empty()) {
    wire_.input = std::move(chunk);
    return;
  }
  // OpenSSL has not been seen to ask for more before it had used up what there is; if it does, nothing is lost.
  std::vector<std::byte> both(wire_.input.bytes().begin(), wire_.input.bytes().end());
  both.insert(both.end(), chunk.bytes().begin(), chunk.bytes().end());
  wire_.input = Chunk::copy_of(both);
}

void TlsSession::take_output(std::vector<std::byte>& into) {
  const std::lock_guard guard(lock_);
  std::swap(wire_.output, into);
}

std::size_t TlsSession::output_bytes() const {
  const std::lock_guard guard(lock_);
  return wire_.output.size();
}

std::string TlsSession::alpn() const {
  const std::lock_guard guard(lock_);
  const unsigned char* chosen = nullptr;
  unsigned int bytes = 0;
  SSL_get0_alpn_selected(ssl_, &chosen, &bytes);
  return {reinterpret_cast<const char*>(chosen), bytes};
}

std::string TlsSession::version() const {
  const std::lock_guard guard(lock_);
  return SSL_get_version(ssl_);
}

}  // namespace ringback::internal
