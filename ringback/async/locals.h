// The untyped half of task-locals: what is bound around an operation, and who sees it.
//
// A binding is a value that does not change. It lies in a chain, the innermost first, which is shared by
// reference counts. A chain hangs on a LocalContext: the one of with(), and those of roots and callbacks,
// which have no way up to where they were made and so carry along what was bound there. What a task sees
// is what the nearest LocalContext above it has.
//
// Protocol. A chain is written before it is hung up, and only read then. Whether a scope's child may take
// the quick way, which does not look for bindings, is a trait of the scope's context (Context::locals):
// set on every tree of a confined executor by the first with() there, inherited below, and set on every
// root that begins later. So nothing is paid where there are none.
#pragma once

#include <atomic>
#include <cstdint>
#include <utility>

#include "ringback/async/context.h"

namespace ringback::internal {

// One binding. Lifetime: as long as somebody has it in a chain.
class Binding {
 public:
  Binding(const Binding&) = delete;
  Binding& operator=(const Binding&) = delete;

 protected:
  explicit Binding(const void* key) noexcept : key_(key) {}
  virtual ~Binding() = default;

 private:
  friend class Locals;

  const void* const key_;  // the TaskLocal
  Binding* outer_ = nullptr;
  std::atomic<std::uint32_t> references_{1};
};

// True once anything was bound in this process.
inline constinit std::atomic<bool> locals_in_use{false};

// A chain of bindings. Threads: a value; the chain may be shared by any. Copies never fail.
class Locals {
 public:
  Locals() noexcept = default;
  // A chain of one. Takes it over.
  explicit Locals(Binding* binding) noexcept : first_(binding) {}
  Locals(const Locals& other) noexcept : first_(other.first_) { share(first_); }
  Locals(Locals&& other) noexcept : first_(std::exchange(other.first_, nullptr)) {}
  Locals& operator=(Locals other) noexcept {
    std::swap(first_, other.first_);
    return *this;
  }
  ~Locals() {
    if (first_ != nullptr) [[unlikely]]
      drop(first_);
  }

  // What is seen from `context`, which may be null: nothing then. In its executor.
  static Locals around(const Context* context) noexcept {
    if (!locals_in_use.load(std::memory_order_relaxed)) [[likely]]
      return {};
    Locals seen;
    seen.first_ = seen_from(context);
    share(seen.first_);
    return seen;
  }
  // What `key` was bound to last, as seen from `context`; or null.
  static const Binding* find(const void* key, const Context* context) noexcept {
    const Binding* binding = locals_in_use.load(std::memory_order_relaxed) ? seen_from(context) : nullptr;
    while (binding != nullptr && binding->key_ != key) binding = binding->outer_;
    return binding;
  }

  bool empty() const noexcept { return first_ == nullptr; }
  void clear() noexcept {
    if (first_ != nullptr) [[unlikely]]
      drop(std::exchange(first_, nullptr));
  }
  // For a chain of one that nobody else has.
  void put_behind(Locals outer) noexcept { first_->outer_ = std::exchange(outer.first_, nullptr); }

  friend bool operator==(const Locals&, const Locals&) noexcept = default;

 private:
  static Binding* seen_from(const Context* context) noexcept;
  static void share(Binding* binding) noexcept {
    if (binding != nullptr) binding->references_.fetch_add(1, std::memory_order_relaxed);
  }
  static void drop(Binding* binding) noexcept;

  Binding* first_ = nullptr;
};

// A context on which a chain hangs.
struct LocalContext {
  Context context;  // lies first: found by it
  Locals chain;

  // After context has begun, before anybody else knows it.
  void hang(Locals seen) noexcept {
    chain = std::move(seen);
    context.carry_locals();
  }
};

// Before the first binding on `executor`: has scopes there look for bindings.
void use_locals(Executor& executor) noexcept;

// While it lives, the callback that this thread runs sees `chain`, whatever is bound around it.
class SeesLocals {
 public:
  explicit SeesLocals(const Locals& chain) noexcept {
    if (locals_in_use.load(std::memory_order_relaxed)) [[unlikely]]
      enter(chain);
  }
  ~SeesLocals() {
    if (is_inside_) [[unlikely]]
      leave();
  }
  SeesLocals(const SeesLocals&) = delete;
  SeesLocals& operator=(const SeesLocals&) = delete;

 private:
  void enter(const Locals& chain) noexcept;
  void leave() noexcept;

  LocalContext inner_;
  Context* outer_ = nullptr;
  bool is_inside_ = false;
};

}  // namespace ringback::internal
