// What a Queue is without its type: a ring of places, two lines of waiters, and the rules.
//
// Not used by programs directly. Everything here is guarded by `lock_`. After every change settle()
// restores: while a getter waits, the ring is empty; while a putter waits, the ring has no free place for it or
// for a putter before it. So one look at the lines tells whether to wait.
//
// The plain way. While no operation waits and the queue is open (`is_plain_`), Queue puts and takes by
// itself, inline: one attempt at the lock, a few words changed, no call. Every other case (the lock is taken, an
// operation waits, a race around us, closed) comes here. Locked sets is_plain_ right again when it releases the
// lock, so it is never true while an operation is in line: the plain way overtakes none.
#pragma once

#include <cstddef>

#include "ringback/sync/waiter_list.h"

namespace ringback {

template <typename T>
class Queue;

}  // namespace ringback

namespace ringback::internal {

class QueueCore;

// How items of one type are handled, in memory that the core knows only by address.
struct ItemType {
  std::size_t bytes;
  std::size_t alignment;
  void (*move)(void* from, void* to) noexcept;      // `from` stays, moved from
  void (*relocate)(void* from, void* to) noexcept;  // `from` is destroyed
  void (*destroy)(void* item) noexcept;
};

template <typename T>
inline constexpr ItemType kItemType{
    sizeof(T), alignof(T), [](void* from, void* to) noexcept { ::new (to) T(std::move(*static_cast<T*>(from))); },
    [](void* from, void* to) noexcept {
      T* item = static_cast<T*>(from);
      ::new (to) T(std::move(*item));
      item->~T();
    },
    [](void* item) noexcept { static_cast<T*>(item)->~T(); }};

[[noreturn]] void throw_closed(std::string_view operation);

// Waiting in a queue: to put (`item` is what is to be put), to reserve (null), to get (where the item
// goes), or to join (null).
class QueueWait : public WaitLeaf {
 public:
  void request_cancel(Reason reason) noexcept final;

  // Why it gave nothing. Out of line, so that the way on which nothing fails stays short.
  [[gnu::cold, gnu::noinline]] Failure failure(std::string_view operation) const;

 protected:
  explicit QueueWait(QueueCore& core) noexcept : core_(&core) {}
  QueueWait(QueueWait&& other) noexcept : WaitLeaf(std::move(other)), core_(other.core_) {}

  QueueCore* core_;
  void* item_;        // both: from when it is seen by others
  WaiterList* line_;  // in which it stands

 private:
  friend class QueueCore;
  template <typename>
  friend class ::ringback::Queue;
};

class QueueCore {
 public:
  QueueCore(std::size_t capacity, const ItemType& type);
  ~QueueCore();
  QueueCore(const QueueCore&) = delete;
  QueueCore& operator=(const QueueCore&) = delete;

  // The ways to begin. True: ended at once. `item` as at QueueWait.
  bool begin_put(QueueWait& leaf, Waiter& waiter, void* item) noexcept;
  bool begin_get(QueueWait& leaf, Waiter& waiter, void* into) noexcept;
  bool begin_join(QueueWait& leaf, Waiter& waiter) noexcept;
  // The same, for a leaf that takes freely, where the caller holds the lock; it is let go here.
  bool begin_put_locked(QueueWait& leaf, Waiter& waiter, void* item) noexcept;
  bool begin_get_locked(QueueWait& leaf, Waiter& waiter, void* into) noexcept;

  // The same without waiting. False: nothing happened.
  bool try_put(void* item) noexcept;
  bool try_get(void* into) noexcept;

  // A reserved place is filled, or given up. False: close_now() came first, `item` is untouched.
  bool commit(void* item) noexcept;
  void drop() noexcept;

  void close() noexcept;
  std::size_t close_now() noexcept;
  void task_done() noexcept;
  std::size_t size() noexcept;
  bool is_closed() noexcept;
  std::size_t capacity() const noexcept { return capacity_; }

 protected:
  // For the plain way. Under lock_.
  bool puts_at_once() const noexcept { return is_plain_ && free_ != 0; }
  bool gets_at_once() const noexcept { return is_plain_ && size_ != 0; }
  // Moves on past an item that has been put at tail_, or taken out at head_.
  void was_put() noexcept {
    tail_ = tail_ + 1 == capacity_ ? 0 : tail_ + 1;
    --free_;
    ++size_;
    ++unfinished_;
  }
  void was_taken() noexcept {
    head_ = head_ + 1 == capacity_ ? 0 : head_ + 1;
    --size_;
    ++free_;
  }

  // Takes the first waiting getter out of line, to hand it an item; null if there is none, or if it must be asked
  // first. Under lock_, which gave_getter() releases once the item has been moved.
  QueueWait* take_getter() noexcept {
    if (!getters_.is_front_claimed() || phase_ != Phase::open || free_ == 0) return nullptr;
    return &static_cast<QueueWait&>(getters_.give_front());
  }
  void gave_getter(QueueWait& getter) noexcept;

  SpinLock lock_;
  bool is_plain_ = true;
  void* ring_;
  std::size_t head_ = 0;
  std::size_t tail_ = 0;

 private:
  friend class QueueWait;

  enum class Phase : std::uint8_t { open, closed, discarded };
  enum class Try : std::uint8_t { given, must_wait, lost, closed };

  // The lock, for every way but the plain one.
  class Locked {
   public:
    explicit Locked(QueueCore& core) noexcept : core_(core) { core_.lock_.lock(); }
    ~Locked() {
      core_.is_plain_ = core_.phase_ == Phase::open && core_.getters_.empty() && core_.putters_.empty();
      core_.lock_.unlock();
    }
    Locked(const Locked&) = delete;
    Locked& operator=(const Locked&) = delete;

   private:
    QueueCore& core_;
  };

  template <typename Attempt>
  bool begin_in(QueueWait& leaf, Waiter& waiter, WaiterList& line, Attempt attempt) noexcept;
  void line_up(QueueWait& leaf, Waiter& waiter, WaiterList& line, void* item) noexcept;
  static bool note_end(QueueWait& leaf, Try tried) noexcept;

  // Under lock_. `leaf` must win its claim before anything changes; null: there is no race.
  Try put_now(QueueWait* leaf, void* item, Woken& woken) noexcept;
  Try get_now(QueueWait* leaf, void* into, Woken& woken) noexcept;
  Try join_now(QueueWait* leaf) noexcept;
  void accept(void* item, Woken& woken) noexcept;
  void pop_into(void* into) noexcept;
  void settle(Woken& woken) noexcept;
  void end_all(WaiterList& line, Woken& woken) noexcept;
  void finished(std::size_t count, Woken& woken) noexcept;
  bool has_ended() const noexcept;
  // Places given to Slots that have neither been filled nor given up.
  std::size_t reserved() const noexcept { return capacity_ - size_ - free_; }
  void* cell(std::size_t index) const noexcept { return static_cast<std::byte*>(ring_) + index * type_.bytes; }

  const std::size_t capacity_;
  std::size_t size_ = 0;        // items in the ring
  std::size_t free_;            // places that are neither filled nor reserved
  std::size_t unfinished_ = 0;  // put, and not reported by task_done()
  Phase phase_ = Phase::open;
  WaiterList getters_;
  WaiterList putters_;
  WaiterList joiners_;
  const ItemType& type_;
};

// The ring is empty and has a free place, so no putter waits.
inline void QueueCore::gave_getter(QueueWait& getter) noexcept {
  ++unfinished_;
  is_plain_ = getters_.empty();
  lock_.unlock();
  getter.deliver();
}

}  // namespace ringback::internal
