// What the compiler calls for every access of the code under test: it is compiled with
// -fsanitize=thread and linked with this instead of the sanitizer's runtime. So what is checked is the
// shipped source, as it is, with the memory orders that stand in it.
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "tests/interleaving/machine.h"

namespace ringback::interleaving {
namespace {

// As the compiler numbers them.
enum class Order : int { relaxed, consume, acquire, release, acq_rel, seq_cst };

constexpr bool acquires(Order order) { return order != Order::relaxed && order != Order::release; }
constexpr bool releases(Order order) { return order >= Order::release; }

template <typename T>
T read(const volatile T* where) {
  T value;
  std::memcpy(&value, const_cast<const T*>(where), sizeof value);
  return value;
}

template <typename T>
void write(volatile T* where, T value) {
  if (read(where) == value) return;  // No news for anybody.
  std::memcpy(const_cast<T*>(where), &value, sizeof value);
  has_written();
}

const void* plain(const volatile void* where) { return const_cast<const void*>(where); }

template <typename T>
T load(const volatile T* where, Order order, const void* pc) {
  if (!is_modelled()) return __atomic_load_n(where, __ATOMIC_SEQ_CST);
  const Inside inside;
  before_step("load", plain(where), pc);
  touch(plain(where), sizeof(T), Touch::atomic_read, pc);
  for (std::size_t i = me->late.size(); i != 0; --i) {
    if (me->late[i - 1].where == plain(where)) return static_cast<T>(me->late[i - 1].value);
  }
  acquire_from(plain(where), acquires(order));
  return read(where);
}

template <typename T>
void store(volatile T* where, T value, Order order, const void* pc) {
  if (!is_modelled()) return __atomic_store_n(where, value, __ATOMIC_SEQ_CST);
  const Inside inside;
  before_step("store", plain(where), pc);
  touch(plain(where), sizeof(T), Touch::atomic_write, pc);
  const Clock released = clock_of_store(releases(order));
  if (order != Order::seq_cst && is_late()) {
    me->late.push_back({const_cast<T*>(where), static_cast<std::uint64_t>(value), sizeof(T), released});
    return;
  }
  show_late_stores();
  write(where, value);
  set_released(plain(where), released);
}

template <typename T, typename Change>
T change(volatile T* where, Order order, const void* pc, const char* what, Change&& changed) {
  const Inside inside;
  before_step(what, plain(where), pc);
  show_late_stores();
  touch(plain(where), sizeof(T), Touch::atomic_write, pc);
  const T before = read(where);
  acquire_from(plain(where), acquires(order));
  write(where, static_cast<T>(changed(before)));
  release_to(plain(where), true, releases(order));
  return before;
}

template <typename T>
T compare_exchange(volatile T* where, T expected, T wanted, Order order, Order failed, const void* pc) {
  if (!is_modelled()) {
    __atomic_compare_exchange_n(where, &expected, wanted, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
    return expected;
  }
  const Inside inside;
  before_step("compare", plain(where), pc);
  show_late_stores();
  touch(plain(where), sizeof(T), Touch::atomic_read, pc);
  const T before = read(where);
  if (before != expected) {
    acquire_from(plain(where), acquires(failed));
    return before;
  }
  touch(plain(where), sizeof(T), Touch::atomic_write, pc);
  acquire_from(plain(where), acquires(order));
  write(where, wanted);
  release_to(plain(where), true, releases(order));
  return before;
}

void plain_access(const void* where, std::size_t bytes, Touch how, const void* pc) {
  if (!is_modelled() || bytes == 0) return;
  const Inside inside;
  touch(where, bytes, how, pc);
}

}  // namespace
}  // namespace ringback::interleaving

using namespace ringback::interleaving;

// NOLINTBEGIN(bugprone-reserved-identifier): the compiler's names
#define RINGBACK_HERE __builtin_return_address(0)

#define RINGBACK_PLAIN(bytes)                                                                          \
  void __tsan_read##bytes(void* at) { plain_access(at, bytes, Touch::read, RINGBACK_HERE); }           \
  void __tsan_write##bytes(void* at) { plain_access(at, bytes, Touch::write, RINGBACK_HERE); }         \
  void __tsan_unaligned_read##bytes(void* at) { plain_access(at, bytes, Touch::read, RINGBACK_HERE); } \
  void __tsan_unaligned_write##bytes(void* at) { plain_access(at, bytes, Touch::write, RINGBACK_HERE); }

#define RINGBACK_CHANGE(bits, name, builtin, expression)                                                        \
  std::uint##bits##_t __tsan_atomic##bits##_##name(volatile std::uint##bits##_t* at, std::uint##bits##_t value, \
                                                   int order) {                                                 \
    if (!is_modelled()) return builtin(at, value, __ATOMIC_SEQ_CST);                                            \
    return change(at, static_cast<Order>(order), RINGBACK_HERE, #name,                                          \
                  [value]([[maybe_unused]] std::uint##bits##_t before) { return expression; });                 \
  }

#define RINGBACK_ATOMIC(bits)                                                                                         \
  std::uint##bits##_t __tsan_atomic##bits##_load(const volatile std::uint##bits##_t* at, int order) {                 \
    return load(at, static_cast<Order>(order), RINGBACK_HERE);                                                        \
  }                                                                                                                   \
  void __tsan_atomic##bits##_store(volatile std::uint##bits##_t* at, std::uint##bits##_t value, int order) {          \
    store(at, value, static_cast<Order>(order), RINGBACK_HERE);                                                       \
  }                                                                                                                   \
  RINGBACK_CHANGE(bits, exchange, __atomic_exchange_n, value)                                                         \
  RINGBACK_CHANGE(bits, fetch_add, __atomic_fetch_add, before + value)                                                \
  RINGBACK_CHANGE(bits, fetch_sub, __atomic_fetch_sub, before - value)                                                \
  RINGBACK_CHANGE(bits, fetch_and, __atomic_fetch_and, before& value)                                                 \
  RINGBACK_CHANGE(bits, fetch_or, __atomic_fetch_or, before | value)                                                  \
  RINGBACK_CHANGE(bits, fetch_xor, __atomic_fetch_xor, before ^ value)                                                \
  std::uint##bits##_t __tsan_atomic##bits##_compare_exchange_val(volatile std::uint##bits##_t* at,                    \
                                                                 std::uint##bits##_t expected,                        \
                                                                 std::uint##bits##_t wanted, int order, int failed) { \
    return compare_exchange(at, expected, wanted, static_cast<Order>(order), static_cast<Order>(failed),              \
                            RINGBACK_HERE);                                                                           \
  }

extern "C" {

void __tsan_init() {}
RINGBACK_PLAIN(1)
RINGBACK_PLAIN(2)
RINGBACK_PLAIN(4)
RINGBACK_PLAIN(8)
RINGBACK_PLAIN(16)
RINGBACK_ATOMIC(8)
RINGBACK_ATOMIC(16)
RINGBACK_ATOMIC(32)
RINGBACK_ATOMIC(64)

void __tsan_atomic_thread_fence(int order) {
  if (!is_modelled()) return;
  const Inside inside;
  before_step("fence", nullptr, RINGBACK_HERE);
  const auto asked = static_cast<Order>(order);
  if (asked == Order::seq_cst) show_late_stores();
  fence(acquires(asked), releases(asked));
}
void __tsan_atomic_signal_fence(int) {}

// A table of functions that stays the same says nothing new.
void __tsan_vptr_update(void** at, void* now) {
  if (*at != now) plain_access(at, sizeof now, Touch::write, RINGBACK_HERE);
}
void __tsan_vptr_read(void** at) { plain_access(at, sizeof *at, Touch::read, RINGBACK_HERE); }

void* __tsan_memcpy(void* to, const void* from, std::size_t bytes) {
  plain_access(from, bytes, Touch::read, RINGBACK_HERE);
  plain_access(to, bytes, Touch::write, RINGBACK_HERE);
  return std::memcpy(to, from, bytes);
}
void* __tsan_memmove(void* to, const void* from, std::size_t bytes) {
  plain_access(from, bytes, Touch::read, RINGBACK_HERE);
  plain_access(to, bytes, Touch::write, RINGBACK_HERE);
  return std::memmove(to, from, bytes);
}
void* __tsan_memset(void* to, int value, std::size_t bytes) {
  plain_access(to, bytes, Touch::write, RINGBACK_HERE);
  return std::memset(to, value, bytes);
}

// What the io_uring driver says of the kernel, which no case has.
void __tsan_acquire(void*) {}
void __tsan_release(void*) {}

}  // extern "C"
// NOLINTEND(bugprone-reserved-identifier)
