#include "ringback/exec/frame_memory.h"

#include <sys/mman.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <mutex>
#include <utility>

#include "ringback/base/check.h"

namespace ringback {

using namespace runtime;

namespace {

using internal::FrameCache;
using internal::FreeFrame;
using internal::kFrameUnitBytes;
using internal::kFrameUnitsMax;

constexpr std::size_t kSlabBytes = 64 * 1024;
constexpr std::size_t kCacheUnitsMax = 256 * 1024 / kFrameUnitBytes;
constexpr std::size_t kRefillUnits = 16 * 1024 / kFrameUnitBytes;
constexpr std::size_t kSpareSlabsMax = 128;

// Lies at the start of its 64 KiB, and is aligned to them.
struct alignas(64) Slab {
  Slab* next;  // in its class's list while it has blocks to give; else unused
  Slab* previous;
  FreeFrame* free;           // blocks that came back
  std::uint32_t free_count;  // of them
  std::uint32_t carved;      // blocks ever given; those beyond were never touched
};
static_assert(sizeof(Slab) == 64);

std::atomic<std::size_t> slab_count{0};

Slab* slab_of(FreeFrame* frame) noexcept {
  return reinterpret_cast<Slab*>(reinterpret_cast<std::uintptr_t>(frame) & ~std::uintptr_t{kSlabBytes - 1});
}

// Null where the system has no memory.
void* map_aligned() noexcept {
  const auto map = [](std::size_t bytes) {
    void* const memory = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return memory == MAP_FAILED ? nullptr : static_cast<char*>(memory);
  };
  // Mappings are put below one another, so that after the first most are aligned as they come.
  char* memory = map(kSlabBytes);
  if (memory == nullptr || reinterpret_cast<std::uintptr_t>(memory) % kSlabBytes == 0) return memory;
  ::munmap(memory, kSlabBytes);
  memory = map(2 * kSlabBytes);
  if (memory == nullptr) return nullptr;
  const std::size_t before = -reinterpret_cast<std::uintptr_t>(memory) % kSlabBytes;
  if (before != 0) ::munmap(memory, before);
  ::munmap(memory + before + kSlabBytes, kSlabBytes - before);
  return memory + before;
}

// Whole slabs, of no class, kept for the next burst.
class SpareSlabs {
 public:
  // Null where the system has no memory either.
  Slab* take() noexcept {
    {
      std::lock_guard guard(lock_);
      if (Slab* slab = first_) {
        first_ = slab->next;
        --count_;
        return ::new (slab) Slab{};
      }
    }
    void* const memory = map_aligned();
    if (memory == nullptr) return nullptr;
    slab_count.fetch_add(1, std::memory_order_relaxed);
    return ::new (memory) Slab{};
  }

  void give(Slab* slab) noexcept {
    {
      std::lock_guard guard(lock_);
      if (count_ < kSpareSlabsMax) {
        slab->next = first_;
        first_ = slab;
        ++count_;
        return;
      }
    }
    unmap(slab);
  }

  void release() noexcept {
    Slab* slab = nullptr;
    {
      std::lock_guard guard(lock_);
      slab = std::exchange(first_, nullptr);
      count_ = 0;
    }
    while (slab != nullptr) unmap(std::exchange(slab, slab->next));
  }

 private:
  static void unmap(Slab* slab) noexcept {
    ::munmap(slab, kSlabBytes);
    slab_count.fetch_sub(1, std::memory_order_relaxed);
  }

  std::mutex lock_;
  Slab* first_ = nullptr;
  std::size_t count_ = 0;
};

constinit SpareSlabs spare_slabs;

// The slabs of one class.
class alignas(64) Depot {
 public:
  // Up to `count` blocks as a list, at least one. Errors: std::bad_alloc.
  FreeFrame* take(std::size_t units, std::size_t count, std::size_t* taken) {
    {
      std::lock_guard guard(lock_);
      if (FreeFrame* frames = take_locked(units, count, taken)) return frames;
    }
    // Outside the lock: a system call must not make other threads wait.
    Slab* const slab = spare_slabs.take();
    if (slab == nullptr) throw std::bad_alloc();
    std::lock_guard guard(lock_);
    link(slab);
    return take_locked(units, count, taken);
  }

  void give(std::size_t units, FreeFrame* frames) noexcept {
    Slab* whole = nullptr;
    {
      std::lock_guard guard(lock_);
      while (frames != nullptr) {
        FreeFrame* const frame = std::exchange(frames, frames->next);
        Slab* const slab = slab_of(frame);
        if (slab->free == nullptr && slab->carved == capacity(units)) link(slab);
        frame->next = slab->free;
        slab->free = frame;
        ++free_count_;
        if (++slab->free_count == slab->carved) {
          free_count_ -= slab->free_count;
          unlink(slab);
          slab->next = std::exchange(whole, slab);
        }
      }
    }
    while (whole != nullptr) spare_slabs.give(std::exchange(whole, whole->next));
  }

  std::size_t bytes_free(std::size_t units) noexcept {
    std::lock_guard guard(lock_);
    return free_count_ * units * kFrameUnitBytes;
  }

 private:
  static std::uint32_t capacity(std::size_t units) noexcept {
    return static_cast<std::uint32_t>((kSlabBytes - sizeof(Slab)) / (units * kFrameUnitBytes));
  }

  FreeFrame* take_locked(std::size_t units, std::size_t count, std::size_t* taken) noexcept {
    FreeFrame* frames = nullptr;
    std::size_t got = 0;
    while (got < count && first_ != nullptr) {
      Slab* const slab = first_;
      for (; got < count && slab->free != nullptr; ++got) {
        FreeFrame* const frame = slab->free;
        slab->free = frame->next;
        frame->next = frames;
        frames = frame;
        --slab->free_count;
        --free_count_;
      }
      // From the top down, so that the list gives them in rising order.
      const auto fresh = std::min<std::size_t>(count - got, capacity(units) - slab->carved);
      char* const blocks = reinterpret_cast<char*>(slab) + sizeof(Slab);
      for (std::size_t i = fresh; i-- > 0;) {
        frames = ::new (blocks + (slab->carved + i) * units * kFrameUnitBytes) FreeFrame{frames};
      }
      slab->carved += static_cast<std::uint32_t>(fresh);
      got += fresh;
      if (slab->free == nullptr && slab->carved == capacity(units)) unlink(slab);
    }
    *taken = got;
    return frames;
  }

  void link(Slab* slab) noexcept {
    slab->previous = nullptr;
    slab->next = first_;
    if (first_ != nullptr) first_->previous = slab;
    first_ = slab;
  }

  void unlink(Slab* slab) noexcept {
    (slab->previous != nullptr ? slab->previous->next : first_) = slab->next;
    if (slab->next != nullptr) slab->next->previous = slab->previous;
  }

  std::mutex lock_;
  Slab* first_ = nullptr;       // those with blocks to give
  std::size_t free_count_ = 0;  // blocks in all free lists
};

constinit Depot depots[kFrameUnitsMax + 1];

// Gives the depot all of each list but its first half; all where `everything`.
void give_back(FrameCache& cache, bool everything) noexcept {
  cache.room = cache.units_max;
  for (std::size_t units = 1; units <= kFrameUnitsMax; ++units) {
    FreeFrame** keep = &cache.free[units];
    bool odd = true;
    for (FreeFrame* frame = *keep; frame != nullptr && !everything; frame = frame->next, odd = !odd) {
      if (!odd) continue;
      keep = &(*keep)->next;
      cache.room -= units;
    }
    if (*keep != nullptr) depots[units].give(units, std::exchange(*keep, nullptr));
  }
}

// A thread's use of its cache: none, in use, ended.
class CacheUse {
 public:
  CacheUse() noexcept {
    internal::frame_cache.room += kCacheUnitsMax;
    internal::frame_cache.units_max = kCacheUnitsMax;
  }
  ~CacheUse();
};

constinit thread_local bool cache_ended = false;

CacheUse::~CacheUse() {
  cache_ended = true;
  internal::frame_cache.units_max = 0;
  give_back(internal::frame_cache, true);
}

// Opens the calling thread's cache at its first use. False: the thread is ending.
bool open_cache() noexcept {
  if (internal::frame_cache.units_max != 0) return true;
  if (cache_ended) return false;
  thread_local CacheUse use;
  return true;
}

}  // namespace

namespace internal {

void* refill_frames(std::size_t units) {
  RINGBACK_CHECK(units != 0, "a frame of 0 bytes was asked for");
  std::size_t count = open_cache() ? std::max<std::size_t>(kRefillUnits / units, 1) : 1;
  FrameCache& cache = frame_cache;
  if (count * units > cache.room) give_back(cache, false);
  FreeFrame* const frames = depots[units].take(units, count, &count);
  cache.free[units] = frames->next;
  cache.room -= (count - 1) * units;
  return frames;
}

void shrink_frames() noexcept {
  const bool open = open_cache();
  FrameCache& cache = frame_cache;
  if (cache.units() > cache.units_max) give_back(cache, !open);
}

}  // namespace internal

FrameMemoryStats runtime::frame_memory_stats() noexcept {
  FrameMemoryStats stats;
  stats.bytes_cached_here = internal::frame_cache.units() * kFrameUnitBytes;
  for (std::size_t units = 1; units <= kFrameUnitsMax; ++units) stats.bytes_in_depot += depots[units].bytes_free(units);
  stats.bytes_of_slabs = slab_count.load(std::memory_order_relaxed) * kSlabBytes;
  return stats;
}

void runtime::release_frame_memory() noexcept {
  give_back(internal::frame_cache, true);
  spare_slabs.release();
}

}  // namespace ringback
