#include "ringback/testing/simulation.h"

#include <unistd.h>
#include <csignal>

#include <atomic>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "ringback/async/sleep.h"
#include "ringback/base/function_name.h"
#include "ringback/testing/internal/simulated_driver.h"
#include "ringback/trace/tasks.h"

namespace ringback::testing {

using namespace runtime;

namespace {

std::atomic<std::uint64_t> seed_at_hand{0};

// In a signal handler: nothing but write().
void say_seed(int) {
  char text[96] = "\nThis was seed ";
  char* end = text + std::string_view(text).size();
  end = std::to_chars(end, end + 20, seed_at_hand.load(std::memory_order_relaxed)).ptr;
  constexpr std::string_view kRest = ". To run it alone: RINGBACK_SEED=<seed>\n";
  end += kRest.copy(end, kRest.size());
  if (::write(STDERR_FILENO, text, static_cast<std::size_t>(end - text)) < 0) return;
}

[[noreturn]] void end_seed(int) { std::abort(); }

// While it lives an abort names the seed, then goes on as before; and an alarm aborts.
class AbortNames {
 public:
  AbortNames() {
    handle(SIGABRT, say_seed, &before_abort_);
    handle(SIGALRM, end_seed, &before_alarm_);
  }
  ~AbortNames() {
    ::alarm(0);
    ::sigaction(SIGABRT, &before_abort_, nullptr);
    ::sigaction(SIGALRM, &before_alarm_, nullptr);
  }
  AbortNames(const AbortNames&) = delete;
  AbortNames& operator=(const AbortNames&) = delete;

  static void set_limit(std::chrono::seconds limit) { ::alarm(static_cast<unsigned>(limit.count())); }

 private:
  static void handle(int signal, void (*handler)(int), struct sigaction* before) {
    struct sigaction handling{};
    handling.sa_handler = handler;
    handling.sa_flags = static_cast<int>(SA_RESETHAND);
    ::sigaction(signal, &handling, before);
  }

  struct sigaction before_abort_{};
  struct sigaction before_alarm_{};
};

std::uint64_t number(std::string_view text, const char* variable) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) {
    throw Error(ErrorKind::invalid, variable, "not a number: \"" + std::string(text) + "\"");
  }
  return value;
}

Seeds chosen(Seeds seeds) {
  if (const char* one = std::getenv("RINGBACK_SEED")) return {number(one, "RINGBACK_SEED"), 1, seeds.limit};
  const char* range = std::getenv("RINGBACK_SEEDS");
  if (range == nullptr) return seeds;
  const std::string_view text = range;
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos) throw Error(ErrorKind::invalid, "RINGBACK_SEEDS", "say FIRST:COUNT");
  return {number(text.substr(0, colon), "RINGBACK_SEEDS"), number(text.substr(colon + 1), "RINGBACK_SEEDS"),
          seeds.limit};
}

constexpr Duration kRightBefore = std::chrono::microseconds(1);

std::string line_of(const trace::TaskInfo& task) {
  const std::string subject = task.subject.empty() ? "" : " of " + task.subject;
  return "\n  waits for " + task.waits_for + subject + ", in the task created at " + task.place.file_name() + ":" +
         std::to_string(task.place.line()) + " in " + runtime::FunctionName(task.place).c_str();
}

}  // namespace

Task<> internal::note_who_waits(Duration limit, std::string& waiting) {
  co_await sleep(limit - kRightBefore);
  for (const trace::ExecutorTasks& executor : trace::tasks()) {
    for (const trace::TaskInfo& task : executor.tasks) {
      if (task.state == trace::TaskState::waiting) waiting += line_of(task);
    }
  }
}

void Simulation::fail_by_limit(const std::string& waiting) const {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(options_.limit);
  throw TimeoutError("simulation", "its limit of " + std::to_string(seconds.count()) + " s has passed:" + waiting);
}

Simulation::Simulation(SimulationOptions options)
    : options_(options),
      world_(std::make_shared<internal::SimulatedWorld>(options.seed, options.network, options.disk)) {}

Simulation::~Simulation() = default;

RunOptions Simulation::run_options() {
  RunOptions options;
  options.signals = Signals::none;
  options.stuck = Stuck::abort;
  options.loop.stuck = Stuck::abort;
  options.loop.order = options_.order;
  options.loop.driver = std::make_unique<internal::SimulatedDriver>(world_, options_.patience);
  return options;
}

std::unique_ptr<Driver> Simulation::make_driver() {
  return std::make_unique<internal::SimulatedDriver>(world_, Duration::max());
}

void Simulation::set_network_faults(const NetworkFaults& faults) noexcept { world_->network.set_faults(faults); }
void Simulation::set_disk_faults(const DiskFaults& faults) noexcept { world_->disk.set_faults(faults); }
void Simulation::cut_network() noexcept { world_->network.set_cut(true); }
void Simulation::heal_network() noexcept { world_->network.set_cut(false); }
void Simulation::reset_connections() noexcept { world_->network.reset_all(); }
std::size_t Simulation::connections() const noexcept { return world_->network.connections(); }
void Simulation::crash_disk() { world_->disk.crash(); }
TimePoint Simulation::now() const noexcept { return world_->now; }
std::uint64_t Simulation::trace_hash() const noexcept { return world_->trace.hash(); }
std::uint64_t Simulation::events() const noexcept { return world_->trace.events(); }

std::uint64_t for_each_seed(Seeds seeds, const std::function<void(std::uint64_t)>& body) {
  const Seeds all = chosen(seeds);
  const AbortNames names;
  for (std::uint64_t i = 0; i < all.count; ++i) {
    const std::uint64_t seed = all.first + i;
    seed_at_hand.store(seed, std::memory_order_relaxed);
    AbortNames::set_limit(all.limit);
    try {
      body(seed);
    } catch (...) {
      std::fprintf(stderr, "seed %llu failed; to run it alone: RINGBACK_SEED=%llu\n",
                   static_cast<unsigned long long>(seed), static_cast<unsigned long long>(seed));
      throw;
    }
  }
  return all.count;
}

}  // namespace ringback::testing
