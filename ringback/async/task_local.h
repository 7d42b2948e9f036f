// A value that a task, and all that begins below it, can read without being handed it.
//
//   TaskLocal<std::string> request_id;                       // at namespace scope
//
//   co_await request_id.with("r17", answer(request));        // in there, and in what it starts,
//   log(request_id.get(), "accepted");                       // get() gives "r17"
//
// What is bound does not change: another value is bound around another operation. A task sees what was
// bound where it was made: awaited, spawned, started on another executor or offloaded. A callback sees
// what was bound where it was registered, on any thread. It survives every change of threads.
#pragma once

#include "ringback/async/call.h"
#include "ringback/async/with_locals.h"

namespace ringback {

namespace internal {

template <typename T>
class BindingOf final : public Binding {
 public:
  template <typename Value>
  BindingOf(const void* key, Value&& value) : Binding(key), value(std::forward<Value>(value)) {}

  const T value;
};

}  // namespace internal

// Threads: any. Lifetime: outlives everything that is bound to it; make it at namespace scope.
// Cost: nothing for programs that have none. with() allocates once; get() walks up the scopes it is in.
template <typename T>
class TaskLocal {
 public:
  TaskLocal() = default;
  // What get() gives where nothing is bound.
  explicit TaskLocal(T otherwise) : otherwise_(std::move(otherwise)) {}
  TaskLocal(const TaskLocal&) = delete;
  TaskLocal& operator=(const TaskLocal&) = delete;

  // `work` (an operation, or a function, which is kept for it), in which this is bound to `value`.
  template <typename Value, runtime::WorkFor Work>
    requires(std::constructible_from<T, Value>)
  auto with(Value&& value, Work&& work) const {
    using Op = internal::work_operation_t<Work>;
    internal::Locals chain(new internal::BindingOf<T>(this, std::forward<Value>(value)));
    return runtime::WithLocals<Op>(std::move(chain), true, internal::work_as_operation(std::forward<Work>(work)));
  }

  // What is bound for the task or callback that runs here; on a plain thread nothing is. Valid for as
  // long as that runs.
  const T& get() const noexcept {
    const internal::Binding* binding = internal::Locals::find(this, internal::this_thread.context);
    return binding != nullptr ? static_cast<const internal::BindingOf<T>*>(binding)->value : otherwise_;
  }

 private:
  const T otherwise_{};
};

}  // namespace ringback
