// The one rule for everything that has children: gather, race, map, Scope and the roots.
//
// A group counts what runs under it, cancels the others when one fails, keeps the first failure
// and hangs the later ones on it, and tells its waiter when the last has ended. Not used by
// programs directly; a layer above uses it to build operations that hold operations.
#pragma once

#include "ringback/async/operation.h"
#include "ringback/base/outcome.h"

namespace ringback::internal {

// Threads: the executor's; on a Pool the fields are guarded by context().lock().
class Group {
 public:
  Group() noexcept = default;

  Context& context() noexcept { return context_; }

  // Who is told of its end. For reports, where it is open and its parent locked.
  const Waiter& awaited_by() const noexcept { return *waiter_; }

  // The group whose context() this is.
  static Group& of(Context& context) noexcept {
    return *reinterpret_cast<Group*>(&context);  // context_ lies first; group.cpp asserts it
  }
  // The nearest group around `context`: its own or an ancestor's; null where there is none.
  static Group* around(Context* context) noexcept;

  // Opens below the waiter's context and holds itself open until begun().
  void open(Waiter& waiter, std::uint32_t traits = Context::plain) noexcept;
  void open_root(Waiter& waiter, Executor& executor) noexcept;

  // One more child. False: closed, the child must not start.
  bool add() noexcept {
    const Context::Locked locked(context_);
    return add_locked();
  }
  // The same, and opens the child's context.
  bool add(Context& child) noexcept {
    if (context_.is_concurrent()) [[unlikely]]
      return add_shared(child);
    return add_locked(child);
  }

  // add(), but for the child's context, on a confined executor.
  bool add_confined() noexcept { return add_locked(); }

  // No more starting for now. True: everything has ended already, the waiter is not told.
  // False: the waiter will be told, and the group may be gone.
  bool begun() noexcept;

  // A child has ended; the group may be gone when it returns.
  void child_ended(Context& child) noexcept {
    if (context_.is_concurrent()) [[unlikely]]
      return child_ended_shared(child);
    child_ended_confined(child);
  }
  void child_ended_confined(Context& child) noexcept {
    if (is_last(child)) [[unlikely]]
      tell_end();
  }

  // Keeps `failure` as the first, or hangs it on the first; true for the first. A cancellation that
  // the group has been given is none: where it came from outside, the group ends with it.
  bool note(Failure failure, std::source_location place = {}) noexcept;

  // What to end with: the first failure; or the cancellation the group was given; or none.
  Failure first_failure() noexcept;

  // A cancellation as the waiter may see it: itself where the waiter's own scope is cancelled,
  // otherwise Error aborted, since Cancelled is thrown only into what was cancelled.
  static Failure seen_from_outside(Failure failure, const Context& waiting);

 private:
  bool add_locked() noexcept {
    if (pending_ == 0) [[unlikely]]
      return false;
    ++pending_;
    return true;
  }
  bool add_locked(Context& child) noexcept {
    if (!add_locked()) [[unlikely]]
      return false;
    child.begin_child_locked(context_);
    return true;
  }
  bool add_shared(Context& child) noexcept;
  void child_ended_shared(Context& child) noexcept;
  bool is_last(Context& child) noexcept {
    child.end_locked();
    return --pending_ == 0;
  }
  void tell_end() noexcept;
  void note_cut() noexcept;

  Context context_;
  Waiter* waiter_ = nullptr;
  std::uint32_t pending_ = 0;  // children, and the one who opened it until begun(); 0: closed
  bool is_cut_ = false;        // a child has ended by a cancellation that came from outside
  Failure first_;
};

// Begins the operation of a child: posted, where it knows how.
template <Operation Op>
bool begin_child(Op& op, Waiter& waiter) noexcept {
  if constexpr (requires { op.begin_posted(waiter); }) {
    return op.begin_posted(waiter);
  } else {
    return op.begin(waiter);
  }
}

// A child operation with its place in the group. Derived classes say what an end means.
template <typename Op>
class GroupChild : public Waiter {
 public:
  using value_type = typename Op::value_type;

  explicit GroupChild(Op&& op) noexcept : op_(std::move(op)) {}
  GroupChild(GroupChild&& other) noexcept : op_(std::move(other.op_)) {}

 protected:
  ~GroupChild() = default;

  // Begins as a child of `group`, which is open; true where it ended at once.
  bool begin_in(Group& group) noexcept {
    group.add(child_context_);
    context_ = &child_context_;
    return begin_child(op_, *this);
  }

  Op op_;
  Context child_context_;
};

// An operation in a scope of its own: what it starts belongs to that, and is waited for.
template <Operation Op>
class OwnScope : public GroupChild<Op> {
 public:
  using value_type = typename Op::value_type;

  OwnScope(Op&& op, std::uint32_t traits) noexcept : GroupChild<Op>(std::move(op)), traits_(traits) {}
  OwnScope(OwnScope&& other) noexcept : GroupChild<Op>(std::move(other)), traits_(other.traits_) {}

  bool begin(Waiter& outer) noexcept {
    outer_ = &outer;
    group_.open(outer, traits_);
    group_.add(this->child_context_);
    this->context_ = &this->child_context_;
    if (this->op_.begin(*this)) complete();
    return group_.begun();
  }
  Outcome<value_type> take() { return this->op_.take(); }

  void complete() noexcept override { group_.child_ended(this->child_context_); }
  bool try_claim() noexcept override { return outer_->try_claim(); }
  std::source_location place() const noexcept override { return outer_->place(); }
  const Waiter* awaited_by() const noexcept override { return outer_->awaited_by(); }

 private:
  Group group_;
  std::uint32_t traits_;
  Waiter* outer_ = nullptr;
};

}  // namespace ringback::internal
