// What the code under test asks of the system, in the model: threads, locks, sleeps, the clock, memory.
//
// The linker leads these calls here (--wrap), and pthread_create and pthread_join, which the C++ library
// calls, by their names. Whoever is no thread of the model gets the real thing.
#include <array>
#include <cerrno>
#include <condition_variable>
#include <cstdarg>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <mutex>
#include <new>

#include <dlfcn.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tests/interleaving/machine.h"

extern "C" {
// NOLINTBEGIN(bugprone-reserved-identifier): the linker's names
long __real_syscall(long number, ...);
int __real_sched_yield();
int __real_pthread_mutex_lock(pthread_mutex_t* mutex);
int __real_pthread_mutex_trylock(pthread_mutex_t* mutex);
int __real_pthread_mutex_unlock(pthread_mutex_t* mutex);
int __real_pthread_cond_clockwait(pthread_cond_t* condition, pthread_mutex_t* mutex, clockid_t clock,
                                  const timespec* until);
[[noreturn]] void __real_abort();
std::int64_t __real__ZNSt6chrono3_V212steady_clock3nowEv();
void __real__ZNSt18condition_variable10notify_allEv(void* condition);
void __real__ZNSt18condition_variable10notify_oneEv(void* condition);
void __real__ZNSt18condition_variable4waitERSt11unique_lockISt5mutexE(void* condition,
                                                                      std::unique_lock<std::mutex>* lock);
// NOLINTEND(bugprone-reserved-identifier)
}

namespace ringback::interleaving {
namespace {

constexpr std::size_t kStackBytes = std::size_t{256} * 1024;

struct ModelMutex {
  bool is_held = false;
  Clock released{};
};
std::map<const void*, ModelMutex>& mutexes() {
  static auto& all = *new std::map<const void*, ModelMutex>;
  return all;
}

template <typename Function>
Function real(const char* name) {
  void* const found = dlsym(RTLD_NEXT, name);
  if (found == nullptr) __real_abort();
  return reinterpret_cast<Function>(found);
}

int real_pthread_create(pthread_t* thread, const pthread_attr_t* attributes, void* (*body)(void*), void* argument) {
  static const auto create =
      real<int (*)(pthread_t*, const pthread_attr_t*, void* (*)(void*), void*)>("pthread_create");
  return create(thread, attributes, body, argument);
}
int real_pthread_join(pthread_t thread, void** result) {
  static const auto join = real<int (*)(pthread_t, void**)>("pthread_join");
  return join(thread, result);
}

// The first made in a thread, so the last destroyed: what a thread does at its end is part of the model.
struct ThreadEnd {
  ~ThreadEnd() { thread_ends(); }
};

void* run_thread(void* argument) {
  auto& thread = *static_cast<ModelThread*>(argument);
  thread_begins(thread);
  thread_local ThreadEnd end;
  static_cast<void>(&end);
  thread.body();
  return nullptr;
}

// The same memory in each run, so that addresses are the same.
std::array<void*, kThreadsMax> stacks{};
void* stack_of(unsigned id) {
  if (stacks[id] == nullptr) {
    stacks[id] = mmap(nullptr, kStackBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (stacks[id] == MAP_FAILED) __real_abort();
  }
  return stacks[id];
}

void lock_mutex(const void* mutex, const void* pc) {
  before_step("lock", mutex, pc);
  show_late_stores();
  while (mutexes()[mutex].is_held) sleep_on(mutex, pc);
  mutexes()[mutex].is_held = true;
  join_clock(me->clock, mutexes()[mutex].released);
}

void unlock_mutex(const void* mutex) {
  show_late_stores();
  mutexes()[mutex].is_held = false;
  release_clock(mutexes()[mutex].released);
  wake(mutex, kThreadsMax);
}

// Nobody's limit passes: a wake-up that is lost is seen, instead of made good later.
void wait_for_condition(const void* condition, const void* mutex, const void* pc) {
  unlock_mutex(mutex);
  sleep_on(condition, pc);
  lock_mutex(mutex, pc);
}

long model_futex(int* word, int operation, int value, const void* pc) {
  const Inside inside;
  before_step("futex", word, pc);
  show_late_stores();
  if ((operation & FUTEX_CMD_MASK) == FUTEX_WAIT) {
    if (*word != value) {
      errno = EAGAIN;
      return -1;
    }
    sleep_on(word, pc);
    return 0;
  }
  wake(word, static_cast<unsigned>(value));
  return 0;
}

}  // namespace

void forget_system_calls() noexcept { mutexes().clear(); }
void leave_stacks() noexcept { stacks = {}; }

void Baton::give() noexcept {
  __atomic_store_n(&word_, 1, __ATOMIC_RELEASE);
  __real_syscall(SYS_futex, &word_, FUTEX_WAKE_PRIVATE, 1, nullptr, nullptr, 0);
}
void Baton::take() noexcept {
  while (__atomic_exchange_n(&word_, 0, __ATOMIC_ACQUIRE) == 0) {
    __real_syscall(SYS_futex, &word_, FUTEX_WAIT_PRIVATE, 0, nullptr, nullptr, 0);
  }
}

void start_system_thread(ModelThread& thread) noexcept {
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstack(&attributes, stack_of(thread.id), kStackBytes);
  pthread_t made = 0;
  if (real_pthread_create(&made, &attributes, run_thread, &thread) != 0) fail("no thread could be made");
  thread.system_thread = made;
  pthread_attr_destroy(&attributes);
}
void join_system_thread(const ModelThread& thread) noexcept { real_pthread_join(thread.system_thread, nullptr); }

}  // namespace ringback::interleaving

using namespace ringback::interleaving;

// NOLINTBEGIN(bugprone-reserved-identifier): the linker's names
#define RINGBACK_HERE __builtin_return_address(0)

extern "C" {

void ringback_pause_in_model(void);
void ringback_pause_in_model(void) {
  if (!is_modelled()) return;
  const Inside inside;
  pause_step(RINGBACK_HERE);
}
int __wrap_sched_yield() {
  if (!is_modelled()) return __real_sched_yield();
  const Inside inside;
  pause_step(RINGBACK_HERE);
  return 0;
}

long __wrap_syscall(long number, ...) {
  va_list arguments;
  va_start(arguments, number);
  std::array<long, 6> all{};
  for (long& argument : all) argument = va_arg(arguments, long);
  va_end(arguments);
  if (!is_modelled() || number != SYS_futex) {
    return __real_syscall(number, all[0], all[1], all[2], all[3], all[4], all[5]);
  }
  return model_futex(reinterpret_cast<int*>(all[0]), static_cast<int>(all[1]), static_cast<int>(all[2]), RINGBACK_HERE);
}

int __wrap_pthread_mutex_lock(pthread_mutex_t* mutex) {
  if (!is_modelled()) return __real_pthread_mutex_lock(mutex);
  const Inside inside;
  lock_mutex(mutex, RINGBACK_HERE);
  return 0;
}
int __wrap_pthread_mutex_trylock(pthread_mutex_t* mutex) {
  if (!is_modelled()) return __real_pthread_mutex_trylock(mutex);
  const Inside inside;
  before_step("try lock", mutex, RINGBACK_HERE);
  if (mutexes()[mutex].is_held) return EBUSY;
  lock_mutex(mutex, RINGBACK_HERE);
  return 0;
}
int __wrap_pthread_mutex_unlock(pthread_mutex_t* mutex) {
  if (!is_modelled()) return __real_pthread_mutex_unlock(mutex);
  const Inside inside;
  unlock_mutex(mutex);
  return 0;
}
int __wrap_pthread_cond_clockwait(pthread_cond_t* condition, pthread_mutex_t* mutex, clockid_t clock,
                                  const timespec* until) {
  if (!is_modelled()) return __real_pthread_cond_clockwait(condition, mutex, clock, until);
  const Inside inside;
  wait_for_condition(condition, mutex, RINGBACK_HERE);
  return 0;
}
void __wrap__ZNSt18condition_variable4waitERSt11unique_lockISt5mutexE(void* condition,
                                                                      std::unique_lock<std::mutex>* lock) {
  if (!is_modelled()) return __real__ZNSt18condition_variable4waitERSt11unique_lockISt5mutexE(condition, lock);
  const Inside inside;
  wait_for_condition(condition, lock->mutex()->native_handle(), RINGBACK_HERE);
}
void __wrap__ZNSt18condition_variable10notify_allEv(void* condition) {
  if (!is_modelled()) return __real__ZNSt18condition_variable10notify_allEv(condition);
  const Inside inside;
  before_step("notify", condition, RINGBACK_HERE);
  wake(condition, kThreadsMax);
}
void __wrap__ZNSt18condition_variable10notify_oneEv(void* condition) {
  if (!is_modelled()) return __real__ZNSt18condition_variable10notify_oneEv(condition);
  const Inside inside;
  before_step("notify", condition, RINGBACK_HERE);
  wake(condition, 1);
}

// Nobody spins for the sake of speed where there is one processor and no time passes.
unsigned __wrap__ZNSt6thread20hardware_concurrencyEv() { return 1; }
std::int64_t __wrap__ZNSt6chrono3_V212steady_clock3nowEv() {
  return me != nullptr ? 1'000'000'000 : __real__ZNSt6chrono3_V212steady_clock3nowEv();
}

[[noreturn]] void __wrap_abort() {
  if (me != nullptr) fail("the program was aborted");
  __real_abort();
}

int pthread_create(pthread_t* made, const pthread_attr_t* attributes, void* (*body)(void*), void* argument) {
  if (!is_modelled()) return real_pthread_create(made, attributes, body, argument);
  const Inside inside;
  ModelThread& thread = new_thread("thread", [body, argument] { body(argument); });
  start_system_thread(thread);
  *made = thread.system_thread;
  return 0;
}
int pthread_join(pthread_t thread, void** result) {
  if (!is_modelled()) return real_pthread_join(thread, result);
  const Inside inside;
  join_thread(*thread_of(thread), RINGBACK_HERE);
  return 0;
}

}  // extern "C"
// NOLINTEND(bugprone-reserved-identifier)

// --- Memory: all that the threads of the model ask for.

namespace {

void* get(std::size_t bytes, std::size_t alignment, const void* pc) {
  if (is_modelled()) {
    if (void* const block = allocate(bytes, alignment, pc)) return block;
  }
  void* const block = std::aligned_alloc(alignment, (bytes + alignment - 1) / alignment * alignment);
  if (block == nullptr) throw std::bad_alloc();
  return block;
}
void give(void* block, const void* pc) noexcept {
  if (block != nullptr && !deallocate(block, pc)) std::free(block);
}
std::size_t aligned(std::align_val_t alignment) {
  return static_cast<std::size_t>(alignment) < 16 ? 16 : static_cast<std::size_t>(alignment);
}

}  // namespace

void* operator new(std::size_t bytes) { return get(bytes, 16, RINGBACK_HERE); }
void* operator new(std::size_t bytes, std::align_val_t alignment) {
  return get(bytes, aligned(alignment), RINGBACK_HERE);
}
void operator delete(void* block) noexcept { give(block, RINGBACK_HERE); }
void operator delete(void* block, std::size_t) noexcept { give(block, RINGBACK_HERE); }
void operator delete(void* block, std::align_val_t) noexcept { give(block, RINGBACK_HERE); }
void operator delete(void* block, std::size_t, std::align_val_t) noexcept { give(block, RINGBACK_HERE); }
