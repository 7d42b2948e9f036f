// An operation around which task-locals are bound. See TaskLocal::with().
#pragma once

#include "ringback/async/locals.h"
#include "ringback/async/operation.h"

namespace ringback::runtime {

template <Operation Op>
class [[nodiscard]] WithLocals final : public Waiter {
 public:
  using value_type = typename Op::value_type;

  // `chain`: one binding, to be put in front of what is seen where this is begun; or all there is.
  WithLocals(internal::Locals chain, bool is_in_front, Op&& op) noexcept
      : chain_(std::move(chain)), is_in_front_(is_in_front), op_(std::move(op)) {}
  WithLocals(WithLocals&& other) noexcept
      : chain_(std::move(other.chain_)), is_in_front_(other.is_in_front_), op_(std::move(other.op_)) {}

  bool begin(Waiter& outer) noexcept {
    outer_ = &outer;
    internal::use_locals(outer.context().executor());
    if (is_in_front_) chain_.put_behind(internal::Locals::around(&outer.context()));
    own_.context.begin_child(outer.context());
    own_.hang(std::move(chain_));
    context_ = &own_.context;
    if (!op_.begin(*this)) return false;
    end();
    return true;
  }
  Outcome<value_type> take() { return op_.take(); }

  void complete() noexcept override {
    end();
    outer_->complete();
  }
  bool try_claim() noexcept override { return outer_->try_claim(); }
  std::source_location place() const noexcept override { return outer_->place(); }
  const Waiter* awaited_by() const noexcept override { return outer_->awaited_by(); }

 private:
  void end() noexcept {
    own_.context.end();
    own_.chain.clear();
  }

  internal::Locals chain_;
  const bool is_in_front_;
  Op op_;
  Waiter* outer_ = nullptr;
  internal::LocalContext own_;
};

}  // namespace ringback::runtime
