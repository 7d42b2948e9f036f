// The cancellation tree: one Context for each piece of work that can be cancelled on its own.
//
// A Context belongs to a root (run, wait, start, spawn), to a child of a gather, race or scope, or
// to a timeout or shield. Coroutines that await one another directly share the Context of the
// first. Cancelling one marks all below it and asks the operations they are suspended in to end.
//
// Protocol. All contexts of one tree are on one executor. On a confined executor everything here
// happens on its thread and `lock_` is never taken. On a concurrent one:
//   first_child_, the children's sibling links, waiting_on_   written under lock_ of the (parent) context
//   state_                                                    written under lock_, read anywhere
// Locks are taken from the root downwards only. A child leaves under its parent's lock, so the
// holder of that lock may look at every child. A leaf is armed under the lock, and only resumed after it
// was taken out of waiting_on_ under it, so the holder of the lock may call request_cancel() on it.
// A leaf's own lock (a queue's, the timers') comes after a context's, never before. Nothing of the
// program is called under any of them: see CallsUnlocked.
#pragma once

#include <atomic>
#include <cstdint>

#include "ringback/base/atomic.h"
#include "ringback/base/error.h"
#include "ringback/exec/executor.h"

namespace ringback::runtime {

class Leaf;
class ContextFlags;

class Context {
 public:
  // Nothing is set before one of the begins: contexts lie in operations that may never be begun.
  Context() noexcept {}  // NOLINT(cppcoreguidelines-pro-type-member-init)
  // The same and begin_child_locked().
  Context(Context& parent, ContextFlags parents) noexcept;
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;

  enum Trait : std::uint32_t {
    plain = 0,
    shielded = 1u << 1,  // cancelling the parent stops here
    group = 1u << 2,     // is the `context` of a Group: a scope that start() and spawn() join
    raced = 1u << 5,     // in a race, like everything below it: operations must claim before they take
    locals = 1u << 7,    // task-locals may be bound where its children are made: a scope has to look
    limited = 1u << 8,   // has a deadline of its own: a Timeout's
  };

  void begin_root(Executor& executor, std::uint32_t traits = plain) noexcept;
  // Joins `parent`; below a cancelled one it is cancelled from the start, unless shielded.
  void begin_child(Context& parent, std::uint32_t traits = plain) noexcept {
    if (parent.is_concurrent()) [[unlikely]]
      return begin_child_shared(parent, traits);
    begin_child_locked(parent, traits);
  }
  // The same where the caller holds the parent's lock.
  void begin_child_locked(Context& parent, std::uint32_t traits = plain) noexcept;
  // Leaves the parent, if there is one. The last thing done to a context.
  void end() noexcept {
    if (parent_ == nullptr) return;
    if (is_concurrent()) [[unlikely]]
      return end_shared();
    end_locked();
    parent_ = nullptr;
  }
  // The same where the caller holds the parent's lock; not to be ended again.
  void end_locked() noexcept {
    Context** const link = link_;
    Context* const next = next_;
    *link = next;
    if (next != nullptr) next->link_ = link;
  }

  Executor& executor() const noexcept { return *executor_; }
  Context* parent() const noexcept { return parent_; }
  bool is_group() const noexcept { return (flags() & group) != 0; }
  bool is_shielded() const noexcept { return (flags() & shielded) != 0; }
  bool is_limited() const noexcept { return (flags() & limited) != 0; }

  // Every await in it fails before doing anything.
  bool is_cancelled() const noexcept { return (flags() & kCancelled) != 0; }
  // Its deadline has passed: awaits that complete at once still do, one that would suspend fails.
  bool is_expired() const noexcept { return (flags() & kExpired) != 0; }
  // Neither cancelled nor raced: an operation may take what is there without asking its waiter.
  bool takes_freely() const noexcept { return (flags() & (kCancelled | raced)) == 0; }
  // Nothing to look out for: on a confined executor, not raced, neither cancelled nor past its deadline.
  bool is_simple() const noexcept { return (flags() & (kConcurrent | kCancelled | kExpired | raced)) == 0; }
  bool is_cancelled_or_expired() const noexcept { return (flags() & (kCancelled | kExpired)) != 0; }
  Reason reason() const noexcept { return static_cast<Reason>(flags() >> kReasonShift); }

  // Marks this context and everything below it that is not shielded, and asks what they are
  // suspended in to end. Reason::deadline marks them expired, any other cancelled. False where it
  // was so already. Threads: the executor's.
  bool cancel(Reason reason) noexcept;

  // A deadline has been noticed: from here on it is as any cancellation.
  void harden() noexcept;

  // Suspends `leaf` here: registers it, then calls arm() under the lock, so that no cancellation and
  // no completion can come in between. arm() gives false where the leaf has ended at once after all.
  // Past suspended, neither the leaf nor what holds it may be touched: it may be gone.
  enum class Parked : std::uint8_t { refused, at_once, suspended };
  template <typename Arm>
  Parked park(Leaf& leaf, Arm&& arm) noexcept {
    const Locked locked(*this);
    if (is_cancelled_or_expired()) return Parked::refused;
    waiting_on_ = &leaf;
    if (arm()) return Parked::suspended;
    waiting_on_ = nullptr;
    return Parked::at_once;
  }
  // The same, where it is simple.
  void park_simple(Leaf& leaf) noexcept { waiting_on_ = &leaf; }
  // Before the leaf's waiter is resumed.
  void unpark() noexcept {
    const Locked locked(*this);
    waiting_on_ = nullptr;
  }
  // The same in a job of a confined executor.
  void unpark_confined() noexcept { waiting_on_ = nullptr; }
  // What this context is suspended in; for dumps, under lock() on a Pool.
  const Leaf* waiting_on() const noexcept { return waiting_on_; }

  // Calls visit(context, argument) for this and everything below it, under the locks of the way there.
  // Threads: the executor's, or any where it is concurrent.
  void visit(void (*visit)(Context& context, void* argument), void* argument);

  // It is the context of a LocalContext; so is all below it to look for task-locals.
  bool carries_locals() const noexcept { return (flags() & kCarriesLocals) != 0; }
  void carry_locals() noexcept;
  // The same for this and all that is below it now. On a confined executor.
  void look_for_locals() noexcept;

  // What a child inherits, read once.
  ContextFlags inherited() const noexcept;

  // True where several threads may work on this tree.
  bool is_concurrent() const noexcept { return (flags() & kConcurrent) != 0; }

  // Holds the lock for as long as it lives, where there is somebody to exclude.
  class Locked {
   public:
    explicit Locked(Context& context) noexcept : lock_(context.is_concurrent() ? &context.lock_ : nullptr) {
      if (lock_ != nullptr) [[unlikely]]
        lock_->lock();
    }
    ~Locked() {
      if (lock_ != nullptr) [[unlikely]]
        lock_->unlock();
    }
    Locked(const Locked&) = delete;
    Locked& operator=(const Locked&) = delete;

   private:
    SpinLock* const lock_;
  };

  void lock() noexcept {
    if (is_concurrent()) lock_.lock();
  }
  void unlock() noexcept {
    if (is_concurrent()) lock_.unlock();
  }

 private:
  static constexpr std::uint32_t kConcurrent = 1u << 0;
  static constexpr std::uint32_t kCancelled = 1u << 3;
  static constexpr std::uint32_t kExpired = 1u << 4;
  static constexpr std::uint32_t kCarriesLocals = 1u << 6;
  static constexpr std::uint32_t kReasonShift = 9;
  static constexpr std::uint32_t kInheritedAlways = kConcurrent | raced | locals;
  static constexpr std::uint32_t kInherited = kInheritedAlways | kCancelled | kExpired | (0xffu << kReasonShift);

  friend class ContextFlags;

  static constexpr std::uint32_t inheritable(std::uint32_t traits) noexcept {
    return (traits & shielded) != 0 ? kInheritedAlways : kInherited;
  }
  void link(Context& parent) noexcept;

  std::uint32_t flags() const noexcept { return state_.load(std::memory_order_relaxed); }
  // With the lock: out of line, so that the way without it needs no stack.
  void begin_child_shared(Context& parent, std::uint32_t traits) noexcept;
  void end_shared() noexcept;
  bool mark(Reason reason) noexcept;
  Context* mark_next(Context* candidate, Reason reason) noexcept;

  Context* parent_;
  Context* next_;   // sibling, older
  Context** link_;  // what points here: the younger sibling's next_, or the parent's first_child_
  Context* first_child_;
  Leaf* waiting_on_;
  Executor* executor_;
  std::atomic<std::uint32_t> state_;
  SpinLock lock_;
};

inline void Context::begin_child_locked(Context& parent, std::uint32_t traits) noexcept {
  state_.store(traits | (parent.flags() & inheritable(traits)), std::memory_order_relaxed);
  link(parent);
}

// See Context::inherited().
class ContextFlags {
 public:
  // On one thread, and without task-locals: a child has nothing to look for.
  bool are_plain() const noexcept { return (bits_ & (Context::kConcurrent | Context::locals)) == 0; }

 private:
  friend class Context;
  explicit ContextFlags(std::uint32_t bits) noexcept : bits_(bits) {}

  const std::uint32_t bits_;
};

inline ContextFlags Context::inherited() const noexcept { return ContextFlags(flags()); }

inline Context::Context(Context& parent, ContextFlags parents) noexcept : state_(parents.bits_ & inheritable(plain)) {
  link(parent);
}

inline void Context::link(Context& parent) noexcept {
  parent_ = &parent;
  executor_ = parent.executor_;
  first_child_ = nullptr;
  waiting_on_ = nullptr;
  link_ = &parent.first_child_;
  next_ = parent.first_child_;
  if (next_ != nullptr) next_->link_ = &next_;
  parent.first_child_ = this;
}

}  // namespace ringback::runtime
