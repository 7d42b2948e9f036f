#include "ringback/sync/queue_core.h"

#include <new>

namespace ringback::internal {

QueueCore::QueueCore(std::size_t capacity, const ItemType& type) : capacity_(capacity), free_(capacity), type_(type) {
  RINGBACK_CHECK(capacity != 0, "a Queue needs room for one item at least");
  if (capacity > static_cast<std::size_t>(-1) / type.bytes) throw std::bad_array_new_length();
  ring_ = ::operator new(capacity * type.bytes, std::align_val_t(type.alignment));
}

QueueCore::~QueueCore() {
  RINGBACK_CHECK(reserved() == 0, "a Queue was destroyed before a Slot of it: commit or drop it first");
  for (const WaiterList* line : {&getters_, &putters_, &joiners_}) line->check_deserted();
  close_now();
  ::operator delete(ring_, std::align_val_t(type_.alignment));
}

// True: it has ended.
bool QueueCore::note_end(QueueWait& leaf, Try tried) noexcept {
  if (tried == Try::given) leaf.set_end(QueueWait::End::given);
  if (tried == Try::closed) leaf.set_end(QueueWait::End::closed);
  return tried == Try::given || tried == Try::closed;
}

// Tries, and lines up where that fails, both under the context's lock and ours.
template <typename Attempt>
bool QueueCore::begin_in(QueueWait& leaf, Waiter& waiter, WaiterList& line, Attempt attempt) noexcept {
  using Parked = QueueWait::Parked;
  Parked parked = Parked::refused;
  leaf.line_ = &line;
  const bool may_try = leaf.attach(waiter);
  if (may_try) {
    parked = leaf.suspend([&]() noexcept {
      Woken woken;
      const Locked locked(*this);
      const Try tried = attempt(woken);
      if (note_end(leaf, tried)) return false;
      if (tried == Try::lost) {
        line.lose(leaf);
      } else {
        line.add(leaf);
      }
      return true;
    });
  }
  if (parked != Parked::refused) return parked == Parked::at_once;
  if (may_try) {
    // The deadline has passed: what can complete at once still does.
    Woken woken;
    const Locked locked(*this);
    if (note_end(leaf, attempt(woken))) return true;
  }
  leaf.set_end(QueueWait::End::cancelled);
  return true;
}

bool QueueCore::begin_put(QueueWait& leaf, Waiter& waiter, void* item) noexcept {
  leaf.item_ = item;
  return begin_in(leaf, waiter, putters_, [this, &leaf](Woken& woken) { return put_now(&leaf, leaf.item_, woken); });
}

bool QueueCore::begin_get(QueueWait& leaf, Waiter& waiter, void* into) noexcept {
  leaf.item_ = into;
  return begin_in(leaf, waiter, getters_, [this, &leaf](Woken& woken) { return get_now(&leaf, leaf.item_, woken); });
}

bool QueueCore::begin_join(QueueWait& leaf, Waiter& waiter) noexcept {
  return begin_in(leaf, waiter, joiners_, [this, &leaf](Woken&) { return join_now(&leaf); });
}

// Where there is nothing to take, or no place, we wait in turn. Only a simple context: it has no lock,
// which would have to come before ours, and nobody can cancel it meanwhile.
bool QueueCore::begin_put_locked(QueueWait& leaf, Waiter& waiter, void* item) noexcept {
  if (free_ == 0 && phase_ == Phase::open && waiter.context().is_simple()) {
    line_up(leaf, waiter, putters_, item);
    return false;
  }
  lock_.unlock();
  return begin_put(leaf, waiter, item);
}

bool QueueCore::begin_get_locked(QueueWait& leaf, Waiter& waiter, void* into) noexcept {
  if (size_ == 0 && phase_ == Phase::open && waiter.context().is_simple()) {
    line_up(leaf, waiter, getters_, into);
    return false;
  }
  lock_.unlock();
  return begin_get(leaf, waiter, into);
}

inline void QueueCore::line_up(QueueWait& leaf, Waiter& waiter, WaiterList& line, void* item) noexcept {
  leaf.suspend_simple(waiter);
  leaf.claim_no_more();  // Nobody races.
  leaf.item_ = item;
  leaf.line_ = &line;
  line.add(leaf);
  is_plain_ = false;
  lock_.unlock();
}

void QueueWait::request_cancel(Reason) noexcept {
  if (is_past_cancelling()) return;
  Woken woken;
  const QueueCore::Locked locked(*core_);
  if (line_->cancel(*this)) woken.add(*this);
}

void throw_closed(std::string_view operation) {
  throw Error(ErrorKind::closed, operation, "the queue has been closed");
}

Failure QueueWait::failure(std::string_view operation) const {
  if (end() == End::cancelled) return cancelled_failure();
  return Error(ErrorKind::closed, operation, "the queue has been closed");
}

QueueCore::Try QueueCore::put_now(QueueWait* leaf, void* item, Woken& woken) noexcept {
  if (phase_ != Phase::open) return Try::closed;
  if (free_ == 0) return Try::must_wait;  // As it is for all in line.
  if (leaf != nullptr && !leaf->try_claim()) return Try::lost;
  if (item == nullptr) {
    --free_;
  } else {
    accept(item, woken);
  }
  return Try::given;
}

QueueCore::Try QueueCore::get_now(QueueWait* leaf, void* into, Woken& woken) noexcept {
  if (size_ == 0) return has_ended() ? Try::closed : Try::must_wait;
  if (leaf != nullptr && !leaf->try_claim()) return Try::lost;
  pop_into(into);
  settle(woken);
  return Try::given;
}

QueueCore::Try QueueCore::join_now(QueueWait* leaf) noexcept {
  if (unfinished_ != 0) return Try::must_wait;
  return leaf->try_claim() ? Try::given : Try::lost;
}

// There is a free place for `item`: straight to whoever waits for one, since the ring is empty then.
void QueueCore::accept(void* item, Woken& woken) noexcept {
  if (auto* getter = static_cast<QueueWait*>(getters_.claim_first())) {
    type_.move(item, getter->item_);
    ++unfinished_;
    woken.add(*getter);
  } else {
    type_.move(item, cell(tail_));
    was_put();
  }
}

void QueueCore::pop_into(void* into) noexcept {
  type_.relocate(cell(head_), into);
  was_taken();
}

// Gives free places to who waits to put. Getters are served by accept(); they end here.
void QueueCore::settle(Woken& woken) noexcept {
  while (!putters_.empty() && free_ != 0) {
    auto& putter = static_cast<QueueWait&>(*putters_.front());
    if (!putters_.claim_front()) continue;
    if (putter.item_ == nullptr) {
      --free_;
    } else {
      accept(putter.item_, woken);
    }
    woken.add(putter);
  }
  if (has_ended()) end_all(getters_, woken);
}

// Nothing will ever come out again.
bool QueueCore::has_ended() const noexcept {
  return phase_ == Phase::discarded || (phase_ == Phase::closed && size_ == 0 && reserved() == 0);
}

void QueueCore::end_all(WaiterList& line, Woken& woken) noexcept {
  while (WaitLeaf* leaf = line.pop(QueueWait::End::closed)) woken.add(*leaf);
}

bool QueueCore::try_put(void* item) noexcept {
  Woken woken;
  const Locked locked(*this);
  return put_now(nullptr, item, woken) == Try::given;
}

bool QueueCore::try_get(void* into) noexcept {
  Woken woken;
  const Locked locked(*this);
  return get_now(nullptr, into, woken) == Try::given;
}

bool QueueCore::commit(void* item) noexcept {
  Woken woken;
  const Locked locked(*this);
  ++free_;
  if (phase_ == Phase::discarded) return false;
  accept(item, woken);
  settle(woken);
  return true;
}

void QueueCore::drop() noexcept {
  Woken woken;
  const Locked locked(*this);
  ++free_;
  settle(woken);
}

void QueueCore::close() noexcept {
  Woken woken;
  const Locked locked(*this);
  if (phase_ != Phase::open) return;
  phase_ = Phase::closed;
  end_all(putters_, woken);
  settle(woken);
}

std::size_t QueueCore::close_now() noexcept {
  std::size_t first = 0;
  std::size_t count = 0;
  {
    Woken woken;
    const Locked locked(*this);
    phase_ = Phase::discarded;
    first = head_;
    count = std::exchange(size_, 0);
    free_ += count;
    end_all(putters_, woken);
    settle(woken);
    finished(count, woken);
  }
  // From here on nobody else looks at the cells; and what a destructor does is none of the lock's business.
  for (std::size_t left = count; left != 0; --left) {
    type_.destroy(cell(first));
    if (++first == capacity_) first = 0;
  }
  return count;
}

void QueueCore::task_done() noexcept {
  Woken woken;
  const Locked locked(*this);
  RINGBACK_CHECK(unfinished_ != 0, "task_done() was called more often than items were put");
  finished(1, woken);
}

void QueueCore::finished(std::size_t count, Woken& woken) noexcept {
  unfinished_ -= count;
  if (unfinished_ != 0) return;
  while (WaitLeaf* leaf = joiners_.claim_first()) woken.add(*leaf);
}

std::size_t QueueCore::size() noexcept {
  const Locked locked(*this);
  return size_;
}

bool QueueCore::is_closed() noexcept {
  const Locked locked(*this);
  return phase_ != Phase::open;
}

}  // namespace ringback::internal
