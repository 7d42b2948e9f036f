// Counts what a test program allocates, between begin() and end(), on all threads.
//
// It replaces operator new: one file of a program includes it. Sanitizers have an operator new of their
// own, and with them nothing is counted.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdlib>
#include <new>

namespace ringback {

class CountedAllocations {
 public:
  static void begin() noexcept {
    count_ = 0;
    is_counting_ = true;
  }
  static void end() noexcept { is_counting_ = false; }
  static std::size_t count() noexcept { return count_.load(); }

  static void* allocate(std::size_t bytes) {
    if (is_counting_.load(std::memory_order_relaxed)) count_.fetch_add(1, std::memory_order_relaxed);
    if (void* memory = std::malloc(bytes)) return memory;
    throw std::bad_alloc();
  }

 private:
  static inline std::atomic<bool> is_counting_{false};
  static inline std::atomic<std::size_t> count_{0};
};

}  // namespace ringback

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define RINGBACK_HAS_SANITIZER 1
#endif
#endif
#if !defined(RINGBACK_HAS_SANITIZER)
void* operator new(std::size_t bytes) { return ringback::CountedAllocations::allocate(bytes); }
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
#endif
#undef RINGBACK_HAS_SANITIZER
