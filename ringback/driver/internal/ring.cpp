#include "ringback/driver/internal/ring.h"

#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <string>

#include "ringback/base/check.h"
#include "ringback/base/error.h"
#include "ringback/driver/internal/kernel_order.h"

namespace ringback::internal {
namespace {

// SUBMIT_ALL: a bad entry fails alone. TASKRUN_FLAG: a look without news costs no system call.
constexpr std::uint32_t kSetUp = IORING_SETUP_CLAMP | IORING_SETUP_CQSIZE | IORING_SETUP_R_DISABLED |
                                 IORING_SETUP_SUBMIT_ALL | IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN |
                                 IORING_SETUP_TASKRUN_FLAG;

constexpr std::uint32_t kFeatures = IORING_FEAT_SINGLE_MMAP | IORING_FEAT_NODROP | IORING_FEAT_SUBMIT_STABLE |
                                    IORING_FEAT_RW_CUR_POS | IORING_FEAT_FAST_POLL | IORING_FEAT_EXT_ARG |
                                    IORING_FEAT_CQE_SKIP;

constexpr int kOperations[] = {
    IORING_OP_NOP,    IORING_OP_READ,    IORING_OP_WRITE,  IORING_OP_FSYNC, IORING_OP_POLL_ADD, IORING_OP_ASYNC_CANCEL,
    IORING_OP_ACCEPT, IORING_OP_CONNECT, IORING_OP_OPENAT, IORING_OP_CLOSE, IORING_OP_SEND,     IORING_OP_RECV,
};

[[noreturn]] void fail_unexpected(const char* call, int code) noexcept {
  char advice[160];
  std::snprintf(advice, sizeof advice, "%s failed with %d (%s): the ring cannot be used any more", call, code,
                std::strerror(code));
  check_failed("the kernel accepts the call", advice);
}

// None of these says anything about the calls, only about what the system has left.
bool is_exhaustion(int code) noexcept { return code == EMFILE || code == ENFILE || code == ENOMEM || code == EAGAIN; }

}  // namespace

Ring::Ring(std::uint32_t entries) {
  io_uring_params params{};
  params.flags = kSetUp;
  params.cq_entries = entries * 4;
  const int code = -io_uring_queue_init_params(entries, &ring_, &params);
  if (is_exhaustion(code)) throw Error::from_os(code, "set up io_uring");
  if (code != 0) {
    throw Error(ErrorKind::unsupported, "set up io_uring",
                code == EINVAL ? "the kernel's io_uring is too old (Linux 6.1 is needed)" : std::strerror(code), code);
  }
  // The kernel may map a ring where another thread has unmapped one.
  order_after_kernel();
  // Entry i of the queue is always entry i of the submission array. liburing 2.3 leaves the array to its caller.
  // liburing 2.9 fills it, or asks the kernel for a ring without one (IORING_SETUP_NO_SQARRAY), and then the pointer is
  // null.
  if (ring_.sq.array != nullptr) {
    for (std::uint32_t i = 0; i < params.sq_entries; ++i) ring_.sq.array[i] = i;
  }
  if ((params.features & kFeatures) != kFeatures || lacks_something()) {
    io_uring_queue_exit(&ring_);
    throw Error(ErrorKind::unsupported, "set up io_uring", "the kernel's io_uring lacks operations that are needed");
  }
}

Ring::~Ring() {
  order_before_kernel();
  io_uring_queue_exit(&ring_);
}

bool Ring::lacks_something() noexcept {
  io_uring_probe* probe = io_uring_get_probe_ring(&ring_);
  if (probe == nullptr) return true;
  bool lacks = false;
  for (int operation : kOperations) lacks = lacks || io_uring_opcode_supported(probe, operation) == 0;
  io_uring_free_probe(probe);
  return lacks;
}

void Ring::enable() noexcept {
  const int code = -io_uring_register(static_cast<unsigned>(descriptor()), IORING_REGISTER_ENABLE_RINGS, nullptr, 0);
  if (code > 0) fail_unexpected("enabling the io_uring", code);
}

std::uint32_t Ring::pending() const noexcept {
  return ring_.sq.sqe_tail - __atomic_load_n(ring_.sq.khead, __ATOMIC_ACQUIRE);
}

io_uring_sqe* Ring::next_entry() noexcept {
  if (pending() == ring_.sq.ring_entries) return nullptr;
  io_uring_sqe* entry = &ring_.sq.sqes[ring_.sq.sqe_tail++ & ring_.sq.ring_mask];
  std::memset(entry, 0, sizeof *entry);
  return entry;
}

void Ring::publish() noexcept { __atomic_store_n(ring_.sq.ktail, ring_.sq.sqe_tail, __ATOMIC_RELEASE); }

bool Ring::submit() noexcept {
  publish();
  const std::uint32_t count = pending();
  if (count == 0) return true;
  const int taken = io_uring_enter(static_cast<unsigned>(descriptor()), count, 0, 0, nullptr);
  if (taken < 0 && taken != -EAGAIN && taken != -EBUSY && taken != -EINTR && taken != -ENOMEM) {
    fail_unexpected("io_uring_enter", -taken);
  }
  return taken == static_cast<int>(count);
}

Ring::Entered Ring::enter(std::uint32_t count, bool wait, const Duration* limit) noexcept {
  publish();
  __kernel_timespec time{};
  io_uring_getevents_arg argument{};
  if (wait && limit != nullptr) {
    time.tv_sec = *limit / std::chrono::seconds(1);
    time.tv_nsec = (*limit % std::chrono::seconds(1)).count();
    argument.ts = reinterpret_cast<std::uintptr_t>(&time);
  }
  const int result = io_uring_enter2(static_cast<unsigned>(descriptor()), count, wait ? 1 : 0,
                                     IORING_ENTER_GETEVENTS | IORING_ENTER_EXT_ARG,
                                     reinterpret_cast<sigset_t*>(&argument), sizeof argument);
  switch (result) {
    case -EINTR: return Entered::interrupted;
    case -ETIME: return Entered::timed_out;
    case -EAGAIN:
    case -EBUSY:
    case -ENOMEM: return Entered::refused;
    default: break;
  }
  if (result < 0) fail_unexpected("io_uring_enter", -result);
  return static_cast<std::uint32_t>(result) < count ? Entered::refused : Entered::ok;
}

bool Ring::must_enter() const noexcept {
  return (__atomic_load_n(ring_.sq.kflags, __ATOMIC_ACQUIRE) & (IORING_SQ_CQ_OVERFLOW | IORING_SQ_TASKRUN)) != 0;
}

std::uint32_t Ring::ready() const noexcept {
  return __atomic_load_n(ring_.cq.ktail, __ATOMIC_ACQUIRE) - *ring_.cq.khead;
}

const io_uring_cqe& Ring::front() const noexcept { return ring_.cq.cqes[*ring_.cq.khead & ring_.cq.ring_mask]; }

void Ring::pop() noexcept { __atomic_store_n(ring_.cq.khead, *ring_.cq.khead + 1, __ATOMIC_RELEASE); }

int Ring::register_eventfd(int eventfd) noexcept {
  return io_uring_register(static_cast<unsigned>(descriptor()), IORING_REGISTER_EVENTFD, &eventfd, 1);
}

int Ring::register_buffers(void* memory, std::uint32_t count, std::uint16_t group) noexcept {
  io_uring_buf_reg registration{};
  registration.ring_addr = reinterpret_cast<std::uintptr_t>(memory);
  registration.ring_entries = count;
  registration.bgid = group;
  return io_uring_register(static_cast<unsigned>(descriptor()), IORING_REGISTER_PBUF_RING, &registration, 1);
}

}  // namespace ringback::internal
