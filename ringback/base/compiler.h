// Refuses a compiler that miscompiles coroutines.
//
// g++ 12 destroys temporaries of a coroutine twice, or computes a wrong value, without a word. A program that defines
// RINGBACK_ALLOW_UNSOUND_COROUTINES compiles all the same. Tested: clang 16 to 19, g++ 13 and 14.
#pragma once

#if defined(__GNUC__) && !defined(__clang__) && __GNUC__ < 13 && !defined(RINGBACK_ALLOW_UNSOUND_COROUTINES)
#error "This g++ miscompiles coroutines: use g++ 13 or newer, or clang++ 16 or newer (apt-get install clang-19)."
#endif
