// What an implementer of ByteStream provides: the state of one request, built in the awaiter.
//
//   void MyStream::make_read(runtime::StreamPlace& place, std::span<std::byte> into) {
//     place.emplace<MyRead>(*this, into);              // a leaf of its own, or
//     place.emplace_task(read_and_decrypt(into));      // a coroutine
//   }
#pragma once

#include <cstddef>
#include <new>
#include <utility>

#include "ringback/async/operation.h"
#include "ringback/async/task.h"
#include "ringback/base/check.h"
#include "ringback/driver/chunk.h"

namespace ringback {

namespace runtime {

// One read or write of a stream. Only the take that fits the call is used.
class StreamOperation {
 public:
  virtual ~StreamOperation() = default;

  // As of an Operation; see operation.h.
  virtual bool begin(Waiter& waiter) noexcept = 0;
  virtual Outcome<std::size_t> take_size() = 0;
  virtual Outcome<Chunk> take_chunk() = 0;
};

}  // namespace runtime

namespace internal {

template <typename T>
class TaskStreamOperation final : public StreamOperation {
 public:
  explicit TaskStreamOperation(Task<T> task) noexcept : task_(std::move(task)) {}

  bool begin(Waiter& waiter) noexcept override { return task_.begin(waiter); }
  Outcome<std::size_t> take_size() override { return take_as<std::size_t>(); }
  Outcome<Chunk> take_chunk() override { return take_as<Chunk>(); }

 private:
  template <typename Wanted>
  Outcome<Wanted> take_as() {
    if constexpr (std::is_same_v<Wanted, T>) {
      return task_.take();
    } else {
      RINGBACK_CHECK(false, "a stream put an operation of the wrong kind into a StreamPlace");
      __builtin_unreachable();
    }
  }

  Task<T> task_;
};

}  // namespace internal

namespace runtime {

// Room for one StreamOperation. Movable while empty.
class StreamPlace {
 public:
  static constexpr std::size_t kBytes = 208;

  StreamPlace() noexcept = default;
  StreamPlace(StreamPlace&&) noexcept {}
  ~StreamPlace() { clear(); }

  template <typename T, typename... Args>
  T& emplace(Args&&... args) {
    static_assert(sizeof(T) <= kBytes && alignof(T) <= alignof(std::max_align_t),
                  "a stream's operation must fit a StreamPlace: keep the rest in the stream, or use a task");
    clear();
    T* made = ::new (static_cast<void*>(bytes_)) T(std::forward<Args>(args)...);
    operation_ = made;
    return *made;
  }
  template <typename T>
  void emplace_task(Task<T> task) {
    emplace<internal::TaskStreamOperation<T>>(std::move(task));
  }

  StreamOperation& operation() noexcept { return *operation_; }

  // A write() of much is several operations, one after the other in one place, and other writers are refused between
  // them too. One that has ended well and has not taken all may set this: its successor finds it, and clears it.
  // Null where the operation is alone.
  bool* kept() noexcept { return is_part_ ? &is_kept_ : nullptr; }
  void be_part_of_write() noexcept { is_part_ = true; }

  void clear() noexcept {
    if (operation_ != nullptr) std::exchange(operation_, nullptr)->~StreamOperation();
  }

 private:
  alignas(std::max_align_t) std::byte bytes_[kBytes];
  StreamOperation* operation_ = nullptr;
  bool is_part_ = false;
  bool is_kept_ = false;
};

}  // namespace runtime

}  // namespace ringback
