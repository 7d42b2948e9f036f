// Work that must not be stopped halfway: `co_await shield(commit(transaction))`.
//
// Cancelling the awaiting task does not reach into the shield; the cancellation is felt at the next
// await after it. Give it a limit where it could hang: shield(timeout(5s, ...)). What is started in there
// belongs to the shield, which ends when that has ended too.
#pragma once

#include "ringback/async/group.h"
#include "ringback/async/operation.h"

namespace ringback {

namespace runtime {

template <Operation Op>
class [[nodiscard]] Shield final : public internal::OwnScope<Op> {
 public:
  explicit Shield(Op&& op) noexcept : internal::OwnScope<Op>(std::move(op), Context::shielded) {}
  Shield(Shield&& other) noexcept = default;
};

}  // namespace runtime

template <Awaited T>
runtime::Shield<runtime::operation_t<T>> shield(T&& op) {
  return runtime::Shield<runtime::operation_t<T>>(runtime::operation_t<T>(runtime::operation_of(std::forward<T>(op))));
}

}  // namespace ringback
