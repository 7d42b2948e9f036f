#include "ringback/trace/internal/last_run.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <mutex>
#include <unordered_map>

#include "ringback/async/context.h"

namespace ringback::trace::internal {

using namespace runtime;

namespace {

std::atomic<int> wanted{0};

// By address, in parts, so that threads seldom meet. Each is looked up only, never gone through. Never
// destroyed: threads run jobs after static destruction has begun.
struct Part {
  SpinLock lock;
  std::unordered_map<const void*, TimePoint> runs;
};
constexpr std::size_t kParts = 64;
Part* parts() noexcept {
  static Part* const parts = new Part[kParts];
  return parts;
}
Part& part_of(const void* context) noexcept {
  const auto address = reinterpret_cast<std::uintptr_t>(context);
  return parts()[(address / 32 ^ address / 4096) % kParts];
}

// It has no parent, or is a group's child: what is above runs at times of its own.
bool is_tasks_own(const Context& context) noexcept {
  return context.parent() == nullptr || context.parent()->is_group();
}

std::optional<TimePoint> last_run_of(const Context* context) {
  Part& part = part_of(context);
  std::lock_guard guard(part.lock);
  const auto found = part.runs.find(context);
  return found == part.runs.end() ? std::nullopt : std::optional(found->second);
}

}  // namespace

void note_run(const Context* context) noexcept {
  if (context == nullptr) return;
  const TimePoint now = std::chrono::steady_clock::now();
  Part& part = part_of(context);
  std::lock_guard guard(part.lock);
  try {
    part.runs[context] = now;
  } catch (const std::bad_alloc&) {  // It is not known, then.
    part.runs.clear();
  }
}

std::optional<Duration> since_last_run(const Context& context) {
  if (!is_last_run_wanted()) return std::nullopt;
  std::optional<TimePoint> last;
  for (const Context* at = &context;; at = at->parent()) {
    // An older note may be of a context that had the same place in memory before.
    if (const auto run = last_run_of(at)) last = std::max(last.value_or(*run), *run);
    if (is_tasks_own(*at)) break;
  }
  if (!last.has_value()) return std::nullopt;
  return std::chrono::steady_clock::now() - *last;
}

// What was noted before is forgotten: tasks have run since, and nobody noted it.
void want_last_run(int more) noexcept {
  if (wanted.load(std::memory_order_relaxed) == 0) {
    for (std::size_t i = 0; i < kParts; ++i) {
      std::lock_guard guard(parts()[i].lock);
      parts()[i].runs.clear();
    }
  }
  wanted.fetch_add(more, std::memory_order_relaxed);
}

bool is_last_run_wanted() noexcept { return wanted.load(std::memory_order_relaxed) > 0; }

}  // namespace ringback::trace::internal
