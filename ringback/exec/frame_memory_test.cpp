#include "ringback/exec/frame_memory.h"

#include <gtest/gtest.h>

#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <mutex>
#include <random>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace ringback {

using namespace runtime;

namespace {

constexpr std::size_t kCacheBytesMax = 256 * 1024;

std::vector<void*> allocate_many(std::size_t count, std::size_t bytes) {
  std::vector<void*> frames;
  for (std::size_t i = 0; i < count; ++i) {
    frames.push_back(allocate_frame(bytes));
    std::memset(frames.back(), 0x5a, bytes);
  }
  return frames;
}

void free_all(const std::vector<void*>& frames, std::size_t bytes) {
  for (void* frame : frames) free_frame(frame, bytes);
}

// A queue that makes the putting side wait: memory in flight is bounded.
class Belt {
 public:
  void put(std::vector<void*> frames) {
    while (true) {
      std::lock_guard guard(lock_);
      if (batches_.size() >= 4) continue;
      batches_.push_back(std::move(frames));
      return;
    }
  }
  std::vector<void*> take() {
    while (true) {
      std::lock_guard guard(lock_);
      if (batches_.empty()) continue;
      std::vector<void*> frames = std::move(batches_.front());
      batches_.pop_front();
      return frames;
    }
  }

 private:
  std::mutex lock_;
  std::deque<std::vector<void*>> batches_;
};

TEST(FrameMemory, frames_of_every_size_are_aligned_and_do_not_overlap) {
  std::vector<std::pair<char*, std::size_t>> frames;
  for (int round = 0; round < 3; ++round) {
    for (std::size_t bytes = 1; bytes <= 1100; ++bytes) {
      char* const frame = static_cast<char*>(allocate_frame(bytes));
      ASSERT_EQ(reinterpret_cast<std::uintptr_t>(frame) % 16, 0u);
      std::memset(frame, static_cast<int>((bytes + static_cast<std::size_t>(round)) & 0x7f), bytes);
      frames.emplace_back(frame, bytes);
    }
  }
  for (std::size_t i = 0; i < frames.size(); ++i) {
    auto [frame, bytes] = frames[i];
    const char expected = static_cast<char>((bytes + i / 1100) & 0x7f);
    for (std::size_t at = 0; at < bytes; ++at) ASSERT_EQ(frame[at], expected) << bytes;
    free_frame(frame, bytes);
  }
}

TEST(FrameMemory, a_freed_frame_is_the_next_one_given) {
  if (!kFramesArePooled) GTEST_SKIP() << "frames are plain operator new in this build";
  void* const first = allocate_frame(200);
  free_frame(first, 200);
  void* const second = allocate_frame(193);  // the same class
  EXPECT_EQ(first, second);
  free_frame(second, 193);
}

TEST(FrameMemory, a_thread_caches_a_bounded_amount_and_whole_slabs_go_back_to_the_system) {
  if (!kFramesArePooled) GTEST_SKIP() << "frames are plain operator new in this build";
  release_frame_memory();
  const std::size_t before = frame_memory_stats().bytes_of_slabs;
  for (std::size_t bytes : {32u, 96u, 200u, 1024u}) {
    free_all(allocate_many(40'000'000 / bytes, bytes), bytes);
    EXPECT_LE(frame_memory_stats().bytes_cached_here, kCacheBytesMax);
    EXPECT_LE(frame_memory_stats().bytes_of_slabs, before + (10u << 20)) << "40 MB were freed";
  }
  release_frame_memory();
  EXPECT_EQ(frame_memory_stats().bytes_cached_here, 0u);
  EXPECT_EQ(frame_memory_stats().bytes_of_slabs, before);
}

TEST(FrameMemory, a_full_cache_of_one_size_gives_way_to_other_sizes) {
  if (!kFramesArePooled) GTEST_SKIP() << "frames are plain operator new in this build";
  free_all(allocate_many(10'000, 32), 32);
  for (std::size_t bytes = 64; bytes <= 1024; bytes += 32) {
    free_all(allocate_many(300, bytes), bytes);
    EXPECT_LE(frame_memory_stats().bytes_cached_here, kCacheBytesMax);
  }
}

TEST(FrameMemory, refilling_a_nearly_full_cache_keeps_its_bound) {
  if (!kFramesArePooled) GTEST_SKIP() << "frames are plain operator new in this build";
  release_frame_memory();
  free_all(allocate_many(kCacheBytesMax / 32, 32), 32);
  std::vector<void*> frames;
  for (std::size_t bytes = 64; bytes <= 1024; bytes += 32) {
    frames.push_back(allocate_frame(bytes));
    EXPECT_LE(frame_memory_stats().bytes_cached_here, kCacheBytesMax) << bytes;
  }
  for (std::size_t i = 0; i < frames.size(); ++i) free_frame(frames[i], 64 + 32 * i);
}

TEST(FrameMemory, blocks_of_slabs_that_are_partly_in_use_are_given_before_new_slabs_are_taken) {
  if (!kFramesArePooled) GTEST_SKIP() << "frames are plain operator new in this build";
  release_frame_memory();
  std::vector<void*> kept = allocate_many(100'000, 128);
  const std::size_t full = frame_memory_stats().bytes_of_slabs;
  std::vector<void*> freed;
  for (std::size_t i = kept.size(); i-- > 0;) {
    if (i % 2 == 0) continue;
    freed.push_back(kept[i]);
    kept[i] = kept.back();
    kept.pop_back();
  }
  free_all(freed, 128);
  EXPECT_GE(frame_memory_stats().bytes_in_depot + kCacheBytesMax, freed.size() * 128);
  const std::vector<void*> again = allocate_many(freed.size(), 128);
  EXPECT_EQ(frame_memory_stats().bytes_of_slabs, full);
  free_all(again, 128);
  free_all(kept, 128);
}

TEST(FrameMemory, a_thread_that_ends_gives_its_cache_to_the_depot) {
  if (!kFramesArePooled) GTEST_SKIP() << "frames are plain operator new in this build";
  release_frame_memory();
  const FrameMemoryStats before = frame_memory_stats();
  std::thread([] { free_all(allocate_many(1000, 100), 100); }).join();
  release_frame_memory();
  EXPECT_EQ(frame_memory_stats().bytes_of_slabs, before.bytes_of_slabs);
}

TEST(FrameMemory, frames_may_be_freed_on_a_thread_that_never_allocated_one) {
  if (!kFramesArePooled) GTEST_SKIP() << "frames are plain operator new in this build";
  release_frame_memory();
  const std::size_t before = frame_memory_stats().bytes_of_slabs;
  std::vector<void*> frames = allocate_many(50'000, 160);
  std::thread([&frames] {
    free_all(frames, 160);
    EXPECT_GT(frame_memory_stats().bytes_cached_here, 0u);
    EXPECT_LE(frame_memory_stats().bytes_cached_here, kCacheBytesMax);
  }).join();
  release_frame_memory();
  EXPECT_EQ(frame_memory_stats().bytes_of_slabs, before);
}

TEST(FrameMemory, a_producer_and_a_consumer_thread_do_not_grow_memory) {
  Belt belt;
  constexpr int kBatches = 2000;
  std::size_t early = 0;
  std::thread consumer([&belt] {
    for (int i = 0; i < kBatches; ++i) free_all(belt.take(), 224);
  });
  for (int i = 0; i < kBatches; ++i) {
    belt.put(allocate_many(200, 224));
    if (i == kBatches / 10) early = frame_memory_stats().bytes_of_slabs;
  }
  consumer.join();
  // Both caches and what is on the belt, and a slab or two for each of them.
  EXPECT_LE(frame_memory_stats().bytes_of_slabs, early + (1u << 20));
}

// Frees a frame when it is destroyed, which may be after the thread's cache has been given back.
struct LateFree {
  void* frame = nullptr;
  ~LateFree() {
    if (frame == nullptr) return;
    free_frame(frame, 300);
    void* const another = allocate_frame(300);
    free_frame(another, 300);
  }
};
thread_local LateFree late_free;

TEST(FrameMemory, thread_locals_destroyed_after_the_cache_still_free_frames) {
  if (!kFramesArePooled) GTEST_SKIP() << "frames are plain operator new in this build";
  release_frame_memory();
  const std::size_t before = frame_memory_stats().bytes_of_slabs;
  std::thread([] {
    late_free.frame = nullptr;  // made before the cache, so destroyed after it
    late_free.frame = allocate_frame(300);
  }).join();
  release_frame_memory();
  EXPECT_EQ(frame_memory_stats().bytes_of_slabs, before);
}

TEST(FrameMemory, threads_that_pass_frames_of_all_sizes_around_never_share_one) {
  const char* wanted = std::getenv("RINGBACK_SEED");
  const std::uint64_t seed = wanted != nullptr ? std::strtoull(wanted, nullptr, 10) : 1;
  SCOPED_TRACE("repeat with RINGBACK_SEED=" + std::to_string(seed));
  struct Held {
    std::uint64_t* frame = nullptr;
    std::size_t bytes = 0;
  };
  constexpr std::size_t kThreads = 4;
  std::mutex locks[64];
  Held held[64];
  std::atomic<int> broken{0};
  const auto work = [&](std::uint64_t own_seed) {
    std::mt19937_64 random(own_seed);
    for (int i = 0; i < 30'000; ++i) {
      const std::size_t bytes = 16 + random() % 1100;
      Held mine{static_cast<std::uint64_t*>(allocate_frame(bytes)), bytes};
      mine.frame[0] = reinterpret_cast<std::uintptr_t>(mine.frame);
      mine.frame[bytes / 8 - 1] = reinterpret_cast<std::uintptr_t>(mine.frame);
      const std::size_t place = random() % 64;
      {
        std::lock_guard guard(locks[place]);
        std::swap(mine, held[place]);
      }
      if (mine.frame == nullptr) continue;
      const auto mark = reinterpret_cast<std::uintptr_t>(mine.frame);
      if (mine.frame[0] != mark || mine.frame[mine.bytes / 8 - 1] != mark) ++broken;
      free_frame(mine.frame, mine.bytes);
    }
  };
  for (int generation = 0; generation < 3; ++generation) {
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < kThreads; ++i) threads.emplace_back(work, seed * 100 + i);
    for (std::thread& thread : threads) thread.join();
  }
  for (Held& left : held) {
    if (left.frame != nullptr) free_frame(left.frame, left.bytes);
  }
  EXPECT_EQ(broken, 0);
}

}  // namespace
}  // namespace ringback
