// Programs under faults, every run of which can be had again by its seed.
//
//   for_each_seed({.count = 200}, [](std::uint64_t seed) {
//     Simulation simulation({.seed = seed, .network = {.latency_max = 20ms, .loss = 0.01, .reset = 0.001}});
//     const int answers = simulation.run(serve_and_ask());
//     if (answers != 100) throw std::runtime_error("an answer was lost");
//   });
//
// The program is an ordinary one, with its own TcpListener, HttpClient, File and sleep(), client and server
// in one task on one Loop. Nothing of it waits for the kernel: TCP and UDP go through a simulated network,
// files through a simulated disk, and time jumps to whatever happens next. Which of several things happens first,
// and what goes wrong, is drawn from the seed; two runs with one seed have the same trace_hash().
//
// What is not simulated: Unix sockets, pipes and signals are the kernel's, and other threads (a Pool,
// offload()) take no time of the simulation's, and may differ from run to run. Names are resolved by such
// threads: give addresses. A listener takes a real port (0 for any); a program of its own beside it cannot
// connect. A connection costs seven descriptors. Datagrams go between the program's own sockets on this machine; what
// try_send() sends, and a send past its deadline, arrives at once and without faults.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <type_traits>

#include "ringback/async/outcome_of.h"
#include "ringback/async/run.h"
#include "ringback/async/scope.h"
#include "ringback/async/task.h"
#include "ringback/async/timeout.h"
#include "ringback/driver/driver.h"
#include "ringback/testing/faults.h"

namespace ringback::testing {

namespace internal {

struct SimulatedWorld;

// Right before the limit, notes what every task waits for.
Task<> note_who_waits(Duration limit, std::string& waiting);

// What `work` gives, or the TimeoutError of its limit.
template <typename T>
Task<T> within(Duration limit, Task<T> work, std::string& waiting) {
  co_return co_await with_scope([&](Scope& scope) -> Task<T> {
    struct Last {
      Scope& scope;
      ~Last() { scope.cancel(); }
    };
    const Last last{scope};
    scope.spawn(note_who_waits(limit, waiting));
    co_return co_await timeout(limit, std::move(work));
  });
}

}  // namespace internal

struct SimulationOptions {
  std::uint64_t seed = 1;
  NetworkFaults network = {};
  DiskFaults disk = {};
  // What is ready at the same time runs in an order that is drawn, as it might on a Pool.
  TurnOrder order = TurnOrder::drawn;
  // Of the simulation's own time, for each run: a program in which everybody waits for ever fails by it.
  Duration limit = std::chrono::hours(24);
  // Of real time, for what comes from outside (another thread, a pipe) where nothing else is left to happen.
  Duration patience = std::chrono::seconds(10);
};

// Threads: one.
// Cancellation: reaches a program as in any run(), and what it waits for of the simulated network and disk; past
// the limit it is cancelled whole.
// Lifetime: its runs end inside run(), one after the other; time goes on between them, files stay, connections of
// the last one are gone with their sockets.
class Simulation {
 public:
  // Errors of the runs: those of the program; TimeoutError past the limit, which says who waited right before it,
  // for what, and where those tasks were created. Work that does not end though it is cancelled then is named on
  // stderr, and the process aborts.
  explicit Simulation(SimulationOptions options = {});
  ~Simulation();
  Simulation(const Simulation&) = delete;
  Simulation& operator=(const Simulation&) = delete;

  template <typename T>
  T run(Task<T> work) {
    std::string waiting;
    try {
      return ringback::run(internal::within(options_.limit, std::move(work), waiting), run_options());
    } catch (const TimeoutError&) {
      if (waiting.empty()) throw;  // One of the program's own.
      fail_by_limit(waiting);
    }
  }

  // A function that gives a Task; it is kept until that has ended, so it may capture.
  template <typename F>
    requires(std::is_invocable_v<F&>)
  auto run(F work) {
    return run(work());
  }

  // From now on; for the program or between runs.
  void set_network_faults(const NetworkFaults& faults) noexcept;
  void set_disk_faults(const DiskFaults& faults) noexcept;

  // The driver of a Loop, a Pool or an inline thread of your own (LoopOptions::driver, PoolOptions::driver,
  // set_inline_driver()), in which the simulation then is: its network, its disk, its time. Any number, one
  // after the other, or several on one thread. It shares the simulation's world and may outlive this. Such a
  // Pool is one thread; no limit and no patience apply, so who waits there for ever does.
  std::unique_ptr<runtime::Driver> make_driver();

  // A partition: until it heals nothing arrives and nothing connects, and neither side is told. Datagrams that would
  // have arrived meanwhile are lost.
  void cut_network() noexcept;
  void heal_network() noexcept;
  // Every connection there is breaks.
  void reset_connections() noexcept;
  // Those that are not closed on both sides yet.
  std::size_t connections() const noexcept;

  // Between two runs: what was written and not synced is lost, or in part, as the seed has it.
  void crash_disk();

  TimePoint now() const noexcept;
  // Of all results so far, with their times.
  std::uint64_t trace_hash() const noexcept;
  // How many there were.
  std::uint64_t events() const noexcept;

 private:
  RunOptions run_options();
  [[noreturn]] void fail_by_limit(const std::string& waiting) const;

  const SimulationOptions options_;
  const std::shared_ptr<internal::SimulatedWorld> world_;
};

struct Seeds {
  std::uint64_t first = 1;
  std::uint64_t count = 100;
  // Of real time for one seed, in whole seconds; past it the process aborts. By SIGALRM.
  std::chrono::seconds limit = std::chrono::seconds(50);
};

// Calls `body` with each seed. An exception it throws goes on to the caller, after a line on stderr that
// says which seed it was and how that is run again; so does an abort, and a seed that does not end. Gives how
// many seeds were run. Threads: one at a time in the process.
//
// RINGBACK_SEED=17 runs that seed only; RINGBACK_SEEDS=1000:500 runs 500 from 1000. Errors: invalid where
// such a value is no number.
std::uint64_t for_each_seed(Seeds seeds, const std::function<void(std::uint64_t)>& body);

}  // namespace ringback::testing
