// What comes in through a socket, received bytes or accepted connections, whichever thread asks next.
//
// Reads and accepts take from here in turn: from a plain thread in wait(), from a Pool, from one Loop
// and then another. Only on a running Loop a request is armed that gives many results (receive_many,
// accept_many); everywhere else each operation makes a request of its own, so nothing stays armed between calls.
//
// Protocol. Everything below the line "guarded" is guarded by lock_, which comes after a context's.
//   items_      results that came and were not asked for yet, oldest first; has_lost_ is an error after them
//   waiting_    the operation that waits for the armed request; whoever takes it out posts it home
//   armed_on_   the Loop whose driver has armed_; null: nobody. Set when it is armed, on that Loop's
//               thread; cleared there by the last result. Not null keeps the Loop from ending run().
//   is_disarming_   the armed request has been cancelled and still owes its last result
// Hand-over: an operation that is begun elsewhere while armed_on_ is not null waits, and posts
// release_job_ to that Loop, which disarms; the last result clears armed_on_ and wakes the operation. It
// takes an item if one has come, else asks the kernel itself, on its own executor. A Loop that leaves run()
// disarms by leave_loop(). Bytes are neither lost nor reordered, since nobody asks the kernel while
// armed_on_ is set, and items_ are taken first.
#pragma once

#include <vector>

#include "ringback/async/root.h"
#include "ringback/exec/loop.h"
#include "ringback/io/kernel_operation.h"

namespace ringback::internal {

class Inflow;

// A read or an accept. Derived: how it takes an item, and how it asks the kernel on its own.
class InflowOperation : public KernelOperation {
 public:
  void request_cancel(Reason reason) noexcept final;

 protected:
  // `arms`: takes part in a request for many, where the executor is a running Loop.
  InflowOperation(std::string_view name, Inflow& inflow, bool arms) noexcept;
  InflowOperation(InflowOperation&&) noexcept = default;
  ~InflowOperation() = default;

  // begin() of the derived operation, after enter().
  bool take_or_ask() noexcept;

  // Takes from `item`, leaving set_value() behind. True: all of it has been used.
  virtual bool take_item(Result& item) noexcept = 0;
  // One request of this operation's own; as submit_request().
  virtual bool ask() noexcept { return submit_request(); }
  // That request has been answered; as request_ended().
  virtual bool answered() noexcept { return true; }

 private:
  friend class Inflow;

  bool request_ended() noexcept final;
  bool may_arm() const noexcept;

  Inflow& inflow_;
  bool arms_;
  bool is_parked_ = false;     // waits, or waited last, for the armed request
  bool is_withdrawn_ = false;  // cancelled while it did
};

// The socket itself and what came in. Counted: its stream or listener holds it, and so does what is
// armed, so that a stream may be destroyed on any thread.
class Inflow {
 public:
  // `code`: receive_many or accept_many.
  Inflow(Descriptor descriptor, std::string name, RequestWords::Code code) noexcept;

  Resource& resource() noexcept { return resource_; }

  // Closes, and gives up what is armed. Threads: any; see Resource::close_socket().
  void close() noexcept;

  // For tests: true while a Loop holds a request.
  bool is_armed() noexcept;

  void add_reference() noexcept { references_.fetch_add(1, std::memory_order_relaxed); }
  void drop_reference() noexcept {
    if (references_.fetch_sub(1, std::memory_order_acq_rel) == 1) delete this;
  }

 private:
  friend class InflowOperation;

  // The request for many.
  class Armed final : public KernelRequest, public LoopGuest {
   public:
    explicit Armed(Inflow& inflow) noexcept : inflow_(inflow) {}
    void on_result(Result result) noexcept override { inflow_.take_in(std::move(result)); }
    void leave_loop() noexcept override { inflow_.disarm(); }

   private:
    Inflow& inflow_;
  };

  class ReleaseJob final : public Job {
   public:
    explicit ReleaseJob(Inflow& inflow) noexcept : inflow_(inflow) {}
    void run() noexcept override { inflow_.release(); }

   private:
    Inflow& inflow_;
  };

  enum class Look : std::uint8_t { ended, parked, ask, again };

  Look look(InflowOperation& operation) noexcept;
  Look park(InflowOperation& operation) noexcept;
  bool withdraw(InflowOperation& operation) noexcept;
  bool has_item() const noexcept { return first_item_ != items_.size() || has_lost_; }
  bool take_first(InflowOperation& operation) noexcept;
  bool arm(InflowOperation& operation) noexcept;
  void disarm() noexcept;
  void disarm_locked() noexcept;
  void ask_release() noexcept;
  void release() noexcept;
  void take_in(Result result) noexcept;
  void keep_item(Result&& result) noexcept;

  ~Inflow();

  std::atomic<std::uint32_t> references_{1};
  Resource resource_;
  Armed armed_{*this};
  ReleaseJob release_job_{*this};

  SpinLock lock_;
  // Guarded.
  std::vector<Result> items_;
  std::size_t first_item_ = 0;
  bool has_lost_ = false;  // an item came after items_ for which there was no memory
  InflowOperation* waiting_ = nullptr;
  Loop* armed_on_ = nullptr;
  bool is_disarming_ = false;
  bool release_is_posted_ = false;
};

}  // namespace ringback::internal
