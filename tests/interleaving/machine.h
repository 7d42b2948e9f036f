// The machine that a case runs on: its threads, its clock of what happened before what, its memory.
//
// Protocol. Each model thread is a thread of the system, but only the one that has the baton runs; it
// hands the baton on itself. So everything here belongs to whoever has the baton, without locks. What a
// thread of the system that is none of the model's does (`me` is null) is passed through.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "tests/interleaving/model.h"

namespace ringback::interleaving {

inline constexpr unsigned kThreadsMax = 8;

// For each thread the number of its last piece that is known here.
using Clock = std::array<std::uint32_t, kThreadsMax>;
inline void join_clock(Clock& into, const Clock& from) noexcept {
  for (unsigned i = 0; i < kThreadsMax; ++i) into[i] = into[i] < from[i] ? from[i] : into[i];
}

// Handed over, once, from thread to thread.
class Baton {
 public:
  void give() noexcept;
  void take() noexcept;

 private:
  int word_ = 0;
};

// A store that the others do not see yet.
struct LateStore {
  void* where;
  std::uint64_t value;
  unsigned bytes;
  Clock released;
};

enum class Rest : std::uint8_t { none, pause, sleep, ended };

struct ModelThread {
  unsigned id = 0;
  const char* name = "";
  Baton baton;
  Rest rest = Rest::none;
  const void* sleeps_on = nullptr;
  std::uint64_t paused_at = 0;  // step
  std::uint64_t wrote_at = 0;   // step of its last change to something atomic
  Clock clock{};                // what happened before its next operation
  Clock acquired_later{};       // by relaxed loads, if a fence follows
  Clock released_before{};      // at its last release fence
  unsigned inside = 0;          // the machine's own code, which is not looked at
  std::vector<LateStore> late;
  std::function<void()> body;
  unsigned long system_thread = 0;
  bool is_of_case = false;  // begun by Case::thread()
};

// The calling thread, where it is one of the model's.
extern thread_local ModelThread* me;

// While it lives, what this thread does is the machine's own.
class Inside {
 public:
  Inside() noexcept { ++me->inside; }
  ~Inside() { --me->inside; }
  Inside(const Inside&) = delete;
  Inside& operator=(const Inside&) = delete;
};
inline bool is_modelled() noexcept { return me != nullptr && me->inside == 0; }

// --- Threads (scheduler.cpp). `pc` is where in the program, for reports.

// Before an operation that others can see: any thread may go on here.
void before_step(const char* what, const void* where, const void* pc) noexcept;
// It has changed something that others may be waiting for.
void has_written() noexcept;
// In a loop that waits for others: goes on when another has written since the last time.
void pause_step(const void* pc) noexcept;
// Until wake() names `address`.
void sleep_on(const void* address, const void* pc) noexcept;
void wake(const void* address, unsigned most) noexcept;
// Whether this store shall be late; and the end of that for all of this thread's.
bool is_late() noexcept;
void show_late_stores() noexcept;

ModelThread& new_thread(const char* name, std::function<void()> body);
// For pthread_create: runs a new thread's body between the two, on its own thread.
void thread_begins(ModelThread& thread) noexcept;
void thread_ends() noexcept;
// Until it has ended.
void join_thread(const ModelThread& thread, const void* pc) noexcept;
ModelThread* thread_of(unsigned long system_thread) noexcept;

// Ends the search with a report.
[[noreturn]] void fail(const std::string& what) noexcept;

// --- Memory (memory.cpp).

enum class Touch : std::uint8_t { read = 0, write = 1, atomic_read = 2, atomic_write = 3 };
// Fails where it is not ordered with another thread's, or the memory has been freed.
void touch(const void* where, std::size_t bytes, Touch how, const void* pc) noexcept;

// A load: what it has seen counts at once, or (`now` false) from a fence on. A store likewise.
void acquire_from(const void* where, bool now) noexcept;
void release_to(const void* where, bool keeps_earlier, bool now) noexcept;
Clock clock_of_store(bool releases) noexcept;
void set_released(const void* where, const Clock& released) noexcept;
void fence(bool acquires, bool releases) noexcept;
void release_clock(Clock& into) noexcept;  // what this thread has done happened before whoever reads `into`

void begin_memory(bool in_arena) noexcept;
// Gives what has not been freed.
std::string end_memory();
void* allocate(std::size_t bytes, std::size_t alignment, const void* pc) noexcept;
// False: it is not the arena's.
bool deallocate(void* memory, const void* pc) noexcept;

// --- The system (system_calls.cpp).
void start_system_thread(ModelThread& thread) noexcept;
void join_system_thread(const ModelThread& thread) noexcept;
void forget_system_calls() noexcept;
// Threads of a search that has failed stay on theirs: the next one gets others.
void leave_stacks() noexcept;

// "function at file:line" for each (report.cpp).
std::vector<std::string> names_of(const std::vector<const void*>& pcs);

}  // namespace ringback::interleaving
