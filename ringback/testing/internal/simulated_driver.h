// The driver of a simulation: time jumps, TCP and UDP go through a simulated network, files through a simulated
// disk, and in which order results arrive is drawn.
//
// No kernel object is waited for. Every request that is in flight is tried at every poll, which costs what
// there is in flight, and makes the order of events the seed's alone. What comes from outside of the
// simulation (a pipe of another process, another thread's wake) is waited for in real time, when nothing in
// it is left to happen; where nothing comes from there either, and patience has an end, it aborts.
//
// Threads: as of any driver.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "ringback/driver/driver.h"
#include "ringback/testing/internal/simulated_world.h"

namespace ringback::testing::internal {

class SimulatedDriver final : public runtime::Driver {
 public:
  // `patience`: with the outside, in real time; of Duration::max() there is no end.
  SimulatedDriver(std::shared_ptr<SimulatedWorld> world, Duration patience) noexcept
      : shared_world_(std::move(world)), world_(*shared_world_), patience_(patience) {}

  std::string_view name() const noexcept override { return "simulated"; }
  bool has_own_time() const noexcept override { return true; }
  TimePoint now() noexcept override { return world_.now; }
  std::uint64_t random() noexcept override { return world_.dice.next(); }
  bool submit(runtime::KernelRequest& request, runtime::Result& now) noexcept override;
  void cancel(runtime::KernelRequest& request) noexcept override;
  std::size_t poll(Deadline until) noexcept override;
  void wake() noexcept override;
  // Not to be embedded: its time would stand still meanwhile.
  int wake_fd() noexcept override;
  std::size_t in_flight() const noexcept override { return pending_.size(); }

 private:
  struct Pending {
    runtime::KernelRequest* request;
    TimePoint not_before;
    bool is_cancelled = false;
  };
  struct Answer {
    runtime::KernelRequest* request;
    runtime::Result result;
  };

  TimePoint earliest(const runtime::RequestWords& words) noexcept;
  std::size_t look();
  std::optional<runtime::Result> try_request(const Pending& pending);
  runtime::Result on_disk(const runtime::RequestWords& words) noexcept;
  std::optional<runtime::Result> carry_out(const Pending& pending);
  bool make_room() noexcept;
  runtime::Result receive_some(const runtime::RequestWords& words);
  std::optional<runtime::Result> accept_next(const runtime::RequestWords& words);
  void record(const runtime::KernelRequest& request, const runtime::Result& result) noexcept;
  TimePoint next_event() const noexcept;
  bool take_wake() noexcept;
  std::size_t wait_outside();
  void wait_for_wake();

  const std::shared_ptr<SimulatedWorld> shared_world_;
  SimulatedWorld& world_;
  const Duration patience_;
  std::vector<Pending> pending_;  // in the order of submit()
  std::vector<Answer> answers_;   // with room for all that is pending; empty between looks
  std::mutex lock_;
  std::condition_variable woken_changed_;
  bool is_woken_ = false;
};

}  // namespace ringback::testing::internal
