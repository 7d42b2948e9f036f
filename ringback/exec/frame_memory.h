// Memory for coroutine frames: what a task costs instead of malloc.
//
// Three places hold it. A thread's cache: one list of free blocks per size class of 32 bytes, at most
// 256 KiB in all; the only place the fast path touches. The depot: per class, slabs of 64 KiB with
// their free blocks. The system: whole slabs, of which the depot keeps up to 8 MiB for the next burst.
// A block has no header: its size comes back with it, and its slab is its address rounded down.
//
// Who writes what:
//  - FrameCache: its own thread alone, from whichever thread the blocks came.
//  - a Slab's fields, and the links in its free blocks: the holder of its class's lock.
//  - a block handed out, or in a cache: its holder. It changes threads only inside a frame that
//    changed threads (the user's ordering) or through a depot lock, so no block is written twice at once.
//  - spare slabs: the holder of the lock on them. No thread holds two of these locks.
//
// Where a cache grows over its bound it gives half of each list to the depot; where a list is empty it
// takes up to 16 KiB. A slab whose blocks have all come back leaves its class, and goes to the
// spares or to the system; so one frame that lives on holds 64 KiB.
//
// A thread's end gives its cache to the depot. Frames freed by thread_locals destroyed later still
// are safe: the bound is 0 by then, and each goes to the depot at once.
//
// Under sanitizers frames are plain operator new and delete, so that a use after free is seen;
// define RINGBACK_FRAME_POOL_ALWAYS in every file to test the pool itself under them.
#pragma once

#include <cstddef>
#include <new>

#include "ringback/base/runtime.h"

namespace ringback {

namespace runtime {

#if defined(__has_feature)
#define RINGBACK_HAS_FEATURE(feature) __has_feature(feature)
#else
#define RINGBACK_HAS_FEATURE(feature) 0
#endif
#if !defined(RINGBACK_FRAME_POOL_ALWAYS) &&                                                                      \
    (defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || RINGBACK_HAS_FEATURE(address_sanitizer) || \
     RINGBACK_HAS_FEATURE(thread_sanitizer))
inline constexpr bool kFramesArePooled = false;
#else
inline constexpr bool kFramesArePooled = true;
#endif
#undef RINGBACK_HAS_FEATURE

// Of the whole process, but for the first. For tests and metrics; takes every lock once.
struct FrameMemoryStats {
  std::size_t bytes_cached_here = 0;  // in the calling thread's cache
  std::size_t bytes_in_depot = 0;     // free blocks that no thread caches
  std::size_t bytes_of_slabs = 0;     // taken from the system, spares included
};
FrameMemoryStats frame_memory_stats() noexcept;

// Gives the calling thread's cache to the depot, and the depot's spare slabs to the system.
void release_frame_memory() noexcept;

}  // namespace runtime

namespace internal {

inline constexpr std::size_t kFrameUnitBytes = 32;
inline constexpr std::size_t kFrameUnitsMax = 32;  // larger frames come from operator new

struct FreeFrame {
  FreeFrame* next;
};

struct FrameCache {
  FreeFrame* free[kFrameUnitsMax + 1];  // by size in units; [0] stays empty
  std::size_t room;                     // how many more units it may keep; wraps round where it is overfull
  std::size_t units_max;                // 0 before first use and after the thread's end

  std::size_t units() const noexcept { return units_max - room; }
};

inline constinit thread_local FrameCache frame_cache{};

void* refill_frames(std::size_t units);
void shrink_frames() noexcept;

}  // namespace internal

namespace runtime {

// Memory for a frame of at least one byte, aligned to 16. Threads: any. Errors: std::bad_alloc.
// Cost: 12 instructions from the cache; otherwise a lock, once for up to 16 KiB of blocks.
inline void* allocate_frame(std::size_t bytes) {
  if constexpr (!kFramesArePooled) return ::operator new(bytes);
  const std::size_t units = (bytes + internal::kFrameUnitBytes - 1) / internal::kFrameUnitBytes;
  if (units > internal::kFrameUnitsMax) [[unlikely]]
    return ::operator new(bytes);
  internal::FrameCache& cache = internal::frame_cache;
  internal::FreeFrame* const frame = cache.free[units];
  if (frame == nullptr) [[unlikely]]
    return internal::refill_frames(units);
  cache.free[units] = frame->next;
  cache.room += units;
  return frame;
}

// Gives back what allocate_frame(bytes) gave. Threads: any.
inline void free_frame(void* memory, std::size_t bytes) noexcept {
  if constexpr (!kFramesArePooled) return ::operator delete(memory, bytes);
  const std::size_t units = (bytes + internal::kFrameUnitBytes - 1) / internal::kFrameUnitBytes;
  if (units > internal::kFrameUnitsMax) [[unlikely]]
    return ::operator delete(memory, bytes);
  internal::FrameCache& cache = internal::frame_cache;
  cache.free[units] = ::new (memory) internal::FreeFrame{cache.free[units]};
  if (__builtin_sub_overflow(cache.room, units, &cache.room)) [[unlikely]]
    internal::shrink_frames();
}

}  // namespace runtime

}  // namespace ringback
