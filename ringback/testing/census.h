// Counts the living: put a Census::Member into each coroutine, callback or value that must die once.
//
//   Census census;
//   Task<> task(Census& census) { Census::Member here(census); ... }
//   EXPECT_EQ(census.alive(), 0);
#pragma once

#include <atomic>
#include <cstdint>

#include "ringback/base/check.h"

namespace ringback::testing {

// Threads: any. Lifetime: outlives its members.
class Census {
 public:
  // A member counts from construction to destruction, copies and moved-from ones too. One that is
  // destroyed twice aborts.
  class Member {
   public:
    explicit Member(Census& census) noexcept : census_(&census) { census.enter(); }
    Member(const Member& other) noexcept : census_(other.census_) { census_->enter(); }
    Member& operator=(const Member&) noexcept { return *this; }
    ~Member() {
      RINGBACK_CHECK(mark_ == kAlive, "a Census::Member was destroyed twice, or never made");
      mark_ = 0;
      census_->leave();
    }

   private:
    static constexpr std::uint32_t kAlive = 0x5eed1e55;

    Census* census_;
    volatile std::uint32_t mark_ = kAlive;
  };

  ~Census() { RINGBACK_CHECK(alive() == 0, "a Census ended before its members did"); }

  long alive() const noexcept { return alive_.load(std::memory_order_acquire); }
  long ever() const noexcept { return ever_.load(std::memory_order_acquire); }

 private:
  void enter() noexcept {
    alive_.fetch_add(1, std::memory_order_acq_rel);
    ever_.fetch_add(1, std::memory_order_acq_rel);
  }
  void leave() noexcept { alive_.fetch_sub(1, std::memory_order_acq_rel); }

  std::atomic<long> alive_{0};
  std::atomic<long> ever_{0};
};

}  // namespace ringback::testing
