// The one line in which tasks, threads and callbacks wait for a primitive of this layer.
//
// Protocol. A primitive has one lock; its fields, its lists and `end_` of every WaitLeaf that has
// been seen by others are written under it. A leaf goes through these states, never back:
//
//   (unseen) ── add() ──▶ in line ── claim() won, give ──▶ given    told once, by whoever gave
//      │                     │  └─── claim() lost ───────▶ lost     told when it is cancelled
//      └──── lose() ───▶ lost└────── cancel() ───────────▶ cancelled  told by whoever cancelled
//
// Lost means that another operation of the same race has won: this one must not take anything any
// more, so it leaves the line, and those behind it go on without it. That other operation's end
// cancels it. Lost is for ever: a claim is given back only where a race further out has been decided
// against all of this one.
//
// A thread that gives does so under the lock, to the front only, and hands over completely: an operation that
// comes later cannot take it (no barging). A cancellation that comes after that finds `given` and
// does nothing: completion wins. Leaves are told after the lock has been released (Woken), because
// posting may cost a system call. Told leaves may be gone at once; the primitive too.
//
// Locks: a context's, then a primitive's; under that nothing but the claim, which has no lock.
#pragma once

#include <atomic>
#include <mutex>

#include "ringback/async/leaf.h"
#include "ringback/async/operation.h"
#include "ringback/base/intrusive_list.h"

namespace ringback::internal {

class WaitTag;

// An operation that may stand in line. Lifetime: stays where it is from begin() until it is told.
class WaitLeaf : public PostedLeaf, public ListLink<WaitTag> {
 protected:
  enum class End : std::uint8_t { none, lost, given, closed, cancelled };

  WaitLeaf() noexcept : ListLink(Unset()) {}
  ~WaitLeaf() = default;
  WaitLeaf(WaitLeaf&& other) noexcept : PostedLeaf(std::move(other)), ListLink(Unset()) {}

  End end() const noexcept { return end_.load(std::memory_order_relaxed); }
  void set_end(End end) noexcept { end_.store(end, std::memory_order_relaxed); }

  // For one that has won its claim, or waits for what is its own: it is given without asking.
  void claim_no_more() noexcept { is_claimed_ = true; }
  bool try_claim() noexcept { return is_claimed_ || waiter().try_claim(); }

  // True where a request to cancel comes too late. Looked at before the primitive is touched, so
  // that one which died after it gave its last waiter all it wanted is not.
  bool is_past_cancelling() const noexcept { return end() >= End::given; }

 private:
  friend class WaiterList;
  friend class Woken;

  std::atomic<End> end_{End::none};
  bool is_claimed_ = false;
};

// Leaves to be told, in order, when this goes out of scope: declare it before the lock's guard.
class Woken {
 public:
  Woken() noexcept = default;
  ~Woken() {
    while (Job* job = leaves_.pop()) static_cast<WaitLeaf*>(job)->deliver();
  }
  Woken(const Woken&) = delete;
  Woken& operator=(const Woken&) = delete;

  void add(WaitLeaf& leaf) noexcept { leaves_.push(leaf); }

 private:
  JobQueue leaves_;
};

// Threads: all under the primitive's lock.
class WaiterList {
 public:
  WaiterList() noexcept = default;
  ~WaiterList() { check_deserted(); }

  // Before a primitive dies: aborts where somebody waits.
  void check_deserted() const noexcept {
    RINGBACK_CHECK(line_.empty() && lost_ == 0,
                   "a primitive was destroyed while somebody waits in it: it must outlive all who use it");
  }

  bool empty() const noexcept { return line_.empty(); }
  WaitLeaf* front() noexcept { return line_.front(); }

  void add(WaitLeaf& leaf) noexcept { line_.push_back_new(leaf); }

  // Calls visit(leaf) for all in line, the first first.
  template <typename Visit>
  void visit(Visit&& visit) const {
    auto& line = const_cast<IntrusiveList<WaitLeaf, WaitTag>&>(line_);  // which has no const walk
    for (WaitLeaf* leaf = line.front(); leaf != nullptr; leaf = line.next(*leaf)) visit(*leaf);
  }

  // Takes the front out of line. True: it must be given something now. False: it has lost.
  bool claim_front() noexcept {
    WaitLeaf& leaf = *line_.pop_front();
    if (leaf.try_claim()) {
      leaf.set_end(WaitLeaf::End::given);
      return true;
    }
    lose(leaf);
    return false;
  }
  // There is a first, and it is given without asking.
  bool is_front_claimed() noexcept { return !line_.empty() && line_.front()->is_claimed_; }
  // Takes that one out of line: it must be given something now.
  WaitLeaf& give_front() noexcept {
    WaitLeaf& leaf = *line_.front();
    line_.drop_front();
    leaf.set_end(WaitLeaf::End::given);
    return leaf;
  }

  // Takes the first leaf that has not lost out of line; null if there is none.
  WaitLeaf* claim_first() noexcept {
    while (WaitLeaf* leaf = front()) {
      if (claim_front()) return leaf;
    }
    return nullptr;
  }
  // Takes the front out of line where that needs no claim: because it gets nothing.
  WaitLeaf* pop(WaitLeaf::End end) noexcept {
    WaitLeaf* leaf = line_.pop_front();
    if (leaf != nullptr) leaf->set_end(end);
    return leaf;
  }

  // For a leaf in no line, whose claim failed as it came.
  void lose(WaitLeaf& leaf) noexcept {
    leaf.set_end(WaitLeaf::End::lost);
    ++lost_;
  }

  // True: it is out of line, and the caller must tell it. False: something else has ended it.
  bool cancel(WaitLeaf& leaf) noexcept {
    if (leaf.is_past_cancelling()) return false;
    if (leaf.end() == WaitLeaf::End::lost) {
      --lost_;
    } else {
      leaf.unlink();
    }
    leaf.set_end(WaitLeaf::End::cancelled);
    return true;
  }

 private:
  IntrusiveList<WaitLeaf, WaitTag> line_;
  std::size_t lost_ = 0;
};

}  // namespace ringback::internal
