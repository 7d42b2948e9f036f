#include "ringback/trace/stall_detector.h"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <csignal>
#include <cstdio>
#include <fstream>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include "ringback/async/unhandled.h"
#include "ringback/base/check.h"
#include "ringback/base/function_name.h"
#include "ringback/exec/io_thread.h"
#include "ringback/trace/internal/stack_capture.h"
#include "ringback/trace/internal/symbols.h"
#include "ringback/trace/internal/threads.h"

namespace ringback::trace {

using namespace runtime;

namespace {

using internal::Kind;
using internal::Seen;
using internal::Watched;

constexpr Duration kPatience = std::chrono::milliseconds(100);  // for a thread's answer

TimePoint now() noexcept { return std::chrono::steady_clock::now(); }

std::string_view name_of(Kind kind) noexcept {
  switch (kind) {
    case Kind::pool: return "Pool";
    case Kind::own_thread: return "inline";
    case Kind::loop: break;
  }
  return "Loop";
}

std::string name_of_thread(int thread_id) {
  std::ifstream file("/proc/self/task/" + std::to_string(thread_id) + "/comm");
  std::string name;
  std::getline(file, name);
  return name;
}

// From here on outwards it is the runtime that called, in every stack.
bool is_runtimes(const std::string& function) noexcept {
  return function.starts_with("ringback::internal::run_job_told(") ||
         (function.starts_with("ringback::internal::TaskPromise") && function.ends_with("::run()"));
}

std::vector<StackFrame> named(const std::vector<std::uintptr_t>& addresses) {
  std::vector<StackFrame> stack;
  for (const std::uintptr_t address : addresses) {
    // All but the innermost are where a call returns to, which may be in the next function already.
    internal::Symbol symbol = internal::symbol_of(address - (stack.empty() ? 0 : 1));
    if (is_runtimes(symbol.function)) break;
    stack.push_back({std::move(symbol.function), std::move(symbol.module), symbol.offset});
  }
  return stack;
}

Stall stall_of(const Seen& seen, Duration length) {
  Stall stall;
  stall.place = seen.place;
  stall.length = length;
  stall.executor = name_of(seen.kind);
  stall.thread = name_of_thread(seen.thread_id);
  stall.thread_id = seen.thread_id;
  return stall;
}

int signal_of(const StallOptions& options) { return options.signal == 0 ? SIGRTMIN + 9 : options.signal; }

void write_to_stderr(const Stall& stall) { std::fputs(stall.text().c_str(), stderr); }

std::string_view held_by(std::string_view executor) noexcept {
  if (executor == "Pool") return "worker";
  return executor == "Loop" ? "Loop" : "thread";
}

std::string milliseconds(Duration length) {
  return std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(length).count()) + " ms";
}

}  // namespace

std::string Stall::text() const {
  std::string text = is_over ? "ringback: a task held its " : "ringback: a task has held its ";
  text.append(held_by(executor)).append(" for ").append(milliseconds(length)).append(is_over ? ", until now" : "");
  text.append(" (thread ").append(thread).append(", ").append(std::to_string(thread_id)).append(")\n");
  if (place.line() != 0) {
    text.append("  created at ").append(place.file_name()).append(":").append(std::to_string(place.line()));
    text.append(" in ").append(runtime::FunctionName(place).view()).append("\n");
  }
  if (!stack.empty()) text.append("  it is in\n");
  for (const StackFrame& frame : stack) {
    char offset[32];
    std::snprintf(offset, sizeof offset, "+0x%zx", static_cast<std::size_t>(frame.offset));
    text.append("    ").append(frame.function.empty() ? "?" : frame.function);
    text.append("  [").append(frame.module).append(offset).append("]\n");
  }
  return text;
}

// The watching thread, and what it has seen.
class StallDetector::Watch {
 public:
  explicit Watch(StallOptions options) : options_(std::move(options)), signal_(signal_of(options_)) {
    if (std::min(options_.threshold, options_.pool_threshold) < std::chrono::milliseconds(1)) {
      throw Error(ErrorKind::invalid, "watch for stalls", "a threshold under one millisecond");
    }
    if (!options_.on_stall) options_.on_stall = write_to_stderr;
    if (signal_ > 0) internal::prepare_capture(signal_);
    listening_.emplace();
    thread_ =
        ringback::internal::make_thread("stall-watch", [](void* self) { static_cast<Watch*>(self)->watch(); }, this);
  }
  ~Watch() {
    RINGBACK_CHECK(thread_.get_id() != std::this_thread::get_id(),
                   "a StallDetector was destroyed by its own on_stall: it would wait for itself");
    {
      std::lock_guard guard(lock_);
      stop_ = true;
    }
    stopped_.notify_one();
    thread_.join();
  }

 private:
  void watch() {
    const Duration period = std::min(options_.threshold, options_.pool_threshold) / 4;
    std::unique_lock guard(lock_);
    while (!stopped_.wait_for(guard, period, [this] { return stop_; })) {
      guard.unlock();
      look();
      guard.lock();
    }
  }

  void look() noexcept {
    try {
      tell_ends();
      for (Watched* thread : internal::watched_threads()) {
        const std::optional<Seen> seen = internal::look_at(*thread);
        if (seen.has_value() && is_news(*seen)) begins(*seen);
      }
    } catch (...) {
      report_unhandled({Failure::from_current(), {}, "a StallDetector's on_stall threw"});
    }
  }

  bool is_news(const Seen& seen) const {
    const Duration threshold = seen.kind == Kind::pool ? options_.pool_threshold : options_.threshold;
    if (now() - seen.started < threshold) return false;
    return std::none_of(stalls_.begin(), stalls_.end(), [&](const Seen& known) { return is_same(known, seen); });
  }
  static bool is_same(const Seen& left, const Seen& right) noexcept {
    return left.thread == right.thread && left.serial == right.serial;
  }
  static bool goes_on(const Seen& seen) noexcept {
    return seen.thread->serial.load(std::memory_order_acquire) == seen.serial;
  }

  void begins(const Seen& seen) {
    seen.thread->noticed.store(seen.serial, std::memory_order_relaxed);
    std::vector<std::uintptr_t> stack;
    if (signal_ > 0) stack = internal::capture_stack(signal_, seen.thread_id, kPatience);
    if (!goes_on(seen)) stack.clear();  // It may be of something else.
    Stall stall = stall_of(seen, now() - seen.started);
    stalls_.push_back(seen);
    stall.stack = named(stack);
    options_.on_stall(stall);
  }

  void tell_ends() {
    for (std::size_t i = 0; i < stalls_.size();) {
      if (goes_on(stalls_[i])) {
        ++i;
        continue;
      }
      const Seen seen = stalls_[i];
      stalls_.erase(stalls_.begin() + static_cast<std::ptrdiff_t>(i));
      Stall stall = stall_of(seen, end_of(seen) - seen.started);
      stall.is_over = true;
      options_.on_stall(stall);
    }
  }

  // As its thread noted it; one that ended just as it was noticed has ended by now.
  static TimePoint end_of(const Seen& seen) noexcept {
    const bool is_noted = seen.thread->ended_serial.load(std::memory_order_acquire) == seen.serial;
    return is_noted ? TimePoint(Duration(seen.thread->ended.load(std::memory_order_relaxed))) : now();
  }

  StallOptions options_;
  const int signal_;
  std::optional<internal::Listening> listening_;
  std::vector<Seen> stalls_;  // that go on; the watching thread's own
  std::mutex lock_;
  std::condition_variable stopped_;
  bool stop_ = false;  // under lock_
  std::thread thread_;
};

StallDetector::StallDetector(StallOptions options) : watch_(std::make_unique<Watch>(std::move(options))) {}
StallDetector::~StallDetector() = default;

}  // namespace ringback::trace
