# How our own targets are compiled. Nothing here reaches a consumer: no global flag, no -Werror, no
# -march leaves this project.

# g++ 12 compiles ordinary coroutines wrongly: it destroys temporaries twice, or computes a wrong
# value without a word. Everything but coroutines is sound there.
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  set(RINGBACK_COROUTINES_UNSOUND ON)
  message(WARNING
    "g++ ${CMAKE_CXX_COMPILER_VERSION} miscompiles coroutines (seen with 12.2: crashes, double "
    "destruction, silently wrong values). Ringback builds with it, and its callbacks, futures and "
    "blocking calls work. Coroutines of your own must keep the rules of STYLE.md, section "
    "\"Coroutines\"; the reference compiler is clang++-19.")
else()
  set(RINGBACK_COROUTINES_UNSOUND OFF)
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
  if(RINGBACK_COROUTINES_UNSOUND)
    # Wrong about every string that is put together, in that version.
    target_compile_options(${target} PRIVATE -Wno-restrict)
  endif()
  if(RINGBACK_WARNINGS_AS_ERRORS)
    target_compile_options(${target} PRIVATE -Werror)
  endif()
  set_target_properties(${target} PROPERTIES CXX_EXTENSIONS OFF)
endfunction()
