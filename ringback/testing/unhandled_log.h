// Keeps what reaches the unhandled-error hook, so that a test can ask for it.
#pragma once

#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "ringback/async/unhandled.h"
#include "ringback/base/check.h"

namespace ringback::testing {

// While it lives, unhandled failures are kept here instead of being written to stderr. One log at
// a time. Threads: any.
class UnhandledLog {
 public:
  struct Entry {
    Failure failure;
    std::source_location place;
    std::string what;
  };

  UnhandledLog() {
    RINGBACK_CHECK(current_ == nullptr, "two UnhandledLogs at once: the hook is one for the process");
    current_ = this;
    before_ = set_unhandled_hook([](const Unhandled& unhandled) noexcept { current_->add(unhandled); });
  }
  ~UnhandledLog() {
    set_unhandled_hook(before_);
    current_ = nullptr;
  }
  UnhandledLog(const UnhandledLog&) = delete;
  UnhandledLog& operator=(const UnhandledLog&) = delete;

  std::size_t size() const {
    std::lock_guard guard(lock_);
    return entries_.size();
  }
  bool empty() const { return size() == 0; }

  // Takes what has come so far out.
  std::vector<Entry> take() {
    std::lock_guard guard(lock_);
    return std::exchange(entries_, {});
  }

  // One line for each entry, for messages of tests.
  std::string text() const {
    std::lock_guard guard(lock_);
    std::string text;
    for (const Entry& entry : entries_)
      text.append(entry.what).append(": ").append(entry.failure.describe()).append("\n");
    return text;
  }

 private:
  void add(const Unhandled& unhandled) {
    std::lock_guard guard(lock_);
    entries_.push_back({unhandled.failure, unhandled.place, std::string(unhandled.what)});
  }

  static inline UnhandledLog* current_ = nullptr;

  mutable std::mutex lock_;
  std::vector<Entry> entries_;
  UnhandledHook before_ = nullptr;
};

}  // namespace ringback::testing
