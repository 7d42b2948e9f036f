// Events, and the callbacks that are registered for them: who has left a number is rung.
//
//   Emitter<std::string> deliveries;
//   Registration li = deliveries.on([](const std::string& goods) { ... });   // each time
//   Registration wang = deliveries.once(loop, call_wang);                    // the next time, on `loop`
//   deliveries.emit("lamp");
//   std::string goods = co_await deliveries.next();                          // the same as a wait
//
// The emitting code decides when, and does not know the listeners. A listener decides what is done, and where.
#pragma once

#include <source_location>
#include <tuple>
#include <type_traits>
#include <utility>

#include "ringback/pipeline/internal/emitter_core.h"

namespace ringback {

// A callback that is registered with an Emitter, until this dies.
//
// Threads: one at a time. Lifetime: of its own; it may outlive the Emitter.
class [[nodiscard]] Registration {
 public:
  // Of nothing.
  Registration() noexcept = default;
  explicit Registration(internal::Ref<internal::Listener> listener) noexcept : listener_(std::move(listener)) {}
  Registration(Registration&&) noexcept = default;
  Registration& operator=(Registration&& other) noexcept {
    Registration taken(std::move(other));
    std::swap(listener_, taken.listener_);
    return *this;
  }
  ~Registration() { remove(); }

  // Unregisters. From inside any callback too, of itself or of another. No call begins afterwards, also of
  // an event that was emitted before. True: what it captured has been destroyed. False: it is being called
  // at this moment, here or on another thread, and is destroyed right after that; or it was off before.
  // On a listener's own Loop nothing else can be calling it, so what it refers to may go with this.
  bool remove() noexcept {
    const internal::Ref<internal::Listener> listener = std::move(listener_);
    return listener && listener->remove();
  }

  // Stays registered until the Emitter dies (of once(): until it is called).
  void keep() && noexcept { listener_ = {}; }

 private:
  internal::Ref<internal::Listener> listener_;
};

// Threads: any, for everything. Lifetime: may be destroyed whenever no other thread uses it, also
// inside one of its own callbacks. Callbacks whose turn has not come are then not called; those already posted
// to an executor still are.
//
// Order: listeners are called in the order in which they were added. One that is added while an event is
// on its way hears the next one. One that is removed before its turn is not called.
//
// Where: without an executor a listener is called by emit(), before that returns, whatever thread that is.
// Where it is a coroutine, it begins there and is owned as by spawn(): by the scope around, or else the
// executor; on a plain thread emit() drives it to its end. With an executor it is called there, later,
// never inside emit(): event by event, in order, one call after the other, also on a Pool. Events that come
// faster than it can deal with wait in a line that has no limit. An executor outlives the listeners
// it was named for, or it aborts; one that refuses (overloaded, shut_down) is reported, and the event lost.
//
// Errors: what a listener throws goes to the unhandled hook, and the others are called all the same.
// Context: a listener sees the task-locals of where it was registered.
// A callback and what it captured are destroyed right after its last call, or by remove().
// Cost: an event is one allocation, and one lock for each listener; one with an executor allocates besides.
template <typename... Args>
class Emitter {
  static_assert((std::is_object_v<Args> && ...), "an Emitter emits values: leave out the reference");

 public:
  class Next;

  Emitter() : core_(internal::Ref<internal::EmitterCore>::adopt(new internal::EmitterCore())) {}
  Emitter(const Emitter&) = delete;
  Emitter& operator=(const Emitter&) = delete;
  ~Emitter() { core_->close(); }

  // Calls `callback` with each event: a function, or a coroutine (gives an operation).
  template <typename F>
  Registration on(F callback, std::source_location place = std::source_location::current()) {
    return add(nullptr, false, std::move(callback), place);
  }
  template <typename F>
  Registration on(Executor& executor, F callback, std::source_location place = std::source_location::current()) {
    return add(&executor, false, std::move(callback), place);
  }

  // With the next event only.
  template <typename F>
  Registration once(F callback, std::source_location place = std::source_location::current()) {
    return add(nullptr, true, std::move(callback), place);
  }
  template <typename F>
  Registration once(Executor& executor, F callback, std::source_location place = std::source_location::current()) {
    return add(&executor, true, std::move(callback), place);
  }

  // It has happened: calls who listens, or posts it to where they do. Waits for no one, but on a plain
  // thread for coroutines without an executor. Errors: std::bad_alloc, before anybody was called.
  void emit(Args... args) {
    const internal::Ref<internal::EmitterCore> core = core_;  // A callback may destroy the Emitter.
    core->emit(make(std::move(args)...));
  }

  // The same as a task, which awaits each call before the next one is made. From inside a listener that
  // names an executor it would wait for itself: emit() there.
  //
  // Cancel: reaches into the coroutine that it awaits, where that names no executor; one that does goes on.
  // Those after it are not called.
  Task<void> emit_in_turn(Args... args) { return internal::EmitterCore::emit_in_turn(core_, make(std::move(args)...)); }

  // The first event that is emitted after this began: nothing for Emitter<>, the value of Emitter<T>, or a
  // tuple. All who wait get it. What is emitted between two calls is for neither: on() hears all.
  //
  // Cancel: at once. Errors: closed where the Emitter dies first.
  Next next() { return Next(core_); }

  // How many are registered now.
  std::size_t listeners() const { return core_->listeners(); }

 private:
  using Values = std::tuple<Args...>;

  static internal::Emission make(Args... args) { return std::make_shared<const Values>(std::move(args)...); }
  static const Values& values(const internal::Emission& emission) noexcept {
    return *static_cast<const Values*>(emission.get());
  }
  // Keeps the values to the end of what was called with them.
  template <Operation Op>
  static Task<void> keep_values(Op op, internal::Emission emission) {
    const internal::Emission kept = std::move(emission);
    co_await std::move(op);
  }

  template <typename F>
  Registration add(Executor* executor, bool is_once, F callback, std::source_location place) {
    static_assert(std::invocable<F&, const Args&...>, "a listener takes what is emitted, by value or const reference");
    internal::ListenerCallback kept;
    if constexpr (Operation<std::invoke_result_t<F&, const Args&...>>) {
      kept.coroutine = [callback = std::move(callback)](const internal::Emission& emission) mutable {
        return keep_values(std::apply(callback, values(emission)), emission);
      };
    } else {
      kept.call = [callback = std::move(callback)](const internal::Emission& emission) mutable {
        std::apply(callback, values(emission));
      };
    }
    return Registration(core_->add(executor, is_once, std::move(kept), place));
  }

  const internal::Ref<internal::EmitterCore> core_;
};

template <typename... Args>
class [[nodiscard]] Emitter<Args...>::Next final : public internal::EmitterCore::Wait {
  static constexpr bool kIsOne = sizeof...(Args) == 1;

  template <typename... Ts>
  struct ValueOf {
    using type = std::tuple<Ts...>;
  };
  template <typename T>
  struct ValueOf<T> {
    using type = T;
  };
  template <typename... Ts>
    requires(sizeof...(Ts) == 0)
  struct ValueOf<Ts...> {
    using type = void;
  };

 public:
  using value_type = typename ValueOf<Args...>::type;

  explicit Next(internal::Ref<internal::EmitterCore> core) noexcept : Wait(std::move(core)) {}
  Next(Next&&) noexcept = default;

  bool begin(runtime::Waiter& waiter) noexcept { return this->begin_wait(waiter); }
  Outcome<value_type> take() {
    auto emission = this->take_emission();
    if (!emission.ok()) return std::move(emission).failure();
    if constexpr (sizeof...(Args) == 0) {
      return {};
    } else if constexpr (kIsOne) {
      return std::get<0>(values(*emission));
    } else {
      return values(*emission);
    }
  }
};

}  // namespace ringback
