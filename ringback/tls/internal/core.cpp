#include "ringback/tls/internal/core.h"

#include <algorithm>
#include <array>
#include <utility>

#include "ringback/async/outcome_of.h"
#include "ringback/async/race.h"
#include "ringback/async/timeout.h"
#include "ringback/base/check.h"
#include "ringback/io/resource.h"

namespace ringback::internal {
namespace {

// Encrypted at once: some records, which leave in one write.
constexpr std::size_t kWriteBytesMax = 64 * 1024;
// What waits to be sent while more is read. Far more than one write, which is there for a moment: a reader that
// waited for the writer then could wait for ever, if the other side does likewise.
constexpr std::size_t kAnswerBytesMax = 2 * kWriteBytesMax;
// Kept for the next write; an idle stream holds no more.
constexpr std::size_t kKeptBytes = 4 * 1024;
constexpr std::size_t kRecordBytes = 16 * 1024;

// True while it lives.
class Flag {
 public:
  explicit Flag(std::atomic<bool>& flag) noexcept : flag_(flag) { flag_.store(true); }
  ~Flag() { flag_.store(false); }
  Flag(const Flag&) = delete;
  Flag& operator=(const Flag&) = delete;

 private:
  std::atomic<bool>& flag_;
};

// Gives the place of the task that awaits the coroutine this is awaited in, at once, also in a cancelled scope.
class [[nodiscard]] Caller {
 public:
  using value_type = std::source_location;

  bool begin(Waiter& coroutine) noexcept {
    const Waiter* const caller = coroutine.awaited_by();
    place_ = caller != nullptr ? caller->place() : coroutine.place();
    return true;
  }
  Outcome<std::source_location> take() { return place_; }

 private:
  std::source_location place_;
};

// Whoever awaited it wants it no more.
bool was_given_up(const Failure& failure) {
  if (failure.is_cancelled()) return true;
  const Error* error = failure.error();
  return error != nullptr && error->kind() == ErrorKind::timed_out && error->os_code() == 0;
}

}  // namespace

// One of two directions while it lives. Errors: invalid where another task has it.
class TlsCore::Turn {
 public:
  Turn(Direction& direction, Resource::Use use, std::string_view operation, std::string_view peer,
       std::source_location place, bool has_it = false)
      : direction_(direction) {
    if (direction.is_taken.exchange(true) && !has_it) {
      throw taken_error(use, operation, peer, {}, direction.place.load(std::memory_order_relaxed), place);
    }
    direction.place.store(place, std::memory_order_relaxed);
  }
  ~Turn() {
    if (!is_kept_) direction_.is_taken.store(false);
  }
  void keep(Kept& kept) noexcept { is_kept_ = kept.pass_on(); }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;

 private:
  Direction& direction_;
  bool is_kept_ = false;
};

// Last of all that a writer does: who reads is told of what it leaves behind.
class TlsCore::Telling {
 public:
  explicit Telling(TlsCore& core) noexcept : core_(core) {}
  ~Telling() {
    if (core_.has_left_behind()) core_.left_behind_.set();
  }
  Telling(const Telling&) = delete;
  Telling& operator=(const Telling&) = delete;

 private:
  TlsCore& core_;
};

Task<TlsStream> TlsCore::make(std::shared_ptr<const TlsSettings> settings, std::unique_ptr<ByteStream> carrier,
                              std::string host) {
  auto core = std::make_unique<TlsCore>(std::move(settings), std::move(carrier), host);
  co_await core->handshake();
  co_return TlsStream(std::move(core));
}

TlsCore::~TlsCore() {
  RINGBACK_CHECK(!reading_.is_taken && !writing_.is_taken,
                 "a TLS stream was destroyed with an operation in flight: await or cancel it");
}

Task<> TlsCore::handshake() {
  for (;;) {
    const bool is_done = session_.handshake();
    if (session_.has_failed()) break;
    co_await send_output();
    if (is_done) co_return;
    Chunk chunk = co_await carrier_->read();
    if (chunk.empty()) {
      throw Error(ErrorKind::end_of_stream, "tls handshake", "the connection ended in it", 0, session_.peer());
    }
    session_.take_in(std::move(chunk));
  }
  co_await send_alert();
  session_.raise();
}

Task<std::size_t> TlsCore::read(std::span<std::byte> into) {
  const std::source_location caller = co_await Caller();
  const Turn reading(reading_, Resource::Use::reading, "tls read", session_.peer(), caller);
  if (into.empty()) co_return 0;
  for (;;) {
    check_open("tls read");
    const std::optional<std::size_t> got = session_.read(into);
    if (got.has_value()) co_return *got;
    if (session_.has_failed()) break;
    co_await receive();
  }
  co_await send_alert();
  session_.raise();
}

Task<Chunk> TlsCore::read_chunk() {
  const std::source_location caller = co_await Caller();
  const Turn reading(reading_, Resource::Use::reading, "tls read", session_.peer(), caller);
  for (;;) {
    check_open("tls read");
    std::optional<Chunk> got = try_read_chunk();
    if (got.has_value()) co_return *std::move(got);
    if (session_.has_failed()) break;
    co_await receive();
  }
  co_await send_alert();
  session_.raise();
}

std::optional<Chunk> TlsCore::try_read_chunk() {
  std::array<std::byte, kRecordBytes> plain;  // NOLINT(cppcoreguidelines-pro-type-member-init): it is read into
  const std::optional<std::size_t> got = session_.read(plain);
  if (!got.has_value()) return std::nullopt;
  if (*got == 0) return Chunk();
  Chunk chunk = Chunk::try_copy_of(std::span(plain).first(*got));
  if (chunk.empty()) throw Error(ErrorKind::exhausted, "tls read", "no memory for what came", 0, session_.peer());
  return chunk;
}

Task<> TlsCore::receive() {
  left_behind_.reset();
  if (session_.output_bytes() <= kAnswerBytesMax) {
    return has_left_behind() ? receive_beside_sending() : receive_until_left_behind();
  }
  if (!cannot_send_) return send_left_behind();
  throw Error(ErrorKind::reset, "tls read", "the other side asks, and takes no answers", 0, session_.peer());
}

Task<> TlsCore::receive_from_carrier() {
  Chunk chunk = co_await carrier_->read();
  if (chunk.empty()) {
    throw Error(ErrorKind::end_of_stream, "tls read",
                "the connection ended, and the other side had not said so: what came may not be all", 0,
                session_.peer());
  }
  session_.take_in(std::move(chunk));
}

// Whichever is first: what came is in the session, and what left is counted, so the other one loses nothing.
Task<> TlsCore::receive_beside_sending() { co_await race(Ties::in_order, send_left_behind(), receive_from_carrier()); }

Task<> TlsCore::receive_until_left_behind() {
  co_await race(Ties::in_order, receive_from_carrier(), left_behind_.wait());
}

// That it could not be sent is for the next write to say: reading may still go on.
Task<> TlsCore::send_left_behind() {
  MutexLock lock = co_await sending_.lock();
  const Flag sending(is_sending_);
  const Outcome<void> sent = co_await outcome(send_output());
  if (sent.ok()) co_return;
  if (was_given_up(sent.failure())) sent.value();
  cannot_send_.store(true);
}

Task<std::size_t> TlsCore::write(std::span<const std::byte> from, Kept kept) {
  const std::source_location caller = co_await Caller();
  Turn writing(writing_, Resource::Use::writing, "tls write", session_.peer(), caller, kept.take());
  const Telling telling(*this);
  if (from.empty()) co_return 0;
  check_open("tls write");
  MutexLock lock = co_await sending_.lock();
  const Flag sending(is_sending_);
  co_await send_output();
  const std::size_t taken = std::min(from.size(), kWriteBytesMax);
  if (!session_.write(from.first(taken))) session_.raise();
  const Outcome<void> sent = co_await outcome(send_output());
  if (!sent.ok() && !was_given_up(sent.failure())) sent.value();
  if (taken < from.size()) writing.keep(kept);
  co_return taken;
}

Task<> TlsCore::shutdown_write() {
  const std::source_location caller = co_await Caller();
  const Turn writing(writing_, Resource::Use::writing, "tls shutdown", session_.peer(), caller);
  const Telling telling(*this);
  check_open("tls shutdown");
  MutexLock lock = co_await sending_.lock();
  const Flag sending(is_sending_);
  session_.close_write();
  if (session_.has_failed()) session_.raise();
  co_await send_output();
  co_await carrier_->shutdown_write();
}

void TlsCore::close() noexcept {
  is_closed_.store(true);
  carrier_->close();
}

// For whoever holds sending_, or is alone in the handshake.
Task<> TlsCore::send_output() {
  for (;;) {
    const std::span<const std::byte> next = next_output();
    if (next.empty()) co_return;
    const std::size_t count = co_await carrier_->write_some(next);
    sent_ += count;
    unsent_.fetch_sub(count);
  }
}

std::span<const std::byte> TlsCore::next_output() {
  if (sent_ == outgoing_.size()) {
    outgoing_.clear();
    sent_ = 0;
    if (outgoing_.capacity() > kKeptBytes) std::vector<std::byte>().swap(outgoing_);
    session_.take_output(outgoing_);
    unsent_.store(outgoing_.size());
  }
  return std::span(outgoing_).subspan(sent_);
}

// So that the other side knows why; where it cannot leave at once, the end of the connection has to do.
Task<> TlsCore::send_alert() {
  const std::optional<MutexLock> lock = sending_.try_lock();
  if (!lock.has_value()) co_return;
  auto sent = co_await outcome(timeout(Duration::zero(), send_output()));
  if (!sent.ok()) cannot_send_.store(true);
}

bool TlsCore::has_left_behind() const {
  if (is_sending_ || cannot_send_) return false;
  return unsent_ != 0 || session_.output_bytes() != 0;
}

void TlsCore::check_open(std::string_view operation) const {
  if (is_closed_) throw Error(ErrorKind::closed, operation, "the stream was closed on this side", 0, session_.peer());
}

}  // namespace ringback::internal
