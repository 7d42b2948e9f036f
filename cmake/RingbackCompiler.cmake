# How our own targets are compiled. Nothing here reaches a consumer: no global flag, no -Werror, no
# -march leaves this project.

option(RINGBACK_ALLOW_UNSOUND_COROUTINES
  "Let a compiler that miscompiles coroutines build Ringback and what uses it: programs may crash" OFF)
mark_as_advanced(RINGBACK_ALLOW_UNSOUND_COROUTINES)

# g++ 12 destroys temporaries of a coroutine twice, or computes a wrong value, without a word. ringback/base/compiler.h
# refuses it too, for programs that are built without CMake.
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  set(RINGBACK_REFUSED "g++ ${CMAKE_CXX_COMPILER_VERSION} miscompiles coroutines: programs crash or compute wrong values.")
elseif(CMAKE_CXX_COMPILER_ID STREQUAL "Clang" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 16)
  set(RINGBACK_REFUSED "clang ${CMAKE_CXX_COMPILER_VERSION} lacks parts of C++20 that Ringback needs.")
else()
  set(RINGBACK_REFUSED)
endif()
if(RINGBACK_REFUSED AND NOT RINGBACK_ALLOW_UNSOUND_COROUTINES)
  message(FATAL_ERROR "${RINGBACK_REFUSED} Use clang 16 or newer, or g++ 13 or newer: type CXX=clang++-19 before the "
    "command, with a new build folder (Debian 12 and 13: apt-get install clang-19). "
    "-DRINGBACK_ALLOW_UNSOUND_COROUTINES=ON builds all the same.")
endif()

if(PROJECT_IS_TOP_LEVEL AND NOT DEFINED CMAKE_CXX_COMPILER_LAUNCHER)
  find_program(RINGBACK_CCACHE ccache)
  mark_as_advanced(RINGBACK_CCACHE)
  if(RINGBACK_CCACHE)
    set(CMAKE_CXX_COMPILER_LAUNCHER "${RINGBACK_CCACHE}")
  endif()
endif()

# ringback_own_target(<target>): the warnings our own sources are held to.
function(ringback_own_target target)
  target_compile_options(${target} PRIVATE
    -Wall -Wextra -Woverloaded-virtual -Wcast-qual -Wundef)
  if(CMAKE_CXX_COMPILER_ID MATCHES "Clang")
    # Clang's -Wshadow leaves alone a constructor's parameter named like a member, which g++'s does not.
    target_compile_options(${target} PRIVATE -Wshadow -Wimplicit-fallthrough -Wextra-semi)
  endif()
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # g++ 14 does not follow when the storage in a coroutine's frame is alive: it warns of a union that stays empty.
    target_compile_options(${target} PRIVATE -Wno-maybe-uninitialized)
  endif()
  if(RINGBACK_WARNINGS_AS_ERRORS)
    target_compile_options(${target} PRIVATE -Werror)
  endif()
  set_target_properties(${target} PROPERTIES CXX_EXTENSIONS OFF)
endfunction()

# ringback_test_target(<target>): the same for tests. Most of what they compile is templates, which cost more to optimize
# than to compile: where RINGBACK_TEST_FLAGS is -O0, as in the presets, they build much quicker. The library keeps the
# flags of the build type.
set(RINGBACK_TEST_FLAGS "" CACHE STRING "Flags for tests, after those of the build type; a list")
mark_as_advanced(RINGBACK_TEST_FLAGS)
function(ringback_test_target target)
  ringback_own_target(${target})
  target_compile_options(${target} PRIVATE ${RINGBACK_TEST_FLAGS})
endfunction()

# ringback_user_target(<target>): the same for programs that are like a user's. In a release they are optimized.
function(ringback_user_target target)
  if(CMAKE_BUILD_TYPE STREQUAL "Release")
    ringback_own_target(${target})
  else()
    ringback_test_target(${target})
  endif()
endfunction()
