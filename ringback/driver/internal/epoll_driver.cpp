#include "ringback/driver/internal/epoll_driver.h"

#include <poll.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <new>
#include <utility>

#include "ringback/base/check.h"
#include "ringback/base/error.h"
#include "ringback/driver/internal/random.h"
#include "ringback/driver/internal/system_call.h"
#include "ringback/driver/internal/thread_mark.h"

namespace ringback::internal {
namespace {

using Code = RequestWords::Code;

constexpr int kEventsAtOnce = 256;
// A full batch may hide more; a flood of events must not keep a poll() for ever.
constexpr int kRounds = 64;
// Results that one receive_many or accept_many gives in one poll(), before others have their turn.
constexpr int kResultsAtOnce = 16;

// User data of the eventfd; no descriptor is that high.
constexpr std::uint64_t kSignal = ~std::uint64_t{0};

constexpr std::uint32_t kReadEvents = EPOLLIN | EPOLLPRI | EPOLLRDHUP | EPOLLHUP | EPOLLERR;
constexpr std::uint32_t kWriteEvents = EPOLLOUT | EPOLLHUP | EPOLLERR;

bool waits_to_write(const RequestWords& words) noexcept {
  return words.code == Code::write || words.code == Code::send || words.code == Code::send_message ||
         words.code == Code::connect || (words.code == Code::poll && (words.flags & POLLOUT) != 0);
}

bool waits_to_read(const RequestWords& words) noexcept {
  return words.code == Code::poll ? (words.flags & ~std::uint32_t{POLLOUT}) != 0 || words.flags == 0
                                  : !waits_to_write(words);
}

// The bits of poll(2) and epoll(7) are the same.
std::uint32_t events_of(const RequestWords& words) noexcept {
  if (words.code == Code::poll) return words.flags;
  return waits_to_write(words) ? EPOLLOUT : EPOLLIN;
}

bool is_many(const RequestWords& words) noexcept {
  return words.code == Code::receive_many || words.code == Code::accept_many;
}

// Since glibc 2.35; the kernel may be older than 5.11 all the same.
int wait_for_events(int epoll, epoll_event* events, bool may_sleep, Deadline until) noexcept {
  if (!may_sleep) return ::epoll_wait(epoll, events, kEventsAtOnce, 0);
  if (until.is_never()) return ::epoll_wait(epoll, events, kEventsAtOnce, -1);
  const Duration left = std::max(until.moment() - TimePoint(std::chrono::steady_clock::now()), Duration::zero());
  const timespec limit{left / std::chrono::seconds(1), (left % std::chrono::seconds(1)).count()};
  const int count = ::epoll_pwait2(epoll, events, kEventsAtOnce, &limit, nullptr);
  if (count >= 0 || (errno != ENOSYS && errno != EPERM)) return count;
  const auto milliseconds = std::chrono::ceil<std::chrono::milliseconds>(left).count();
  return ::epoll_wait(epoll, events, kEventsAtOnce,
                      static_cast<int>(std::min<std::int64_t>(milliseconds, 1'000'000'000)));
}

}  // namespace

EpollDriver::EpollDriver(const DriverOptions& options)
    : options_(options),
      random_state_(seed_or_system(options.seed)),
      epoll_(::epoll_create1(EPOLL_CLOEXEC)),
      files_(signal_) {
  if (epoll_ < 0) throw Error::from_os(errno, "make driver");
  epoll_event event{};
  event.events = EPOLLIN | EPOLLET;
  event.data.u64 = kSignal;
  if (::epoll_ctl(epoll_, EPOLL_CTL_ADD, signal_.descriptor(), &event) != 0) {
    const int code = errno;
    ::close(epoll_);
    throw Error::from_os(code, "make driver");
  }
}

EpollDriver::~EpollDriver() {
  RINGBACK_CHECK(in_flight_ == 0, "a driver was destroyed with requests in flight: poll until in_flight() is 0");
  ::close(epoll_);
}

std::uint64_t EpollDriver::random() noexcept { return next_random(random_state_); }

// epoll does not mind the thread; the programs that also run on io_uring should.
void EpollDriver::own() noexcept {
  const std::uint64_t caller = this_thread_mark();
  if (caller == owner_) [[likely]]
    return;
  RINGBACK_CHECK(in_flight_ == 0,
                 "a driver was used on a second thread with requests in flight: poll until in_flight() is 0, or stay");
  owner_ = caller;
}

bool EpollDriver::submit(KernelRequest& request, Result& now) noexcept {
  own();
  std::int32_t value = 0;
  RequestList::state(request) = 0;
  if (request.words.code == Code::nop) {
    ++in_flight_;
    end(request, 0);
    return false;
  }
  if (request.words.code == Code::close) forget(request.words.fd);
  const bool waits = is_many(request.words) || would_only_find_it_drained(request.words);
  switch (waits ? Tried::would_block : try_now(request.words, value)) {
    case Tried::would_block: value = begin_wait(request); break;
    case Tried::file: value = begin_file(request); break;
    case Tried::done: now = Result{value, false, {}}; return true;
  }
  if (value < 0) {
    now = Result{value, false, {}};
    return true;
  }
  ++in_flight_;
  return false;
}

bool EpollDriver::would_only_find_it_drained(const RequestWords& words) noexcept {
  if (words.code != Code::receive || words.flags != 0) return false;
  const auto index = static_cast<std::size_t>(words.fd);
  return index < slots_.size() && std::exchange(slots_[index].drained, false);
}

std::int32_t EpollDriver::begin_file(KernelRequest& request) noexcept { return files_.push(request); }

std::int32_t EpollDriver::begin_wait(KernelRequest& request) noexcept {
  const int fd = request.words.fd;
  if (fd < 0) return -EBADF;
  try {
    if (static_cast<std::size_t>(fd) >= slots_.size()) slots_.resize(static_cast<std::size_t>(fd) + 1);
    if (request.words.code == Code::receive_many) scratch_.resize(options_.chunk_bytes);
  } catch (const std::bad_alloc&) {
    return -ENOMEM;
  }
  Slot& slot = slots_[static_cast<std::size_t>(fd)];
  if (waits_to_read(request.words)) {
    RINGBACK_CHECK(slot.reader == nullptr, "two readers at once on one descriptor: wait for the first, or cancel it");
    slot.reader = &request;
  }
  if (waits_to_write(request.words)) {
    RINGBACK_CHECK(slot.writer == nullptr, "two writers at once on one descriptor: wait for the first, or cancel it");
    slot.writer = &request;
  }
  const std::int32_t code = arm(fd);
  if (code < 0) leave(request);
  return code;
}

std::int32_t EpollDriver::arm(int fd) noexcept {
  Slot& slot = slots_[static_cast<std::size_t>(fd)];
  epoll_event event{};
  event.events = EPOLLONESHOT;
  if (slot.reader != nullptr) event.events |= events_of(slot.reader->words);
  if (slot.writer != nullptr) event.events |= events_of(slot.writer->words);
  event.data.u64 = static_cast<std::uint64_t>(++slot.arming) << 32 | static_cast<std::uint32_t>(fd);
  if (slot.registered && ::epoll_ctl(epoll_, EPOLL_CTL_MOD, fd, &event) == 0) return 0;
  if (!slot.registered || errno == ENOENT) {
    slot.registered = true;
    if (::epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event) == 0) return 0;
    if (errno == EEXIST && ::epoll_ctl(epoll_, EPOLL_CTL_MOD, fd, &event) == 0) return 0;
  }
  const int code = errno;
  slot.registered = false;
  return -code;
}

// Before `fd` is closed: what it stood for will not be heard of again.
void EpollDriver::forget(int fd) noexcept {
  if (fd < 0 || static_cast<std::size_t>(fd) >= slots_.size()) return;
  Slot& slot = slots_[static_cast<std::size_t>(fd)];
  RINGBACK_CHECK(slot.reader == nullptr && slot.writer == nullptr,
                 "a descriptor was closed while a request waits for it: cancel the request first");
  // Not left to close(): a duplicate elsewhere would keep the registration alive.
  if (slot.registered) ::epoll_ctl(epoll_, EPOLL_CTL_DEL, fd, nullptr);
  slot.registered = false;
}

void EpollDriver::leave(KernelRequest& request) noexcept {
  Slot& slot = slots_[static_cast<std::size_t>(request.words.fd)];
  if (slot.reader == &request) slot.reader = nullptr;
  if (slot.writer == &request) slot.writer = nullptr;
}

void EpollDriver::cancel(KernelRequest& request) noexcept {
  RINGBACK_CHECK(this_thread_mark() == owner_, "a request was cancelled on a thread that does not own its driver");
  const auto fd = static_cast<std::size_t>(request.words.fd);
  const bool waits =
      request.words.fd >= 0 && fd < slots_.size() && (slots_[fd].reader == &request || slots_[fd].writer == &request);
  if (waits) {
    leave(request);
  } else if (!files_.remove(request)) {
    return;  // Its result is known, or will be soon.
  }
  end(request, -ECANCELED);
}

// `value` is delivered by the next poll().
void EpollDriver::end(KernelRequest& request, std::int32_t value) noexcept {
  RequestList::state(request) = static_cast<std::uint32_t>(value);
  ended_.push_back(request);
  if (signal_.embedded()) signal_.raise();
}

int EpollDriver::wake_fd() noexcept {
  own();
  signal_.embed();
  return epoll_;
}

std::size_t EpollDriver::poll(Deadline until) noexcept {
  RINGBACK_CHECK(!polling_, "poll() was called from on_result(): return from it instead");
  own();
  polling_ = true;
  std::size_t delivered = 0;
  bool last_look = until.moment() == TimePoint::min();
  while (delivered == 0) {
    last_look = last_look || (!until.is_never() && until.passed(now()));
    const bool may_sleep = !last_look && ended_.empty() && signal_.begin_wait();
    int more = deliver_events(may_sleep, until, delivered);
    for (int round = 1; more == kEventsAtOnce && round < kRounds; ++round) {
      more = deliver_events(false, until, delivered);
    }
    if (woken_ || last_look) break;
  }
  polling_ = false;
  signal_.rest();
  return delivered;
}

// One batch; gives the number of events in it.
int EpollDriver::deliver_events(bool may_sleep, Deadline until, std::size_t& delivered) noexcept {
  epoll_event events[kEventsAtOnce];
  const int count = wait_for_events(epoll_, events, may_sleep, until);
  RINGBACK_CHECK(count >= 0 || errno == EINTR,
                 "epoll_wait failed: was the driver's descriptor closed by somebody else?");
  woken_ = signal_.end_wait();
  files_.take_finished(ended_);
  delivered += deliver_ended();
  for (int i = 0; i < count; ++i) {
    const std::uint64_t data = events[i].data.u64;
    if (data == kSignal) continue;
    delivered +=
        on_event(static_cast<int>(data & 0xFFFFFFFFU), static_cast<std::uint32_t>(data >> 32), events[i].events);
  }
  return count;
}

// What on_result() submits or cancels may change the slot, and move it.
std::size_t EpollDriver::on_event(int fd, std::uint32_t arming, std::uint32_t events) noexcept {
  const auto index = static_cast<std::size_t>(fd);
  if (slots_[index].arming != arming) return 0;
  KernelRequest* const writer = slots_[index].writer;
  std::size_t delivered = 0;
  KernelRequest* const reader = slots_[index].reader;
  if (reader != nullptr && (events & kReadEvents) != 0) delivered += serve(fd, *reader);
  const bool writer_is_still_there = slots_[index].writer == writer && writer != nullptr && writer != reader;
  if (writer_is_still_there && (events & kWriteEvents) != 0) delivered += serve(fd, *writer);
  Slot& slot = slots_[index];
  const bool waits = slot.reader != nullptr || slot.writer != nullptr;
  if (!waits || slot.arming != arming) return delivered;
  if (const std::int32_t code = arm(fd); code < 0) {
    KernelRequest* const first = slot.reader != nullptr ? slot.reader : slot.writer;
    KernelRequest* const second = slot.writer != first ? slot.writer : nullptr;
    slot.reader = slot.writer = nullptr;
    end(*first, code);
    if (second != nullptr) end(*second, code);
  }
  return delivered;
}

std::size_t EpollDriver::serve(int fd, KernelRequest& request) noexcept {
  if (is_many(request.words)) return serve_many(fd, request);
  std::int32_t value = 0;
  if (try_now(request.words, value) != Tried::done) return 0;
  const bool drains =
      request.words.code == Code::receive && value > 0 && static_cast<std::uint32_t>(value) < request.words.length;
  slots_[static_cast<std::size_t>(fd)].drained = drains;
  leave(request);
  return finish(request, value);
}

std::size_t EpollDriver::serve_many(int fd, KernelRequest& request) noexcept {
  const auto index = static_cast<std::size_t>(fd);
  for (std::size_t delivered = 0; delivered < kResultsAtOnce; ++delivered) {
    Result result;
    if (!(request.words.code == Code::accept_many ? accept_one(request, result) : receive_chunk(request, result))) {
      return delivered;
    }
    const bool ends = request.words.code == Code::accept_many ? result.value < 0 : result.value <= 0;
    if (ends) {
      leave(request);
      return delivered + finish(request, result.value);
    }
    result.more = true;
    request.on_result(std::move(result));
    if (slots_[index].reader != &request) return delivered + 1;  // It was cancelled.
  }
  return kResultsAtOnce;
}

bool EpollDriver::accept_one(const KernelRequest& request, Result& result) noexcept {
  RequestWords words = request.words;
  words.code = Code::accept;
  return try_now(words, result.value) == Tried::done;
}

bool EpollDriver::receive_chunk(const KernelRequest& request, Result& result) noexcept {
  RequestWords words = request.words;
  words.code = Code::receive;
  words.buffer = scratch_.data();
  words.length = static_cast<std::uint32_t>(scratch_.size());
  if (try_now(words, result.value) != Tried::done) return false;
  if (result.value <= 0) return true;
  result.chunk = Chunk::try_copy_of({scratch_.data(), static_cast<std::size_t>(result.value)});
  if (result.chunk.empty()) result.value = -ENOMEM;
  return true;
}

std::size_t EpollDriver::deliver_ended() noexcept {
  std::size_t delivered = 0;
  RequestList ended;
  ended.take_all(ended_);
  while (KernelRequest* request = ended.pop_front()) {
    delivered += finish(*request, static_cast<std::int32_t>(RequestList::state(*request)));
  }
  return delivered;
}

std::size_t EpollDriver::finish(KernelRequest& request, std::int32_t value) noexcept {
  --in_flight_;
  request.on_result(Result{value, false, {}});
  return 1;
}

}  // namespace ringback::internal
