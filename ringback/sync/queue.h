// A bounded queue between tasks, threads and callbacks, which makes the fast side wait.
//
//   Queue<Page> pages(64);
//   co_await pages.put(std::move(page));                         // waits while it is full
//   while (true) {
//     auto page = co_await pages.next();                         // waits while it is empty
//     if (!page) break;                                          // closed, and all items are out
//   }
#pragma once

#include <optional>
#include <type_traits>
#include <utility>

#include "ringback/sync/queue_core.h"

namespace ringback {

// Threads: any, for everything; wait(), callbacks and tasks may use one queue at once.
// Lifetime: must outlive everyone waiting in it and every Slot; destroying it under a waiter aborts.
// Items still in it are destroyed with it.
// First come, first served, putters and getters each: who comes later never overtakes a waiter.
// Items come out in the order in which they were put (committed, for a Slot).
// Cost: one allocation, in the constructor. No operation allocates.
template <typename T>
class Queue : private internal::QueueCore {
  static_assert(std::is_object_v<T> && !std::is_const_v<T>, "a Queue holds values");
  static_assert(std::is_nothrow_move_constructible_v<T>,
                "an item is moved under a lock and must not throw there: put std::unique_ptr<T> instead");

 public:
  class Put;
  class Get;
  class Next;
  class Reserve;
  class Join;
  class Slot;

  // `capacity` items at most, at least one: there is no rendezvous.
  explicit Queue(std::size_t capacity) : QueueCore(capacity, internal::kItemType<T>) {}

  // Waits until there is room and all who came earlier have put.
  //
  // Errors: closed, also where close() comes while it waits; the item is then gone with the operation.
  // Cancel: the item was not put, and is destroyed with the operation; where it must not be lost,
  // reserve() first. A cancellation that meets the hand-over loses: it was put.
  Put put(T item) noexcept { return Put(*this, std::move(item)); }

  // Waits for an item, and gives it.
  //
  // Errors: closed once the queue is closed and empty. Cancel: nothing was taken. A cancellation
  // that meets the hand-over loses: the item is delivered; a raced or timed-out get loses none.
  Get get() noexcept { return Get(*this); }

  // As get(), but the end is a value: nothing once the queue is closed and empty.
  Next next() noexcept { return Next(*this); }

  // Without waiting. False where it is full, closed, or somebody waits to put; `item` is untouched then.
  bool try_put(T&& item) noexcept { return QueueCore::try_put(&item); }
  bool try_put(const T& item)
    requires std::is_copy_constructible_v<T>
  {
    return try_put(T(item));
  }
  // Nothing where it is empty.
  std::optional<T> try_get() noexcept;

  // Waits for a free place, as put() does, and gives it: for an item that is only made, or taken from
  // elsewhere, once its place is certain. A place counts as full until it is filled or given up.
  //
  // Errors: closed. Cancel: no place was taken.
  Reserve reserve() noexcept { return Reserve(*this); }

  // No more items: puts fail from here on, also those that wait. Getters still get what is in it and
  // what is committed to Slots reserved before; then they end. Again: does nothing.
  void close() noexcept { QueueCore::close(); }

  // As close(), but everybody ends now. Destroys the items in it; gives how many.
  std::size_t close_now() noexcept { return QueueCore::close_now(); }

  // An item that was got has been dealt with. More calls than items put is a bug and aborts.
  void task_done() noexcept { QueueCore::task_done(); }

  // Waits until task_done() was called for every item that was put; what close_now() discarded counts
  // as done. Cancel: as if it had never waited.
  Join join() noexcept { return Join(*this); }

  // At this moment; others may change it before it can be used.
  std::size_t size() const noexcept { return self().QueueCore::size(); }
  bool is_closed() const noexcept { return self().QueueCore::is_closed(); }
  std::size_t capacity() const noexcept { return QueueCore::capacity(); }

 private:
  class GetLeaf;

  bool put_locked(Put& put, runtime::Waiter& waiter) noexcept;

  Queue& self() const noexcept { return const_cast<Queue&>(*this); }
  T* items() const noexcept { return static_cast<T*>(this->ring_); }
};

template <typename T>
class [[nodiscard]] Queue<T>::Put final : public internal::QueueWait {
 public:
  using value_type = void;
  Put(Put&&) noexcept = default;

  bool begin(runtime::Waiter& waiter) noexcept {
    Queue& queue = static_cast<Queue&>(*this->core_);
    if (waiter.context().takes_freely() && queue.lock_.try_lock()) [[likely]] {
      if (queue.puts_at_once()) [[likely]] {
        ::new (static_cast<void*>(queue.items() + queue.tail_)) T(std::move(value_));
        queue.was_put();
        queue.lock_.unlock();
        this->set_end(QueueWait::End::given);
        return true;
      }
      return queue.put_locked(*this, waiter);
    }
    return queue.begin_put(*this, waiter, &value_);
  }
  Outcome<void> take() {
    if (this->end() != QueueWait::End::given) [[unlikely]]
      return this->failure("queue put");
    return {};
  }
  std::string_view what() const noexcept override { return "queue put"; }

 private:
  friend class Queue;
  Put(Queue& queue, T&& value) noexcept : QueueWait(queue), value_(std::move(value)) {}

  T value_;
};

// Where an item arrives.
template <typename T>
class Queue<T>::GetLeaf : public internal::QueueWait {
 public:
  bool begin(runtime::Waiter& waiter) noexcept {
    Queue& queue = static_cast<Queue&>(*this->core_);
    if (waiter.context().takes_freely() && queue.lock_.try_lock()) [[likely]] {
      if (queue.gets_at_once()) [[likely]] {
        T& item = queue.items()[queue.head_];
        ::new (static_cast<void*>(&value_)) T(std::move(item));
        item.~T();
        queue.was_taken();
        queue.lock_.unlock();
        this->set_end(QueueWait::End::given);
        return true;
      }
      return queue.begin_get_locked(*this, waiter, &value_);
    }
    return queue.begin_get(*this, waiter, &value_);
  }
  std::string_view what() const noexcept override { return "queue get"; }

  // For the item that is handed to it.
  void* value_place() noexcept { return &value_; }

 protected:
  explicit GetLeaf(Queue& queue) noexcept : QueueWait(queue) {}
  GetLeaf(GetLeaf&& other) noexcept : QueueWait(std::move(other)) {}
  ~GetLeaf()
    requires std::is_trivially_destructible_v<T>
  = default;
  ~GetLeaf() {
    if (this->end() == QueueWait::End::given) value_.~T();
  }

  union {
    T value_;  // alive where given
  };
};

template <typename T>
class [[nodiscard]] Queue<T>::Get final : public GetLeaf {
 public:
  using value_type = T;
  Get(Get&&) noexcept = default;
  Outcome<T> take() {
    if (this->end() != internal::QueueWait::End::given) [[unlikely]]
      return this->failure("queue get");
    return std::move(this->value_);
  }

 private:
  friend class Queue;
  using GetLeaf::GetLeaf;
};

template <typename T>
class [[nodiscard]] Queue<T>::Next final : public GetLeaf {
 public:
  using value_type = std::optional<T>;
  Next(Next&&) noexcept = default;
  Outcome<std::optional<T>> take() {
    if (this->end() == internal::QueueWait::End::given) [[likely]]
      return std::optional<T>(std::move(this->value_));
    if (this->end() == internal::QueueWait::End::closed) return std::optional<T>();
    return this->failure("queue get");
  }

 private:
  friend class Queue;
  using GetLeaf::GetLeaf;
};

template <typename T>
class [[nodiscard]] Queue<T>::Reserve final : public internal::QueueWait {
 public:
  using value_type = Slot;
  Reserve(Reserve&& other) noexcept : QueueWait(std::move(other)) {}
  ~Reserve() {
    if (this->end() == QueueWait::End::given && !taken_) this->core_->drop();
  }

  bool begin(runtime::Waiter& waiter) noexcept { return this->core_->begin_put(*this, waiter, nullptr); }
  Outcome<Slot> take() {
    if (this->end() != QueueWait::End::given) return this->failure("queue reserve");
    taken_ = true;
    return Slot(static_cast<Queue&>(*this->core_));
  }
  std::string_view what() const noexcept override { return "queue reserve"; }

 private:
  friend class Queue;
  explicit Reserve(Queue& queue) noexcept : QueueWait(queue) {}

  bool taken_ = false;
};

// A free place that is ours: fill it, or let it go to the next in line by dropping it.
//
// Threads: one at a time; may be given to another thread. Lifetime: ends before its Queue.
template <typename T>
class [[nodiscard]] Queue<T>::Slot {
 public:
  Slot(Slot&& other) noexcept : queue_(std::exchange(other.queue_, nullptr)) {}
  Slot& operator=(Slot&& other) noexcept {
    if (this != &other) {
      drop();
      queue_ = std::exchange(other.queue_, nullptr);
    }
    return *this;
  }
  ~Slot() { drop(); }

  // Puts `item` there, without waiting; once. Errors: closed, after close_now() only.
  void commit(T item) {
    RINGBACK_CHECK(queue_ != nullptr, "a Slot was committed a second time, or after it was dropped");
    if (!std::exchange(queue_, nullptr)->QueueCore::commit(&item)) internal::throw_closed("queue commit");
  }
  void drop() noexcept {
    if (queue_ != nullptr) std::exchange(queue_, nullptr)->QueueCore::drop();
  }

 private:
  friend class Reserve;
  explicit Slot(Queue& queue) noexcept : queue_(&queue) {}

  Queue* queue_;
};

template <typename T>
class [[nodiscard]] Queue<T>::Join final : public internal::QueueWait {
 public:
  using value_type = void;
  Join(Join&&) noexcept = default;

  bool begin(runtime::Waiter& waiter) noexcept { return this->core_->begin_join(*this, waiter); }
  Outcome<void> take() noexcept {
    if (this->end() != QueueWait::End::given) return this->failure("queue join");
    return {};
  }
  std::string_view what() const noexcept override { return "queue join"; }

 private:
  friend class Queue;
  explicit Join(Queue& queue) noexcept : QueueWait(queue) {}
};

// Hands the item to a waiting getter, or puts it behind the others.
template <typename T>
[[gnu::noinline]] bool Queue<T>::put_locked(Put& put, runtime::Waiter& waiter) noexcept {
  internal::QueueWait* const getter = this->take_getter();
  if (getter == nullptr) return this->begin_put_locked(put, waiter, &put.value_);
  ::new (static_cast<GetLeaf*>(getter)->value_place()) T(std::move(put.value_));
  put.set_end(internal::QueueWait::End::given);
  this->gave_getter(*getter);
  return true;
}

template <typename T>
std::optional<T> Queue<T>::try_get() noexcept {
  union Place {
    Place() noexcept {}
    ~Place() {}
    T item;
  } place;
  if (!QueueCore::try_get(&place.item)) return std::nullopt;
  std::optional<T> item(std::move(place.item));
  place.item.~T();
  return item;
}

}  // namespace ringback
