// The base of leaf operations that are requests to the kernel.
//
// A derived operation fills `words` and calls enter(), submit_request() and leave(); see KernelCall for
// the plain case of one request, one answer. The buffer belongs to the kernel from begin to the end.
// No allocation. What completes is kept even where a cancellation came in the meantime.
//
// Here and remote. Where the executor's I/O loop is the one this thread runs, the request is
// submitted, cancelled and completed on this thread, and no atomic matters. Otherwise (a Pool, a foreign
// executor) the I/O loop is another thread's, and one job node, the operation itself, travels:
// posted to the I/O loop to start, perhaps once more to cancel, then posted home to be delivered.
//
// Protocol of the remote case. `state_` is one atomic word:
//   kStarted  set by the I/O thread when it runs the start
//   kCancel   set by request_cancel(), at home, at most once
//   kDone     set by the I/O thread when the result is there, and where no request is under way
// The node belongs to the inbox it was posted to, until its job runs there. From then on it belongs
// to the winner of the compare-exchange from kStarted alone:
//   request_cancel  {kStarted} -> {kStarted|kCancel}   and posts the node to the I/O loop
//   the completion  {kStarted} -> {kStarted|kDone}     and posts the node home
// A request_cancel() that finds no kStarted leaves kCancel for the start, which then never submits.
// A completion that finds kCancel keeps its result (has_result_): the cancel job is on its way, and
// when it runs it posts the node home instead of cancelling. A completion that comes after the cancel
// job has run (cancel_has_run_) owns the node again. `role_`, `value_`, `words` and both flags are
// written by the node's owner or on the I/O thread only, and handed on by the posts.
#pragma once

#include <atomic>
#include <type_traits>

#include "ringback/async/leaf.h"
#include "ringback/async/operation.h"
#include "ringback/driver/driver.h"
#include "ringback/io/resource.h"

namespace ringback::runtime {

class KernelOperation : public PostedLeaf, public KernelRequest {
 public:
  void request_cancel(Reason reason) noexcept override;
  std::string_view what() const noexcept override { return name_; }
  Subject subject() const noexcept override {
    if (resource_ == nullptr) return {};
    return {resource_->name(), resource_->fd()};
  }

 protected:
  using Use = Resource::Use;

  // `name` is what errors and dumps call the operation, and lives for ever; `resource` may be null.
  KernelOperation(std::string_view name, Resource* resource, Use use) noexcept
      : name_(name), resource_(resource), use_(use) {
    if (resource != nullptr) words.fd = resource->fd();
  }
  KernelOperation(KernelOperation&& other) noexcept
      : PostedLeaf(std::move(other)), name_(other.name_), resource_(other.resource_), use_(other.use_) {
    words = other.words;
  }
  ~KernelOperation() = default;

  // First in begin(). False: cancelled, closed, or the second in its direction; the operation has ended with value().
  // `inside`: how many coroutines of ours stand between it and the task that called, which errors name.
  bool enter(Waiter& waiter, std::uint8_t inside = 0) noexcept;
  // Last, however it ended; gives true, so that begin() can return it.
  bool leave() noexcept;

  // One request of the operation, at home. True: answered already, see value(). False: suspended, and
  // `this` may be gone; request_ended() follows. In a context whose deadline has passed it is one
  // attempt that does not wait, never a submission.
  bool submit_request() noexcept;

  // At home, in a job: value() is there. True: the operation has ended. False: it has submitted again.
  virtual bool request_ended() noexcept { return true; }

  // What the kernel answered: a negative errno, or what the request gives.
  std::int32_t value() const noexcept { return value_; }
  void set_value(std::int32_t value) noexcept { value_ = value; }
  bool is_closed() const noexcept { return resource_ != nullptr && resource_->is_closed(); }
  Resource* resource() const noexcept { return resource_; }

  // What a value() below zero means to the caller. `peer` where it is not the resource's name.
  Failure failure() const;
  Failure failure(std::string_view peer) const;

  // Of one that is a part of a write() (see StreamPlace::kept()): where it has not taken all, leave() sets this and
  // keeps the direction for the next part, whose enter() finds it.
  virtual bool* kept() noexcept { return nullptr; }
  virtual bool took_all() const noexcept { return true; }

  // The task that called.
  std::source_location caller() const noexcept;

  // At home, by posting: runs request_ended() in a later job. For operations that wait for something
  // else than a request of theirs.
  void deliver_ended() noexcept;

  void run() noexcept override;

 private:
  enum class Role : std::uint8_t { deliver, start, cancel };

  static constexpr std::uint8_t kStarted = 1;
  static constexpr std::uint8_t kCancel = 2;
  static constexpr std::uint8_t kDone = 4;

  void on_result(Result result) noexcept override;
  bool submit_here() noexcept;
  void post_start() noexcept;
  void start_remote() noexcept;
  void cancel_remote() noexcept;
  void complete_remote() noexcept;

  const std::string_view name_;
  Resource* const resource_;
  Loop* io_ = nullptr;  // that has the request
  std::int32_t value_ = 0;
  std::atomic<std::uint8_t> state_{kDone};
  const Use use_;
  Role role_ = Role::deliver;
  bool is_remote_ = false;
  bool has_result_ = false;
  bool cancel_has_run_ = false;
  bool is_entered_ = false;
  bool is_second_ = false;
  std::uint8_t inside_ = 0;
};

// One request, one answer: a T made of the number the kernel gives, or nothing.
template <typename T>
class [[nodiscard]] KernelCall : public KernelOperation {
 public:
  using value_type = T;

  KernelCall(std::string_view name, Resource& resource, Use use, const RequestWords& request) noexcept
      : KernelOperation(name, &resource, use) {
    words = request;
    words.fd = resource.fd();
  }
  KernelCall(KernelCall&&) noexcept = default;

  bool begin(Waiter& waiter) noexcept { return !enter(waiter) || (submit_request() && leave()); }
  Outcome<T> take() {
    if (value() < 0) return failure();
    if constexpr (std::is_void_v<T>) {
      return {};
    } else {
      return static_cast<T>(value());
    }
  }
};

// What one request can carry; longer spans are served in part.
inline constexpr std::size_t kTransferBytesMax = std::size_t{1} << 30;

}  // namespace ringback::runtime
