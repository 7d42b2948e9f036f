#include "ringback/driver/internal/uring_driver.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <tuple>
#include <utility>

#include "ringback/base/check.h"
#include "ringback/base/error.h"
#include "ringback/driver/internal/kernel_order.h"
#include "ringback/driver/internal/random.h"
#include "ringback/driver/internal/system_call.h"
#include "ringback/driver/internal/thread_mark.h"
#include "ringback/driver/internal/uring_names.h"

namespace ringback::internal {
namespace {

using Code = RequestWords::Code;

// The bits of a request's word.
constexpr std::uint32_t kInBacklog = 1;
constexpr std::uint32_t kInCancels = 2;
constexpr std::uint32_t kInEnded = 4;
constexpr std::uint32_t kCancelled = 8;
// The kernel answered EAGAIN (the descriptor is non-blocking): it has a poll for it instead.
constexpr std::uint32_t kAwaitsReadiness = 16;

// User data that is no request's address.
constexpr std::uint64_t kSignal = 0;
constexpr std::uint64_t kCancellation = 1;

// A flood of completions must not keep a poll() for ever.
constexpr int kOverflowRounds = 64;

constexpr std::uint32_t kQueueEntries = 256;

constexpr int kLookTries = 4;

// How long to wait before the kernel is asked again to take what it refused for want of memory.
constexpr Duration kRefusalPause = std::chrono::milliseconds(1);

std::uint32_t& state(KernelRequest& request) noexcept { return RequestList::state(request); }

bool may_be_tried_again(const RequestWords& words, std::int32_t value) noexcept {
  switch (words.code) {
    case Code::read:
    case Code::write:
    case Code::accept: return value == -EAGAIN || value == -EINTR;
    case Code::receive:
    case Code::send:
    case Code::send_message: return value == -EINTR || (value == -EAGAIN && (words.flags & MSG_DONTWAIT) == 0);
    case Code::open:
    case Code::sync: return value == -EINTR;
    default: return false;
  }
}

bool is_output(Code code) noexcept { return code == Code::write || code == Code::send || code == Code::send_message; }

}  // namespace

UringDriver::UringDriver(const DriverOptions& options)
    : options_(options),
      writes_raise_no_signal_(kernel_writes_without_signal()),
      random_state_(seed_or_system(options.seed)),
      ring_(std::make_unique<Ring>(options.queue_entries != 0 ? options.queue_entries : kQueueEntries)) {}

UringDriver::~UringDriver() {
  RINGBACK_CHECK(in_flight_ == 0, "a driver was destroyed with requests in flight: poll until in_flight() is 0");
  ring_.reset();
  buffers_.clear();
  if (pool_ != nullptr) pool_->detach();
  if (eventfd_ >= 0) ::close(eventfd_);
}

std::uint64_t UringDriver::random() noexcept { return next_random(random_state_); }

// Makes the calling thread the owner. False where a new ring was needed and could not be had.
bool UringDriver::own() noexcept {
  const std::uint64_t caller = this_thread_mark();
  if (caller == owner_ && ring_ != nullptr) [[likely]]
    return true;
  RINGBACK_CHECK(in_flight_ == 0,
                 "a driver was used on a second thread with requests in flight: poll until in_flight() is 0, or stay");
  if (owner_ != 0) {
    ring_.reset();
    buffers_.clear();
    signal_watched_ = false;
    eventfd_is_registered_ = false;
    try {
      ring_ = std::make_unique<Ring>(options_.queue_entries != 0 ? options_.queue_entries : kQueueEntries);
    } catch (const Error& error) {
      ring_error_ = error.os_code() != 0 ? error.os_code() : ENOMEM;
      return false;
    } catch (const std::bad_alloc&) {
      ring_error_ = ENOMEM;
      return false;
    }
  }
  owner_ = caller;
  ring_->enable();
  return true;
}

bool UringDriver::submit(KernelRequest& request, Result& now) noexcept {
  int code = own() ? 0 : -ring_error_;
  if (code == 0 && request.words.code == Code::receive_many && !buffers_.exists()) code = open_buffers();
  if (code != 0) {
    now = Result{code, false, {}};
    return true;
  }
  ++in_flight_;
  if (request.words.code == Code::write) ++writes_in_flight_;
  state(request) = 0;
  hand_over(request);
  if (signal_.embedded()) signal_.raise();
  return false;
}

int UringDriver::open_buffers() noexcept {
  try {
    if (pool_ == nullptr) pool_ = ChunkPool::make(options_.chunk_count, options_.chunk_bytes);
  } catch (const std::exception&) {
    return -ENOMEM;
  }
  return buffers_.open(*ring_, *pool_);
}

// An entry to fill, after handing over what is in the queue if need be; null where the kernel takes none.
io_uring_sqe* UringDriver::room() noexcept {
  io_uring_sqe* entry = ring_->next_entry();
  if (entry != nullptr) return entry;
  const WithoutPipeSignal guard(may_raise_signal());
  ring_->submit();
  return ring_->next_entry();
}

void UringDriver::hand_over(KernelRequest& request) noexcept {
  order_before_kernel();
  io_uring_sqe* entry = backlog_.empty() ? room() : nullptr;
  if (entry != nullptr) {
    prepare(request, *entry);
  } else {
    state(request) |= kInBacklog;
    backlog_.push_back(request);
  }
}

void UringDriver::prepare(const KernelRequest& request, io_uring_sqe& entry) const noexcept {
  const RequestWords& words = request.words;
  if ((RequestList::state(const_cast<KernelRequest&>(request)) & kAwaitsReadiness) != 0) {
    io_uring_prep_poll_add(&entry, words.fd, is_output(words.code) ? POLLOUT : POLLIN);
    entry.user_data = reinterpret_cast<std::uintptr_t>(&request);
    return;
  }
  switch (words.code) {
    case Code::nop: io_uring_prep_nop(&entry); break;
    case Code::read:
      io_uring_prep_read(&entry, words.fd, words.buffer, words.length, static_cast<std::uint64_t>(words.offset));
      break;
    case Code::write:
      io_uring_prep_write(&entry, words.fd, words.constant_buffer, words.length,
                          static_cast<std::uint64_t>(words.offset));
      if (writes_raise_no_signal_) entry.rw_flags = static_cast<__kernel_rwf_t>(kRwfNoSignal);
      break;
    case Code::receive:
      io_uring_prep_recv(&entry, words.fd, words.buffer, words.length, static_cast<int>(words.flags));
      break;
    case Code::receive_many:
      io_uring_prep_recv_multishot(&entry, words.fd, nullptr, 0, 0);
      entry.flags |= IOSQE_BUFFER_SELECT;
      entry.buf_group = BufferRing::kGroup;
      break;
    // Waiting is left to a poll of ours: once the peer has said that it will send no more, the kernel would
    // wait inside the send, on a thread of its own, where no cancellation reaches it.
    case Code::send:
      io_uring_prep_send(&entry, words.fd, words.constant_buffer, words.length,
                         static_cast<int>(words.flags | MSG_NOSIGNAL | MSG_DONTWAIT));
      break;
    case Code::send_message:
      io_uring_prep_sendmsg(&entry, words.fd, words.message, words.flags | MSG_NOSIGNAL | MSG_DONTWAIT);
      break;
    case Code::accept: io_uring_prep_accept(&entry, words.fd, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC); break;
    case Code::accept_many:
      io_uring_prep_multishot_accept(&entry, words.fd, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
      break;
    case Code::connect: io_uring_prep_connect(&entry, words.fd, words.address, words.length); break;
    case Code::poll: io_uring_prep_poll_add(&entry, words.fd, words.flags); break;
    case Code::open:
      io_uring_prep_openat(&entry, directory_of(words), words.path, static_cast<int>(words.flags) | O_CLOEXEC,
                           mode_of(words));
      break;
    case Code::sync: io_uring_prep_fsync(&entry, words.fd, (words.flags & 1) != 0 ? IORING_FSYNC_DATASYNC : 0); break;
    case Code::close: io_uring_prep_close(&entry, words.fd); break;
  }
  entry.user_data = reinterpret_cast<std::uintptr_t>(&request);
}

void UringDriver::cancel(KernelRequest& request) noexcept {
  RINGBACK_CHECK(this_thread_mark() == owner_, "a request was cancelled on a thread that does not own its driver");
  if ((state(request) & (kCancelled | kInEnded)) != 0) return;
  state(request) |= kCancelled;
  if ((state(request) & kInBacklog) != 0) {
    backlog_.remove(request);
    state(request) = kCancelled | kInEnded;
    ended_.push_back(request);
  } else if (!cancels_.empty() || !prepare_cancel(request)) {
    state(request) |= kInCancels;
    cancels_.push_back(request);
  }
  if (signal_.embedded()) signal_.raise();
}

bool UringDriver::prepare_cancel(KernelRequest& request) noexcept {
  io_uring_sqe* entry = room();
  if (entry == nullptr) return false;
  io_uring_prep_cancel(entry, &request, 0);
  entry->user_data = kCancellation;
  entry->flags |= IOSQE_CQE_SKIP_SUCCESS;
  return true;
}

int UringDriver::wake_fd() noexcept {
  if (!own()) return -ring_error_;
  if (const int code = register_eventfd(); code < 0) return code;
  watch_signal();
  const WithoutPipeSignal guard(may_raise_signal());
  ring_->submit();
  signal_.embed(eventfd_);
  return eventfd_;
}

// The ring's own descriptor would not do: it polls readable when there is deferred work, but that does not wake a
// thread that already sleeps on it. Nor does the kernel write this eventfd for writes to another one that the ring
// polls: so wake() writes it, too.
int UringDriver::register_eventfd() noexcept {
  if (eventfd_is_registered_) return 0;
  if (eventfd_ < 0) eventfd_ = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (eventfd_ < 0) return -errno;
  const int code = ring_->register_eventfd(eventfd_);
  eventfd_is_registered_ = code == 0;
  return code;
}

// After a look at the completions. One that comes after the read writes the eventfd again; the second look sees the
// earlier ones.
void UringDriver::drain_eventfd() noexcept {
  std::uint64_t count = 0;
  std::ignore = ::read(eventfd_, &count, sizeof count);
  const std::uint64_t one = 1;
  if (ring_->ready() != 0 || ring_->must_enter()) std::ignore = ::write(eventfd_, &one, sizeof one);
}

// A multishot poll gives a completion for each write to the eventfd, which is never read.
void UringDriver::watch_signal() noexcept {
  if (signal_watched_) return;
  io_uring_sqe* entry = room();
  if (entry == nullptr) return;
  io_uring_prep_poll_multishot(entry, signal_.descriptor(), POLLIN);
  entry->user_data = kSignal;
  signal_watched_ = true;
}

void UringDriver::take_back_buffers() noexcept {
  if (pool_ == nullptr || !pool_->has_returned()) return;
  pool_->take_returned([this](std::uint32_t index) {
    if (buffers_.exists()) buffers_.add(*pool_, index);
  });
}

// Moves into the queue whatever waited for something.
void UringDriver::settle() noexcept {
  watch_signal();
  take_back_buffers();
  while (KernelRequest* request = cancels_.front()) {
    if (!prepare_cancel(*request)) break;
    cancels_.remove(*request);
    state(*request) &= ~kInCancels;
  }
  while (KernelRequest* request = backlog_.front()) {
    io_uring_sqe* entry = room();
    if (entry == nullptr) break;
    backlog_.remove(*request);
    state(*request) &= ~kInBacklog;
    prepare(*request, *entry);
  }
}

std::size_t UringDriver::poll(Deadline until) noexcept {
  RINGBACK_CHECK(!polling_, "poll() was called from on_result(): return from it instead");
  if (!own()) return wait_without_ring(until);
  polling_ = true;
  std::size_t delivered = 0;
  bool last_look = until.moment() == TimePoint::min();
  for (;;) {
    settle();
    const Duration left = last_look || until.is_never() ? Duration::max() : until.moment() - now();
    last_look = last_look || left <= Duration::zero();
    const bool wait = !last_look && ended_.empty() && ring_->ready() == 0 && signal_.begin_wait();
    if (wait) {
      enter_and_wait(until.is_never() ? nullptr : &left);
    } else if (ring_->pending() != 0 || ring_->must_enter()) {
      enter_for_a_look();
    }
    order_after_kernel();
    const bool woken = signal_.end_wait();
    delivered += deliver_all();
    if (last_look || woken || delivered != 0) break;
  }
  polling_ = false;
  if (eventfd_is_registered_) drain_eventfd();
  signal_.rest();
  return delivered;
}

// A signal, or a shortage of a moment, must not make the kernel look as if it had nothing.
void UringDriver::enter_for_a_look() noexcept {
  const WithoutPipeSignal guard(may_raise_signal());
  for (int tries = 0; tries < kLookTries; ++tries) {
    if (ring_->enter(false, nullptr) == Ring::Entered::ok) return;
  }
}

// Without room for everything, or for the watch over the signal, the sleep is a short one.
void UringDriver::enter_and_wait(const Duration* limit) noexcept {
  const WithoutPipeSignal guard(may_raise_signal());
  const bool all_is_in_queue = signal_watched_ && backlog_.empty() && cancels_.empty();
  const bool refused = ring_->enter(all_is_in_queue, limit) == Ring::Entered::refused;
  if ((all_is_in_queue && !refused) || ring_->ready() != 0) return;
  const Duration pause = limit != nullptr && *limit < kRefusalPause ? *limit : kRefusalPause;
  ring_->wait_only(&pause);
}

std::size_t UringDriver::deliver_all() noexcept {
  std::size_t delivered = deliver_ended();
  for (int round = 0; round < kOverflowRounds; ++round) {
    for (std::uint32_t left = ring_->ready(); left != 0; --left) {
      const io_uring_cqe completion = ring_->front();
      ring_->pop();
      delivered += deliver(completion);
    }
    if (!ring_->must_enter()) break;
    enter_for_a_look();
    order_after_kernel();
  }
  return delivered;
}

std::size_t UringDriver::deliver_ended() noexcept {
  std::size_t delivered = 0;
  RequestList ended;
  ended.take_all(ended_);
  while (KernelRequest* request = ended.pop_front()) delivered += finish(*request, -ECANCELED);
  return delivered;
}

std::size_t UringDriver::deliver(const io_uring_cqe& completion) noexcept {
  if (completion.user_data == kSignal) {
    if ((completion.flags & IORING_CQE_F_MORE) == 0) signal_watched_ = false;
    return 0;
  }
  if (completion.user_data == kCancellation) return 0;
  Chunk chunk;
  if ((completion.flags & IORING_CQE_F_BUFFER) != 0) {
    const std::uint32_t index = completion.flags >> IORING_CQE_BUFFER_SHIFT;
    bool is_free = true;
    if (completion.res > 0) chunk = pool_->take(index, static_cast<std::size_t>(completion.res), is_free);
    if (is_free) buffers_.add(*pool_, index);
  }
  KernelRequest& request = *reinterpret_cast<KernelRequest*>(static_cast<std::uintptr_t>(completion.user_data));
  return deliver_to(request, completion.res, (completion.flags & IORING_CQE_F_MORE) != 0, std::move(chunk));
}

std::size_t UringDriver::deliver_to(KernelRequest& request, std::int32_t value, bool more, Chunk chunk) noexcept {
  const Code code = request.words.code;
  if (code == Code::receive_many || code == Code::accept_many) {
    return deliver_many(request, value, more, std::move(chunk));
  }
  const bool cancelled = (state(request) & kCancelled) != 0;
  const bool was_readiness = (state(request) & kAwaitsReadiness) != 0 && value >= 0;
  const bool again = may_be_tried_again(request.words, value);
  if (!was_readiness && !again) return finish(request, value);
  if (cancelled) return finish(request, -ECANCELED);
  state(request) = value == -EAGAIN ? kAwaitsReadiness : 0;
  hand_over(request);
  return 0;
}

// The kernel ends a multishot also where it has no room for completions, or no buffer because all are
// in completions that come with this one. Such ends are kept from the request, which is armed again.
std::size_t UringDriver::deliver_many(KernelRequest& request, std::int32_t value, bool more, Chunk chunk) noexcept {
  const bool is_receive = request.words.code == Code::receive_many;
  const bool has_value = is_receive ? value > 0 : value >= 0;
  const bool lacks_buffer = is_receive && value == -ENOBUFS;
  if (!more && !has_value && !lacks_buffer) return finish(request, value);
  if (!more) {
    if ((state(request) & kInCancels) != 0) cancels_.remove(request);
    if ((state(request) & kCancelled) != 0) {
      state(request) = kCancelled | kInEnded;
      ended_.push_back(request);
    } else {
      state(request) = 0;
      hand_over(request);
    }
  }
  if (lacks_buffer) return 0;
  request.on_result(Result{value, true, std::move(chunk)});
  return 1;
}

std::size_t UringDriver::finish(KernelRequest& request, std::int32_t value) noexcept {
  if ((state(request) & kInCancels) != 0) cancels_.remove(request);
  --in_flight_;
  if (request.words.code == Code::write) --writes_in_flight_;
  request.on_result(Result{value, false, {}});
  return 1;
}

// Nothing is in flight and a ring could not be made: time and wake-ups still work.
std::size_t UringDriver::wait_without_ring(Deadline until) noexcept {
  if (until.moment() != TimePoint::min() && signal_.begin_wait()) wait_for_signal(signal_.descriptor(), until);
  signal_.end_wait();
  signal_.rest();
  return 0;
}

}  // namespace ringback::internal
