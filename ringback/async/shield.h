// Work that must not be stopped halfway: `co_await shield(commit(transaction))`.
//
// Cancelling the awaiting task does not reach into the shield; the cancellation is felt at the next
// await after it. Give it a limit where it could hang: shield(timeout(5s, ...)).
#pragma once

#include "ringback/async/operation.h"

namespace ringback {

template <Operation Op>
class [[nodiscard]] Shield final : public Waiter {
 public:
  using value_type = typename Op::value_type;

  explicit Shield(Op&& op) noexcept : op_(std::move(op)) {}
  Shield(Shield&& other) noexcept : op_(std::move(other.op_)) {}

  bool begin(Waiter& outer) noexcept {
    outer_ = &outer;
    own_context_.begin_child(outer.context(), Context::shielded);
    context_ = &own_context_;
    if (!op_.begin(*this)) return false;
    own_context_.end();
    return true;
  }
  Outcome<value_type> take() { return op_.take(); }

  void complete() noexcept override {
    own_context_.end();
    outer_->complete();
  }
  bool try_claim() noexcept override { return outer_->try_claim(); }
  std::source_location place() const noexcept override { return outer_->place(); }
  const Waiter* awaited_by() const noexcept override { return outer_->awaited_by(); }

 private:
  Op op_;
  Waiter* outer_ = nullptr;
  Context own_context_;
};

template <Awaited T>
Shield<operation_t<T>> shield(T&& op) {
  return Shield<operation_t<T>>(operation_t<T>(operation_of(std::forward<T>(op))));
}

}  // namespace ringback
