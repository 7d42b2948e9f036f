#include "tests/faults/failing_allocation.h"

#include <atomic>
#include <cstdlib>
#include <new>

namespace ringback {
namespace {

std::atomic<bool> is_armed{false};
std::atomic<bool> fails_all_after{false};
std::atomic<std::uint64_t> fails_at{0};
std::atomic<std::uint64_t> counted{0};
std::atomic<std::int64_t> given{0};

bool fails() noexcept {
  if (!is_armed.load()) return false;
  const std::uint64_t number = counted.fetch_add(1) + 1;
  const std::uint64_t at = fails_at.load();
  return number == at || (at != 0 && number > at && fails_all_after.load());
}

void* give(std::size_t bytes, std::size_t alignment) noexcept {
  if (fails()) return nullptr;
  const std::size_t rounded = (bytes + alignment - 1) / alignment * alignment;
  void* const memory = std::aligned_alloc(alignment, rounded != 0 ? rounded : alignment);
  if (memory != nullptr) given.fetch_add(1);
  return memory;
}

void* give_or_throw(std::size_t bytes, std::size_t alignment) {
  void* const memory = give(bytes, alignment);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}

void take_back(void* memory) noexcept {
  if (memory == nullptr) return;
  given.fetch_sub(1);
  std::free(memory);
}

constexpr std::size_t kAlignment = __STDCPP_DEFAULT_NEW_ALIGNMENT__;

}  // namespace

FailingAllocation::FailingAllocation(std::uint64_t at, bool all_after) noexcept {
  counted.store(0);
  fails_at.store(at);
  fails_all_after.store(all_after);
  is_armed.store(true);
}
FailingAllocation::~FailingAllocation() { is_armed.store(false); }
std::uint64_t FailingAllocation::count() noexcept { return counted.load(); }
std::int64_t FailingAllocation::blocks() noexcept { return given.load(); }

}  // namespace ringback

using ringback::give;
using ringback::give_or_throw;
using ringback::kAlignment;
using ringback::take_back;

void* operator new(std::size_t bytes) { return give_or_throw(bytes, kAlignment); }
void* operator new[](std::size_t bytes) { return give_or_throw(bytes, kAlignment); }
void* operator new(std::size_t bytes, const std::nothrow_t&) noexcept { return give(bytes, kAlignment); }
void* operator new[](std::size_t bytes, const std::nothrow_t&) noexcept { return give(bytes, kAlignment); }
void* operator new(std::size_t bytes, std::align_val_t alignment) {
  return give_or_throw(bytes, static_cast<std::size_t>(alignment));
}
void* operator new[](std::size_t bytes, std::align_val_t alignment) {
  return give_or_throw(bytes, static_cast<std::size_t>(alignment));
}
void* operator new(std::size_t bytes, std::align_val_t alignment, const std::nothrow_t&) noexcept {
  return give(bytes, static_cast<std::size_t>(alignment));
}
void* operator new[](std::size_t bytes, std::align_val_t alignment, const std::nothrow_t&) noexcept {
  return give(bytes, static_cast<std::size_t>(alignment));
}
void operator delete(void* memory) noexcept { take_back(memory); }
void operator delete[](void* memory) noexcept { take_back(memory); }
void operator delete(void* memory, std::size_t) noexcept { take_back(memory); }
void operator delete[](void* memory, std::size_t) noexcept { take_back(memory); }
void operator delete(void* memory, const std::nothrow_t&) noexcept { take_back(memory); }
void operator delete[](void* memory, const std::nothrow_t&) noexcept { take_back(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { take_back(memory); }
void operator delete[](void* memory, std::align_val_t) noexcept { take_back(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { take_back(memory); }
void operator delete[](void* memory, std::size_t, std::align_val_t) noexcept { take_back(memory); }
void operator delete(void* memory, std::align_val_t, const std::nothrow_t&) noexcept { take_back(memory); }
void operator delete[](void* memory, std::align_val_t, const std::nothrow_t&) noexcept { take_back(memory); }
