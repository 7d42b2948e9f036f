#include "ringback/net/internal/inflow.h"

#include <cerrno>
#include <mutex>

namespace ringback::internal {
namespace {

// What a socket keeps for a reader that is busy elsewhere, before it stops asking for more: the kernel
// then holds the rest, and the other side is slowed down.
constexpr std::size_t kItemsMost = 16;

// Results that say something about the request, not about the socket.
bool is_about_request(std::int32_t value) noexcept {
  return value == -ECANCELED || value == -ENOBUFS || value == -EINTR;
}

}  // namespace

InflowOperation::InflowOperation(std::string_view name, Inflow& inflow, bool arms) noexcept
    : KernelOperation(name, &inflow.resource(), Use::reading), inflow_(inflow), arms_(arms) {}

// A deadline that has passed allows one attempt only, which arming is not.
bool InflowOperation::may_arm() const noexcept {
  const Loop& io = executor().io();
  return arms_ && io.is_current() && io.is_running() && !waiter().context().is_cancelled_or_expired();
}

bool InflowOperation::take_or_ask() noexcept {
  for (;;) {
    switch (inflow_.look(*this)) {
      case Inflow::Look::ended: return true;
      case Inflow::Look::parked: return false;
      case Inflow::Look::ask: return ask();
      case Inflow::Look::again: break;
    }
  }
}

bool InflowOperation::request_ended() noexcept {
  if (!is_parked_) return answered();
  is_parked_ = false;
  return is_withdrawn_ || take_or_ask();
}

void InflowOperation::request_cancel(Reason reason) noexcept {
  if (!inflow_.withdraw(*this)) return KernelOperation::request_cancel(reason);
  is_withdrawn_ = true;
  set_value(-ECANCELED);
  deliver_ended();
}

Inflow::Inflow(Descriptor descriptor, std::string name, RequestWords::Code code) noexcept
    : resource_(std::move(descriptor), std::move(name)) {
  armed_.words.code = code;
  armed_.words.fd = resource_.fd();
}

Inflow::~Inflow() {
  if (armed_.words.code != RequestWords::Code::accept_many) return;
  for (std::size_t i = first_item_; i < items_.size(); ++i) Descriptor unclaimed(items_[i].value);
}

Inflow::Look Inflow::look(InflowOperation& operation) noexcept {
  {
    std::lock_guard guard(lock_);
    if (take_first(operation)) return Look::ended;
    if (armed_on_ == nullptr && !operation.may_arm()) return Look::ask;
  }
  return park(operation);
}

// Looks again under both locks, since something may have come in between.
Inflow::Look Inflow::park(InflowOperation& operation) noexcept {
  const auto parked = operation.suspend([this, &operation]() noexcept {
    std::lock_guard guard(lock_);
    if (has_item()) return false;
    if (armed_on_ == nullptr && !(operation.may_arm() && arm(operation))) return false;
    if (!armed_on_->is_current()) ask_release();
    operation.is_parked_ = true;
    waiting_ = &operation;
    return true;
  });
  if (parked == Context::Parked::suspended) return Look::parked;
  if (parked == Context::Parked::at_once) return Look::again;
  operation.set_value(-ECANCELED);
  return Look::ended;
}

bool Inflow::withdraw(InflowOperation& operation) noexcept {
  std::lock_guard guard(lock_);
  if (waiting_ != &operation) return false;
  waiting_ = nullptr;
  return true;
}

// Under lock_.
bool Inflow::take_first(InflowOperation& operation) noexcept {
  if (first_item_ == items_.size()) {
    if (!std::exchange(has_lost_, false)) return false;
    Result lost{-ENOMEM, false, {}};
    operation.take_item(lost);
    return true;
  }
  if (!operation.take_item(items_[first_item_])) return true;
  items_[first_item_] = Result();
  if (++first_item_ == items_.size()) {
    items_.clear();
    first_item_ = 0;
  }
  return true;
}

// Under lock_, on the thread of a running Loop. False: not armed; there may be an item now.
bool Inflow::arm(InflowOperation& operation) noexcept {
  Result now;
  Loop& loop = operation.executor().io();
  operation.arms_ = false;  // Once for each operation: what ends at once without an item is asked for singly.
  if (resource_.enter(Resource::Use::shared) != Resource::Entry::entered) return false;
  if (loop.driver().submit(armed_, now)) {
    resource_.leave(Resource::Use::shared);
    keep_item(std::move(now));
    return false;
  }
  add_reference();
  loop.add_guest(armed_);
  armed_on_ = &loop;
  return true;
}

// On the thread of the Loop where it is armed.
void Inflow::disarm() noexcept {
  std::lock_guard guard(lock_);
  disarm_locked();
}

void Inflow::disarm_locked() noexcept {
  if (std::exchange(is_disarming_, true)) return;
  armed_on_->driver().cancel(armed_);
}

// Under lock_, armed elsewhere: that Loop is still in run(), and runs the job before it leaves it.
void Inflow::ask_release() noexcept {
  if (is_disarming_ || std::exchange(release_is_posted_, true)) return;
  add_reference();
  armed_on_->post(release_job_);
}

void Inflow::release() noexcept {
  {
    std::lock_guard guard(lock_);
    release_is_posted_ = false;
    if (armed_on_ != nullptr && armed_on_->is_current()) disarm_locked();
  }
  drop_reference();
}

void Inflow::close() noexcept {
  resource_.close_socket();
  std::lock_guard guard(lock_);
  if (armed_on_ == nullptr) return;
  if (armed_on_->is_current()) {
    disarm_locked();
  } else {
    ask_release();
  }
}

bool Inflow::is_armed() noexcept {
  std::lock_guard guard(lock_);
  return armed_on_ != nullptr;
}

// On the thread of the Loop where it is armed, inside poll(). The last result may destroy this.
void Inflow::take_in(Result result) noexcept {
  const bool is_last = !result.more;
  InflowOperation* woken = nullptr;
  {
    std::lock_guard guard(lock_);
    keep_item(std::move(result));
    if (is_last) {
      if (armed_.is_linked()) armed_.unlink();
      armed_on_ = nullptr;
      is_disarming_ = false;
    } else if (items_.size() - first_item_ >= kItemsMost) {
      disarm_locked();
    }
    if (is_last || has_item()) woken = std::exchange(waiting_, nullptr);
  }
  if (woken != nullptr) woken->deliver_ended();
  if (!is_last) return;
  resource_.leave(Resource::Use::shared);
  drop_reference();
}

// Under lock_. Nobody waits: copied, so that buffers the driver lends go back and serve others.
void Inflow::keep_item(Result&& result) noexcept {
  if (is_about_request(result.value)) return;
  if (waiting_ == nullptr && !result.chunk.empty()) {
    Chunk copy = Chunk::try_copy_of(result.chunk.bytes());
    if (!copy.empty()) result.chunk = std::move(copy);
  }
  try {
    items_.push_back(std::move(result));
  } catch (const std::bad_alloc&) {
    // Said to the next who asks, after what came before it.
    if (armed_.words.code == RequestWords::Code::accept_many) const Descriptor lost(result.value);
    has_lost_ = true;
  }
}

}  // namespace ringback::internal
