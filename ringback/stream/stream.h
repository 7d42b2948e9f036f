// A function that gives many values and may wait between them: an asynchronous generator.
//
//   Stream<std::string> lines_of(std::string path) {
//     UnixStream source = co_await UnixStream::connect(path);
//     LineReader lines(source);
//     for (;;) {
//       auto line = co_await lines.next();
//       if (!line) co_return;
//       co_yield std::move(*line);
//     }
//   }
//   co_await stream::for_each(lines_of("log") | stream::filter(is_error) | stream::take(10), print);
//
// Lazy: nothing runs before the first next(), and the body goes on from a co_yield only at the next one
// (stream::buffer() lets it run ahead). The operators are in operators.h; by hand it is pulled so:
//
//   Stream<int> numbers = count();
//   co_await on_exit(numbers.close());                 // whichever way this task ends
//   for (;;) {
//     auto number = co_await numbers.next();
//     if (!number) break;                              // the end
//     ...
//   }
#pragma once

#include <concepts>
#include <coroutine>
#include <optional>
#include <tuple>
#include <type_traits>
#include <utility>

#include "ringback/async/task.h"
#include "ringback/stream/stream_core.h"
#include "ringback/sync/queue.h"
#include "ringback/sync/semaphore.h"

namespace ringback {

template <typename T>
class Stream;

namespace internal {

template <typename T>
class StreamState;
template <typename T>
class StreamPromise;

// An item on its way, and the credit it was made on. The code that takes the item returns the credit.
template <typename T>
struct StreamItem {
  T value;
  Permit credit;
};

// What the producer and the consumer of one stream share. An item is made on a credit, of which there
// are as many as may be under way at once.
template <typename T>
class StreamState : public StreamCore {
 public:
  using Item = StreamItem<T>;

  // When the consumer returns the credit of an item: as it takes the item, or as it asks for the next one.
  enum class Pace : std::uint8_t { ahead, in_step };

  StreamState(Pace pace, std::size_t credits, std::source_location place)
      : StreamCore(place), pace_(pace), credits_(credits), items_(credits) {}

  // The producer's side.
  Semaphore& credits() noexcept { return credits_; }
  // There is a place for what was made on a credit. Once it is closed the item is just destroyed.
  void give(T value, Permit credit) noexcept { std::ignore = items_.try_put({std::move(value), std::move(credit)}); }

  // The consumer's side.
  void ask(const Waiter& waiter) {
    RINGBACK_CHECK(!std::exchange(is_asked_, true),
                   "next() of a Stream was begun while another waits: a Stream has one consumer at a time");
    kept_.release();
    this->begin_for(waiter);
  }
  void answered() noexcept { is_asked_ = false; }
  T take(Item item) noexcept {
    if (pace_ == Pace::in_step) kept_ = std::move(item.credit);
    return std::move(item.value);
  }
  Queue<Item>& items() noexcept { return items_; }

 private:
  void close_items(bool discards) noexcept override {
    if (discards) {
      items_.close_now();
    } else {
      items_.close();
    }
  }

  const Pace pace_;
  Semaphore credits_;
  Queue<Item> items_;
  Permit kept_;  // the consumer's
  bool is_asked_ = false;
};

// The same with its producer, until that begins.
template <typename T, Operation Op>
class StreamStateOf final : public StreamState<T> {
 public:
  using StreamState<T>::StreamState;

  void set_producer(Op op) { producer_.emplace(std::move(op)); }

 private:
  ~StreamStateOf() override { StreamStateOf::drop_producer(); }

  Ref<Root> make_root(Executor& home) override {
    auto root = Ref<Root>::adopt(
        new StreamRoot<Op>(home, std::move(*producer_), Ref<StreamCore>::share(static_cast<StreamCore*>(this))));
    producer_.reset();
    return root;
  }
  // A stream without a call of next() has lost nothing: it is not reported.
  void drop_producer() noexcept override {
    const QuietDrop quiet;
    producer_.reset();
  }

  std::optional<Op> producer_;
};

// `co_yield value`: gives the value, and waits until another is wanted.
template <typename T>
class [[nodiscard]] StreamYield {
 public:
  using value_type = void;

  StreamYield(StreamState<T>& state, Permit& credit, T value) noexcept
      : state_(&state), credit_(&credit), value_(std::move(value)), acquire_(state.credits().acquire()) {}
  StreamYield(StreamYield&&) noexcept = default;

  bool begin(Waiter& waiter) noexcept {
    if (!waiter.context().is_cancelled()) state_->give(std::move(value_), std::move(*credit_));
    return acquire_.begin(waiter);
  }
  Outcome<void> take() noexcept {
    Outcome<Permit> ended = acquire_.take();
    if (!ended.ok()) return std::move(ended).failure();
    *credit_ = *std::move(ended);
    return {};
  }

 private:
  StreamState<T>* state_;
  Permit* credit_;
  T value_;
  Semaphore::Acquire acquire_;
};

// The coroutine as an operation. Lifetime: frees the frame; begun, it has ended by then.
template <typename T>
class StreamBody {
 public:
  using value_type = void;

  explicit StreamBody(std::coroutine_handle<StreamPromise<T>> handle) noexcept : handle_(handle) {}
  StreamBody(StreamBody&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
  ~StreamBody() {
    if (handle_) handle_.destroy();
  }

  bool begin(Waiter& waiter) noexcept { return handle_.promise().begin(waiter); }
  Outcome<void> take() noexcept { return handle_.promise().take(); }

 private:
  std::coroutine_handle<StreamPromise<T>> handle_;
};

template <typename T>
class StreamPromise final : public TaskPromiseOf<StreamPromise<T>> {
 public:
  explicit StreamPromise(std::source_location place = std::source_location::current()) noexcept
      : TaskPromiseOf<StreamPromise<T>>(place) {}

  Stream<T> get_return_object();
  void return_void() const noexcept {}
  // To be closed is a good end: a failure of the clean-up after it is not second to it.
  void unhandled_exception() noexcept {
    Failure failure = Failure::from_current();
    if (!failure.is_cancelled() || !state_->is_closed()) this->failure_ = std::move(failure);
  }

  template <typename Value>
    requires std::constructible_from<T, Value>
  Awaiting<StreamYield<T>> yield_value(Value&& value) {
    return Awaiting<StreamYield<T>>(StreamYield<T>(*state_, credit_, T(std::forward<Value>(value))));
  }

  bool begin(Waiter& waiter) noexcept {
    if (auto credit = state_->credits().try_acquire()) credit_ = *std::move(credit);
    return this->begin_task(waiter, this->handle());
  }
  Outcome<void> take() noexcept { return std::move(this->failure_); }

 private:
  StreamState<T>* state_ = nullptr;  // outlives the frame
  Permit credit_;                    // for the item being made
};

}  // namespace internal

// Threads: one consumer at a time, on any executor or, with wait(), none; it may be moved to another
// between two calls. The body runs on the executor of the first call of next(), and stays there.
//
// Lifetime: the body's arguments are held as its parameters say. A Stream that dies before its end asks
// the body to end, and does not wait for that: its executor does, before it ends, and wait() before it
// returns. Where the body refers to what dies with the consumer, await close(). What runs a Stream from
// first to last (for_each and the operators) closes it before it goes on.
//
// Cancel: next() is one step: cancelled, timed out or having lost a race it took nothing, and the next
// call gives the item. To the body a close is a cancellation of its own; its on_exit() clean-up runs.
//
// Errors: what the body throws comes out of one next(), after the items before it; then the stream is at
// its end. A failure that no next() gets goes to the unhandled hook.
//
// Cost: the body's frame and four allocations, the last two at the first next(); an item is two hand-overs.
template <typename T>
class [[nodiscard]] Stream {
  static_assert(std::is_object_v<T> && !std::is_const_v<T>, "a Stream gives values");
  static_assert(std::is_nothrow_move_constructible_v<T>,
                "an item is moved under a lock and must not throw there: yield std::unique_ptr<T> instead");

 public:
  using item_type = T;
  using promise_type = internal::StreamPromise<T>;
  class Next;

  explicit Stream(internal::Ref<internal::StreamState<T>> state) noexcept : state_(std::move(state)) {}
  Stream(Stream&&) noexcept = default;
  Stream& operator=(Stream&& other) noexcept {
    Stream taken(std::move(other));
    std::swap(state_, taken.state_);
    return *this;
  }
  ~Stream() {
    if (state_) state_->close();
  }

  // The next item; nothing at the end, and after close().
  //
  // Errors: what the body threw, once; aborted where its executor was shut down.
  Next next() noexcept { return Next(*state_); }

  // Ends the body, waits for its clean-up, and gives what that threw. A waiting next() gets the
  // end. A task to be awaited, or given to on_exit() at any time before; the Stream may be gone by then.
  Task<void> close() { return internal::close_stream(state_); }

 private:
  internal::Ref<internal::StreamState<T>> state_;
};

template <typename T>
class [[nodiscard]] Stream<T>::Next {
  using Item = internal::StreamItem<T>;

 public:
  using value_type = std::optional<T>;

  Next(Next&& other) noexcept : state_(other.state_), item_(std::move(other.item_)) {}
  ~Next() {
    if (is_begun_) std::ignore = take();
  }

  bool begin(runtime::Waiter& waiter) noexcept {
    try {
      if (!waiter.context().is_cancelled()) ask(waiter);
    } catch (...) {  // The body could not begin.
      failure_ = Failure::from_current();
      return true;
    }
    return item_.begin(waiter);
  }
  Outcome<std::optional<T>> take() {
    if (std::exchange(is_begun_, false)) state_->answered();
    if (failure_.exists()) return failure_;
    Outcome<std::optional<Item>> ended = item_.take();
    if (!ended.ok()) return std::move(ended).failure();
    std::optional<Item>& item = *ended;
    if (item.has_value()) return std::optional<T>(state_->take(*std::move(item)));
    Failure failure = state_->take_failure();
    if (failure.exists()) return failure;
    return std::optional<T>();
  }

 private:
  friend class Stream;
  explicit Next(internal::StreamState<T>& state) noexcept : state_(&state), item_(state.items().next()) {}

  void ask(runtime::Waiter& waiter) {
    state_->ask(waiter);
    is_begun_ = true;
  }

  internal::StreamState<T>* state_;
  typename Queue<Item>::Next item_;
  Failure failure_;
  bool is_begun_ = false;
};

template <typename T>
Stream<T> internal::StreamPromise<T>::get_return_object() {
  using State = StreamStateOf<T, StreamBody<T>>;
  auto* state = new State(State::Pace::in_step, 1, this->place());
  state->set_producer(StreamBody<T>(this->handle()));
  state_ = state;
  return Stream<T>(Ref<StreamState<T>>::adopt(state));
}

}  // namespace ringback
