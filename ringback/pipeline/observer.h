// Who is told what happens in the runs of a pipeline: callback handlers, in every execution model.
//
//   class Log : public Observer {
//     void on_start(const RunEvent& event) override { ... event.name ... }
//     void on_error(const RunEvent& event) override { ... event.failure->describe() ... }
//   };
//
// A run hears `start`, then any number of `step`, `item` and `retry`, then exactly one of `end`, `error`
// and `cancelled`. start and the last are shielded: who has heard the one hears the other, cancelled or
// not. Between two events of a run it waits until every observer has dealt with the first.
//
// Threads: the events of one run come one after the other, on the run's executor; runs side by side on a
// Pool tell an observer side by side.
// Lifetime: an observer given by pointer outlives every run it was given to; with submit() or a Stream,
// rather give a std::shared_ptr.
// Errors: what an observer throws goes to the unhandled hook, and the run does not notice; unless
// is_fatal(): then the run fails with it (where it has failed or ended already: it hangs on that failure,
// or fails the caller). A cancellation is never taken for an observer's error.
#pragma once

#include <concepts>
#include <cstdint>
#include <memory>
#include <string_view>
#include <typeinfo>
#include <utility>
#include <vector>

#include "ringback/async/task.h"
#include "ringback/base/check.h"
#include "ringback/base/time.h"

namespace ringback {

// One run of a pipeline or of a stage: unique in the process, never given twice. The numbers only
// identify; they do not say what came first.
enum class RunId : std::uint64_t { none = 0 };

enum class RunEventKind : std::uint8_t { start, step, item, retry, end, error, cancelled };

std::string_view to_string(RunEventKind kind) noexcept;

// Valid while its observer deals with it: what it points to belongs to the run.
struct RunEvent {
  RunEventKind kind = RunEventKind::start;
  RunId run = RunId::none;
  // The run this one is a part of; none for one that stands by itself.
  RunId parent = RunId::none;
  // Of the pipeline or stage that runs.
  std::string_view name;
  // step: the stage that has ended.
  std::string_view step;
  // step, item: which one, from 1. retry: the attempt that begins now, from 2.
  std::size_t number = 0;
  // retry: how long was waited before it.
  Duration waited{};
  // error, cancelled, retry: why; never null there.
  const Failure* failure = nullptr;
  // By the clock of the run's executor.
  TimePoint at{};

  // start: the input; step: what the stage gave; item: the item; end: the result. Null where it is of
  // another type, or there is none (nothing, or a Stream).
  template <typename T>
  const T* value() const noexcept {
    return type_ != nullptr && *type_ == typeid(T) ? static_cast<const T*>(value_) : nullptr;
  }
  template <typename T>
  void set_value(const T& value) noexcept {
    type_ = &typeid(T);
    value_ = &value;
  }

 private:
  const std::type_info* type_ = nullptr;
  const void* value_ = nullptr;
};

// Overrides what it wants to hear of; or on_event, which hears all and calls the others.
class Observer {
 public:
  virtual ~Observer() = default;

  virtual void on_event(const RunEvent& event);
  virtual void on_start(const RunEvent& /*event*/) {}
  virtual void on_step(const RunEvent& /*event*/) {}
  virtual void on_item(const RunEvent& /*event*/) {}
  virtual void on_retry(const RunEvent& /*event*/) {}
  virtual void on_end(const RunEvent& /*event*/) {}
  virtual void on_error(const RunEvent& /*event*/) {}
  virtual void on_cancelled(const RunEvent& /*event*/) {}

  // True: what it throws fails the run.
  virtual bool is_fatal() const noexcept { return false; }
};

// The same where the answer to an event may wait. It is awaited before the run goes on: on the caller's
// own thread in an inline run. In a run that has been cancelled, step, item and retry are not told. Nothing
// stops what it does at start and at the last event: what may hang there sets itself a timeout().
class AsyncObserver {
 public:
  virtual ~AsyncObserver() = default;

  virtual Task<> on_event(RunEvent event);
  virtual Task<> on_start(RunEvent event);
  virtual Task<> on_step(RunEvent event);
  virtual Task<> on_item(RunEvent event);
  virtual Task<> on_retry(RunEvent event);
  virtual Task<> on_end(RunEvent event);
  virtual Task<> on_error(RunEvent event);
  virtual Task<> on_cancelled(RunEvent event);

  virtual bool is_fatal() const noexcept { return false; }
};

// One of either, by pointer or shared.
class AnyObserver {
 public:
  AnyObserver(Observer* observer) noexcept : observer_(std::shared_ptr<void>(), observer) { check(); }  // NOLINT
  AnyObserver(AsyncObserver* observer) noexcept : async_observer_(std::shared_ptr<void>(), observer) {  // NOLINT
    check();
  }
  template <std::derived_from<Observer> O>
  AnyObserver(std::shared_ptr<O> observer) noexcept : observer_(std::move(observer)) {  // NOLINT
    check();
  }
  template <std::derived_from<AsyncObserver> O>
  AnyObserver(std::shared_ptr<O> observer) noexcept : async_observer_(std::move(observer)) {  // NOLINT
    check();
  }

  // Exactly one of the two is not null.
  Observer* observer() const noexcept { return observer_.get(); }
  AsyncObserver* async_observer() const noexcept { return async_observer_.get(); }
  bool is_fatal() const noexcept { return observer_ ? observer_->is_fatal() : async_observer_->is_fatal(); }

 private:
  void check() const noexcept {
    RINGBACK_CHECK(observer_ != nullptr || async_observer_ != nullptr,
                   "an observer that is null hears nothing: leave it out");
  }

  std::shared_ptr<Observer> observer_;
  std::shared_ptr<AsyncObserver> async_observer_;
};

using Observers = std::vector<AnyObserver>;

}  // namespace ringback
