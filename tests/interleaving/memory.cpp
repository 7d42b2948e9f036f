// Which accesses are ordered, and which memory is still there.
//
// Of every eight bytes the latest accesses of each thread are kept. Two accesses to the same byte, one a
// write and not both atomic, must be ordered by what their threads have done with atomics and locks (vector
// clocks over acquire and release, as C++ defines them). Memory comes from an arena from which
// nothing is given out twice in one run: what was freed stays known as freed.
#include <cstdio>
#include <cstring>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include <sys/mman.h>

#include "tests/interleaving/machine.h"

extern "C" {
extern char __executable_start;  // NOLINT(bugprone-reserved-identifier): the linker's names
extern char _end;                // NOLINT(bugprone-reserved-identifier)
}

namespace ringback::interleaving {
namespace {

struct Access {
  const void* pc;
  std::uint32_t clock;
  std::uint8_t thread;
  std::uint8_t bytes;  // one bit each
  Touch how;
};

constexpr unsigned kAccessesKept = 8;

struct Cell {
  std::uintptr_t place;  // address / 8
  std::uint64_t run;     // a cell of an earlier run is an empty one
  const void* freed_at;
  unsigned count;
  unsigned next;  // to be forgotten, where there is no room
  Access accesses[kAccessesKept];
};

constexpr std::size_t kCells = std::size_t{1} << 17;
constexpr std::size_t kArenaBytes = std::size_t{1} << 26;

struct Memory {
  std::vector<Cell> cells{kCells};
  std::uint64_t run = 0;
  std::size_t used = 0;
  std::unordered_map<const void*, Clock> released;  // to whoever acquires from it
  bool in_arena = false;
  std::byte* arena = nullptr;
  std::size_t arena_used = 0;
  std::unordered_map<const void*, std::pair<std::size_t, const void*>> blocks;  // live: bytes, and who asked
};

Memory& memory() {
  static Memory& the_one = *new Memory;
  return the_one;
}

Cell& cell_of(std::uintptr_t place) {
  Memory& all = memory();
  std::size_t index = (place * 0x9e3779b97f4a7c15u) >> 47u;
  for (;; index = (index + 1) % kCells) {
    Cell& cell = all.cells[index];
    if (cell.run != all.run) {
      if (++all.used > kCells / 2) fail("a case with too much memory");
      cell.place = place;
      cell.run = all.run;
      cell.freed_at = nullptr;
      cell.count = cell.next = 0;
      return cell;
    }
    if (cell.place == place) return cell;
  }
}

constexpr bool writes(Touch how) { return (static_cast<unsigned>(how) & 1u) != 0; }
constexpr bool is_atomic(Touch how) { return (static_cast<unsigned>(how) & 2u) != 0; }

const char* name_of(Touch how) {
  constexpr const char* kNames[] = {"read", "written", "read (atomic)", "written (atomic)"};
  return kNames[static_cast<unsigned>(how)];
}

std::string where_text(const void* pc) { return names_of({pc})[0]; }

[[noreturn]] void fail_race(const void* where, const Access& earlier, Touch how, const void* pc) {
  char address[32];
  std::snprintf(address, sizeof address, "%p", where);
  fail("a data race at " + std::string(address) + ": " + name_of(how) + "\n    in " + where_text(pc) + "\n    and " +
       name_of(earlier.how) + " by thread " + std::to_string(earlier.thread) + "\n    in " + where_text(earlier.pc));
}

void touch_cell(std::uintptr_t place, std::uint8_t bytes, Touch how, const void* where, const void* pc) {
  Cell& cell = cell_of(place);
  if (cell.freed_at != nullptr) {
    fail("memory is used after it was freed\n    in " + where_text(pc) + "\n    freed in " + where_text(cell.freed_at));
  }
  const std::uint32_t now = me->clock[me->id];
  Access* own = nullptr;
  for (unsigned i = 0; i < cell.count; ++i) {
    Access& earlier = cell.accesses[i];
    if (earlier.thread == me->id) {
      if (earlier.how == how && (earlier.clock == now || (earlier.bytes & ~bytes) == 0)) own = &earlier;
      continue;
    }
    if ((earlier.bytes & bytes) == 0 || (!writes(how) && !writes(earlier.how))) continue;
    if (is_atomic(how) && is_atomic(earlier.how)) continue;
    if (earlier.clock > me->clock[earlier.thread]) fail_race(where, earlier, how, pc);
  }
  if (own != nullptr) {
    own->bytes = own->clock == now ? static_cast<std::uint8_t>(own->bytes | bytes) : bytes;
    own->clock = now;
    own->pc = pc;
    return;
  }
  if (cell.count < kAccessesKept) {
    own = &cell.accesses[cell.count++];
  } else {
    own = &cell.accesses[cell.next++ % kAccessesKept];
  }
  *own = {pc, now, static_cast<std::uint8_t>(me->id), bytes, how};
}

// Variables of the program itself, which outlive every run.
bool is_global(const void* where) { return where >= &__executable_start && where < &_end; }

std::size_t round_up(std::size_t bytes, std::size_t to) { return (bytes + to - 1) / to * to; }

}  // namespace

void touch(const void* where, std::size_t bytes, Touch how, const void* pc) noexcept {
  if (is_global(where) && !is_atomic(how)) return;
  const auto begin = reinterpret_cast<std::uintptr_t>(where);
  const std::uintptr_t end = begin + bytes;
  for (std::uintptr_t at = begin; at < end;) {
    const std::uintptr_t place = at / 8;
    const std::uintptr_t until = end < (place + 1) * 8 ? end : (place + 1) * 8;
    const unsigned mask = ((1u << (until - at)) - 1) << (at % 8);
    touch_cell(place, static_cast<std::uint8_t>(mask), how, where, pc);
    at = until;
  }
}

void acquire_from(const void* where, bool now) noexcept {
  const auto found = memory().released.find(where);
  if (found == memory().released.end()) return;
  join_clock(now ? me->clock : me->acquired_later, found->second);
}

void release_clock(Clock& into) noexcept {
  join_clock(into, me->clock);
  ++me->clock[me->id];
}

Clock clock_of_store(bool releases) noexcept {
  Clock clock = me->released_before;
  if (releases) release_clock(clock);
  return clock;
}

// A store ends what was released there before; a read-modify-write goes on with it.
void set_released(const void* where, const Clock& released) noexcept { memory().released[where] = released; }

void release_to(const void* where, bool keeps_earlier, bool now) noexcept {
  Clock& at = memory().released[where];
  if (!keeps_earlier) at = {};
  join_clock(at, clock_of_store(now));
}

void fence(bool acquires, bool releases) noexcept {
  if (acquires) join_clock(me->clock, std::exchange(me->acquired_later, {}));
  if (releases) release_clock(me->released_before);
}

void begin_memory(bool in_arena) noexcept {
  const Inside inside;
  Memory& all = memory();
  if (all.arena == nullptr) {
    void* const made =
        mmap(nullptr, kArenaBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (made == MAP_FAILED) fail("no memory for the arena");
    all.arena = static_cast<std::byte*>(made);
  }
  ++all.run;
  all.used = 0;
  all.released.clear();
  all.blocks.clear();
  std::memset(all.arena, 0xab, all.arena_used);
  all.arena_used = 0;
  all.in_arena = in_arena;
}

std::string end_memory() {
  Memory& all = memory();
  all.in_arena = false;
  std::string text;
  for (const auto& [block, asked] : all.blocks) {
    text += "memory is left over: " + std::to_string(asked.first) + " bytes, asked for in " + where_text(asked.second) +
            "\n";
  }
  return text;
}

void* allocate(std::size_t bytes, std::size_t alignment, const void* pc) noexcept {
  Memory& all = memory();
  if (!all.in_arena) return nullptr;
  const Inside inside;
  const std::size_t begin = round_up(all.arena_used, alignment < 16 ? 16 : alignment);
  const std::size_t end = begin + round_up(bytes == 0 ? 1 : bytes, 16);
  if (end > kArenaBytes) fail("a case with too much memory");
  all.arena_used = end;
  all.blocks[all.arena + begin] = {bytes, pc};
  return all.arena + begin;
}

bool deallocate(void* block, const void* pc) noexcept {
  Memory& all = memory();
  auto* const at = static_cast<std::byte*>(block);
  if (all.arena == nullptr || at < all.arena || at >= all.arena + kArenaBytes) return false;
  if (me == nullptr) return true;
  const Inside inside;
  const auto found = all.blocks.find(block);
  if (found == all.blocks.end()) fail("memory is freed twice in " + where_text(pc));
  const std::size_t bytes = found->second.first;
  all.blocks.erase(found);
  touch(block, bytes, Touch::write, pc);
  const auto first = reinterpret_cast<std::uintptr_t>(block) / 8;
  const auto last = (reinterpret_cast<std::uintptr_t>(block) + bytes + 7) / 8;
  for (std::uintptr_t place = first; place < last; ++place) cell_of(place).freed_at = pc;
  return true;
}

}  // namespace ringback::interleaving
