// What a Queue is without its type: a ring of places, two lines of waiters, and the rules.
//
// Not used by programs directly. Everything here is guarded by `lock`. After every change settle()
// restores: whoever waits to get finds the ring empty; whoever waits to put finds no free place, or
// stands behind somebody who does. So one look at the lines tells whether to wait.
#pragma once

#include <cstddef>

#include "ringback/sync/waiter_list.h"

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

// Waiting in a queue: to put (`item` is what is to be put), to reserve (null), to get (where the item
// goes), or to join (null).
class QueueWait : public WaitLeaf {
 public:
  void request_cancel(Reason reason) noexcept final;

 protected:
  explicit QueueWait(QueueCore& core) noexcept : core_(&core) {}
  QueueWait(QueueWait&& other) noexcept : WaitLeaf(std::move(other)), core_(other.core_) {}

  QueueCore* core_;
  void* item_ = nullptr;
  WaiterList* line_ = nullptr;  // in which it stands

 private:
  friend class QueueCore;
};

class QueueCore {
 public:
  QueueCore(std::size_t capacity, const ItemType& type);
  ~QueueCore();
  QueueCore(const QueueCore&) = delete;
  QueueCore& operator=(const QueueCore&) = delete;

  // The ways to begin; `leaf` is attached. True: ended at once. `item` as at QueueWait.
  bool begin_put(QueueWait& leaf, void* item) noexcept;
  bool begin_get(QueueWait& leaf, void* into) noexcept;
  bool begin_join(QueueWait& leaf) noexcept;

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
  // For the way without waiters, in the typed shell. Under lock_.
  bool puts_at_once() const noexcept {
    return size_ + reserved_ < capacity_ && getters_.empty() && putters_.empty() && phase_ == Phase::open;
  }
  bool gets_at_once() const noexcept { return size_ != 0 && putters_.empty(); }
  // Moves on past an item that has been put at tail_, or taken out at head_.
  void was_put() noexcept {
    if (++tail_ == capacity_) tail_ = 0;
    ++size_;
    ++unfinished_;
  }
  void was_taken() noexcept {
    if (++head_ == capacity_) head_ = 0;
    --size_;
  }

  SpinLock lock_;
  void* ring_;
  std::size_t head_ = 0;
  std::size_t tail_ = 0;

 private:
  friend class QueueWait;

  enum class Phase : std::uint8_t { open, closed, discarded };
  enum class Try : std::uint8_t { given, must_wait, lost, closed };

  template <typename Attempt>
  bool begin_in(QueueWait& leaf, WaiterList& line, Attempt&& attempt) noexcept;

  // Under lock_. `leaf` must win its claim before anything changes; null: nobody races.
  Try put_now(QueueWait* leaf, void* item, Woken& woken) noexcept;
  Try get_now(QueueWait* leaf, void* into, Woken& woken) noexcept;
  Try join_now(QueueWait* leaf) noexcept;
  void accept(void* item, Woken& woken) noexcept;
  void pop_into(void* into) noexcept;
  void settle(Woken& woken) noexcept;
  void end_all(WaiterList& line, Woken& woken) noexcept;
  void finished(std::size_t count, Woken& woken) noexcept;
  bool has_ended() const noexcept;
  void* cell(std::size_t index) const noexcept { return static_cast<std::byte*>(ring_) + index * type_.bytes; }

  const std::size_t capacity_;
  std::size_t size_ = 0;
  std::size_t reserved_ = 0;    // places given to Slots that have neither been filled nor given up
  std::size_t unfinished_ = 0;  // put, and not reported by task_done()
  Phase phase_ = Phase::open;
  WaiterList getters_;
  WaiterList putters_;
  WaiterList joiners_;
  const ItemType& type_;
};

}  // namespace ringback::internal
