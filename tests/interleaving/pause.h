// Included before every source under test: a breath in a spin is where the others go on.
#pragma once

#ifdef __cplusplus

// NOLINTBEGIN(bugprone-reserved-identifier,readability-identifier-naming): the compiler's names
extern "C" void ringback_pause_in_model(void);

// Not those of std::atomic::wait(): it spins a little, and then sleeps. In the model, where nobody who spins goes
// on before there is news, it would never come to sleep.
#include <bits/gthr.h>
#define __gthread_yield() static_cast<void>(0)
#define __builtin_ia32_pause() static_cast<void>(0)
#include <bits/atomic_wait.h>
#undef __gthread_yield
#undef __builtin_ia32_pause

#define __builtin_ia32_pause ringback_pause_in_model
// NOLINTEND(bugprone-reserved-identifier,readability-identifier-naming)

#endif
