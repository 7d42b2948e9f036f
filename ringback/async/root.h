// Work that begins outside every coroutine: what wait, run, start and spawn make.
//
// A root owns one operation and the group of everything started under it. The executor it runs on
// owns the root until that group has ended; so does the scope it was started in, if there is one,
// through a ScopeLink: the scope does not end before the root, and cancelling it cancels the root.
//
// Protocol. `state_` is one atomic word: kBegun, kEnded and kReleased are set in the executor, kCancel
// (with its reason) by any thread, once. A thread that sets kCancel before kEnded has cancelled. On a concurrent
// executor, and inside a confined one, the canceller walks the tree itself: a request must not wait
// for a worker, all may be busy with what is to be cancelled. From outside a confined executor
// `cancel_job_` is posted; kOnTheWay, set with kCancel, keeps the root (and so its executor) until that
// job has run. A deadline lets an operation complete that can do so at once. So one second request, of another
// reason, may follow it (kSecondRequest); it has a job and a bit of its own. Cancelling one tree may cancel others that
// hang on it: those wait in a list of the thread, since trees hang on one another as deep as a program likes.
#pragma once

#include <atomic>
#include <optional>
#include <source_location>

#include "ringback/async/gather.h"
#include "ringback/async/group.h"
#include "ringback/async/leaf.h"
#include "ringback/async/locals.h"
#include "ringback/async/unhandled.h"
#include "ringback/exec/admission.h"
#include "ringback/exec/executor.h"
#include "ringback/exec/frame_memory.h"

namespace ringback::internal {

class Root;

// Ties a root to the scope it was started in. Lives in the root; works on the scope's executor.
class ScopeLink final : public PostedLeaf {
 public:
  explicit ScopeLink(Root& root) noexcept : root_(root) {}

  // In the scope's executor. False: the scope has ended.
  bool attach(Group& scope) noexcept;
  // In the scope's executor, where the root could not begin.
  void detach() noexcept;
  // Threads: any; the root has ended.
  void root_ended() noexcept;
  bool is_attached() const noexcept { return scope_ != nullptr; }
  // The scope, where it is on `executor`; else null.
  Context* scope_in(const Executor& executor) const noexcept;

  void request_cancel(Reason reason) noexcept override;
  std::string_view what() const noexcept override { return "started work"; }

 private:
  // What the link waits with: a child of the scope, which has no coroutine.
  class LinkWaiter final : public Waiter {
   public:
    explicit LinkWaiter(ScopeLink& link) noexcept : link_(link) {}
    void open(Context& context) noexcept { context_ = &context; }
    void complete() noexcept override { link_.detach(); }

   private:
    ScopeLink& link_;
  };

  Root& root_;
  Group* scope_ = nullptr;
  Context link_context_;
  LinkWaiter link_waiter_{*this};
};

class Root : public Waiter, public OwnedWork {
 public:
  // Hands the root to its executor, and to the scope around the caller. Threads: any.
  // Errors: overloaded, shut_down from the executor; shut_down from a scope that has ended.
  void start();
  // The same in a place that was waited for. Errors: shut_down from a scope that has ended.
  void start(Admission place);

  // Threads: any. True: recorded before the end.
  bool cancel(Reason reason) noexcept;
  bool has_ended() const noexcept { return (state_.load(std::memory_order_acquire) & kEnded) != 0; }

  // True once the executor owns it no more.
  bool is_released() const noexcept {
    return (state_.load(std::memory_order_acquire) & (kReleased | kAnyOnTheWay)) == kReleased;
  }

  static void* operator new(std::size_t bytes) { return allocate_frame(bytes); }
  static void* operator new(std::size_t bytes, std::align_val_t alignment) { return ::operator new(bytes, alignment); }
  static void operator delete(void* root, std::size_t bytes) noexcept { free_frame(root, bytes); }
  static void operator delete(void* root, std::size_t bytes, std::align_val_t alignment) noexcept {
    ::operator delete(root, bytes, alignment);
  }

  void add_reference() noexcept { references_.fetch_add(1, std::memory_order_relaxed); }
  // The same while there is no other reference.
  void add_first_reference() noexcept {
    references_.store(references_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
  }
  void drop_reference() noexcept {
    if (references_.fetch_sub(1, std::memory_order_acq_rel) == 1) delete this;
  }

  std::source_location place() const noexcept override { return place_; }
  void cancel_owned(Reason reason) noexcept override { cancel(reason); }
  void describe_waiting(std::string& text) override;
  Context* tree() noexcept override;
  void prepare_locals() noexcept override;
  // Instead of what is bound where the root is made: what is bound for its waiter.
  void see_locals_of(const Context& waiting) noexcept { locals_ = Locals::around(&waiting); }
  // Instead of starting: the work is dropped.
  void refuse() noexcept {
    const QuietDrop quiet;
    drop_work();
    locals_.clear();
  }

  bool has_begun() const noexcept override { return (state_.load(std::memory_order_acquire) & kBegun) != 0; }
  bool is_leaving() const noexcept override { return (state_.load(std::memory_order_acquire) & kCancel) != 0; }
  Executor& home() const noexcept { return home_; }

  // As start(), without joining the scope around the caller.
  void start_unlinked() { hand_over(); }

  // As start_unlinked(), for what goes along with work that has been accepted: counted against no bound,
  // never refused. In a job of the executor. Others may hold it already, to cancel it.
  void start_along() noexcept {
    add_reference();  // The executor's own; dropped at the end.
    home_.adopt(*this);
    home_.post(*this);
  }

  // When the operation ends, what it started is cancelled too: run().
  void cancel_leftovers() noexcept { cancels_leftovers_ = true; }

  // Takes a root that is still queued and runs it on this thread, which belongs to its executor.
  bool run_here_if_queued() noexcept;

 protected:
  Root(Executor& home, std::source_location place) noexcept
      : home_(home),
        is_concurrent_(home.is_concurrent()),
        place_(place),
        locals_(Locals::around(this_thread.context)) {}
  virtual ~Root() = default;

  // In the executor: begins the operation in group().
  virtual void begin_work() noexcept = 0;
  // In the executor, after the end and outside every coroutine: frees the operation with all it
  // captured. So nothing of it outlives the waiting, and a Future that is kept holds a value only.
  virtual void drop_work() noexcept = 0;
  // In the executor, then: tells the waiter.
  virtual void work_ended() noexcept = 0;
  // Last: the executor owns the root no more.
  virtual void released() noexcept {}
  // In the executor: the operation has ended, and what it left behind was cancelled.
  virtual void leftovers_cancelled() noexcept {}

  // Around a plain function that does not look at a stop token: cancel() gives false meanwhile.
  void begin_ignoring_stop() noexcept { state_.fetch_or(kIgnoresStop, std::memory_order_acq_rel); }
  void end_ignoring_stop() noexcept { state_.fetch_and(~kIgnoresStop, std::memory_order_acq_rel); }

  Group& group() noexcept { return group_; }

 private:
  friend class ScopeLink;
  template <Operation>
  friend class RootChild;

  // In the executor's queue until the work begins; it may be taken back (run_here_if_queued).
  class StartJob final : public NewJob {
   public:
    explicit StartJob(Root& root) noexcept : root_(root) {}
    void begin() noexcept override { root_.begin(); }
    void forget() noexcept override { root_.drop_reference(); }
    std::source_location place() const noexcept override { return root_.place_; }

   private:
    Root& root_;
  };
  // Begins what was taken back.
  class BeginJob final : public Job {
   public:
    explicit BeginJob(Root& root) noexcept : root_(root) {}
    void run() noexcept override { root_.begin(); }
    std::source_location place() const noexcept override { return root_.place_; }

   private:
    Root& root_;
  };

  // Cancels the tree, in the executor.
  class CancelJob final : public Job {
   public:
    explicit CancelJob(Root& root) noexcept : root_(root) {}
    void run() noexcept override;

   private:
    Root& root_;
  };

  static constexpr std::uint32_t kBegun = 1;
  static constexpr std::uint32_t kEnded = 2;
  static constexpr std::uint32_t kCancel = 4;
  static constexpr std::uint32_t kOnTheWay = 8;
  static constexpr std::uint32_t kReleased = 16;
  static constexpr std::uint32_t kIgnoresStop = 32;
  static constexpr std::uint32_t kSecondRequest = 64;
  static constexpr std::uint32_t kSecondOnTheWay = 128;
  static constexpr std::uint32_t kAnyOnTheWay = kOnTheWay | kSecondOnTheWay;
  static constexpr std::uint32_t kReasonShift = 8;

  void run() noexcept override;
  void complete() noexcept override;
  void tell_seeing_locals() noexcept;
  void begin() noexcept;
  void release() noexcept;
  void join_scope();
  void hand_over();
  static void cancel_here(CancelJob& job) noexcept;

  Executor& home_;
  const bool is_concurrent_;  // of home_
  const std::source_location place_;
  std::atomic<std::uint32_t> references_{1};
  std::atomic<std::uint32_t> state_{0};
  bool cancels_leftovers_ = false;
  Locals locals_;  // bound where the root was made: what its work and its callbacks see
  Group group_;
  StartJob start_job_{*this};
  CancelJob cancel_job_{*this};
  CancelJob second_cancel_job_{*this};  // the second, after a deadline
  ScopeLink link_{*this};
};

// A counted reference to something with add_reference() and drop_reference().
template <typename T>
class Ref {
 public:
  Ref() noexcept = default;
  // Takes over the reference that `object` was made with.
  static Ref adopt(T* object) noexcept {
    Ref ref;
    ref.object_ = object;
    return ref;
  }
  static Ref share(T* object) noexcept {
    object->add_reference();
    return adopt(object);
  }
  Ref(const Ref& other) noexcept : object_(other.object_) {
    if (object_ != nullptr) object_->add_reference();
  }
  Ref(Ref&& other) noexcept : object_(std::exchange(other.object_, nullptr)) {}
  template <typename Derived>
    requires(std::is_convertible_v<Derived*, T*> && !std::is_same_v<Derived, T>)
  Ref(Ref<Derived> other) noexcept : object_(other.release()) {}  // NOLINT: as a pointer converts
  Ref& operator=(Ref other) noexcept {
    std::swap(object_, other.object_);
    return *this;
  }
  ~Ref() {
    if (object_ != nullptr) object_->drop_reference();
  }
  T* release() noexcept { return std::exchange(object_, nullptr); }
  T* operator->() const noexcept { return object_; }
  T& operator*() const noexcept { return *object_; }
  explicit operator bool() const noexcept { return object_ != nullptr; }

 private:
  T* object_ = nullptr;
};

// The operation of a root. Its failure is the root's outcome, and cancels nothing.
template <Operation Op>
class RootChild final : public Waiter {
 public:
  explicit RootChild(Op&& op) noexcept : op_(std::move(op)) {}

  void begin(Root& root) noexcept {
    root_ = &root;
    root.group_.add(own_.context);
    context_ = &own_.context;
    if (!root.locals_.empty()) [[unlikely]]
      own_.hang(root.locals_);
    if ((*op_).begin(*this)) complete();  // in the root's own job: work starts in the order it was given
  }
  void complete() noexcept override {
    outcome_.emplace(take_from(*op_));
    if (root_->cancels_leftovers_) {
      root_->group_.context().cancel(Reason::shutdown);
      root_->leftovers_cancelled();
    }
    root_->group_.child_ended(own_.context);
  }
  Outcome<typename Op::value_type> take() { return *std::move(outcome_); }
  void drop() noexcept {
    op_.drop();
    own_.chain.clear();
  }

 private:
  Root* root_ = nullptr;
  LocalContext own_;
  Held<Op> op_;
  std::optional<Outcome<typename Op::value_type>> outcome_;
};

// A root with its operation; derived classes say where the outcome goes.
template <Operation Op>
class RootOf : public Root {
 public:
  using T = typename Op::value_type;

 protected:
  RootOf(Executor& home, Op&& op, std::source_location place) noexcept : Root(home, place), child_(std::move(op)) {}

  void begin_work() noexcept override {
    if constexpr (requires { requires Op::ignores_stop; }) this->begin_ignoring_stop();
    child_.begin(*this);
    if constexpr (requires { requires Op::ignores_stop; }) this->end_ignoring_stop();
  }
  void drop_work() noexcept override { child_.drop(); }

  // In work_ended().
  Outcome<T> take_outcome() { return child_.take(); }

 private:
  RootChild<Op> child_;
};

}  // namespace ringback::internal
