// What the kernel orders and ThreadSanitizer cannot see: a request that is submitted on one thread
// and makes another request complete on a second thread orders the two. ThreadSanitizer knows it
// of read() and write(), not of io_uring, nor of the memory that liburing maps. As it does for
// sockets, one order stands for all. Without ThreadSanitizer both functions are nothing.
#pragma once

#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define RINGBACK_THREAD_SANITIZER 1
#endif
#endif
#if defined(__SANITIZE_THREAD__)
#define RINGBACK_THREAD_SANITIZER 1
#endif

#if defined(RINGBACK_THREAD_SANITIZER)

extern "C" void __tsan_acquire(void* address);
extern "C" void __tsan_release(void* address);

namespace ringback::internal {

inline char kernel_order_object;

inline void order_before_kernel() noexcept { __tsan_release(&kernel_order_object); }
inline void order_after_kernel() noexcept { __tsan_acquire(&kernel_order_object); }

}  // namespace ringback::internal

#else

namespace ringback::internal {

inline void order_before_kernel() noexcept {}
inline void order_after_kernel() noexcept {}

}  // namespace ringback::internal

#endif
