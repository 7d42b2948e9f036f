# Writes the version script of a shared library, from what its objects define:
#
#   cmake -DNM=nm -DOBJECTS=a.o;b.o -DALSO=symbol;... -DSOURCE=repository -DMAP=library.map -P exported_symbols.cmake
#
# Shown are, of the namespaces ringback and vectordb:
#   - what is not in a namespace `internal`;
#   - variables of inline kind, wherever they are: a process must have one of each;
#   - functions in `internal` that public headers can call: those not defined in a folder internal/, and those of a
#     source there whose header a public header includes.
# Hidden is the rest: the other internal ones, inline functions and templates of `internal` (each user has his own),
# the standard library's templates, and liburing.
#
# Read from the objects, since C++ has no way to say this of a namespace, and an attribute on each of some hundred
# declarations would be forgotten at the next.

cmake_minimum_required(VERSION 3.25)

# The names of the headers in internal/ that a public header includes, itself or through another of them.
file(GLOB open RELATIVE "${SOURCE}" "${SOURCE}/ringback/*/*.h" "${SOURCE}/vectordb/*/*.h")
list(FILTER open EXCLUDE REGEX "_(test|fuzz|bench)\\.h$")
set(reached)
while(open)
  list(POP_FRONT open header)
  file(STRINGS "${SOURCE}/${header}" includes REGEX "^#include \"(ringback|vectordb)/[a-z]+/internal/")
  foreach(include IN LISTS includes)
    string(REGEX REPLACE "^#include \"([^\"]+)\".*" "\\1" include "${include}")
    if(NOT include IN_LIST reached)
      list(APPEND reached "${include}")
      list(APPEND open "${include}")
    endif()
  endforeach()
endwhile()

set(owned "^_Z(T[VTIS]|TW|TH|Th[0-9n]*_|Tv[0-9n]*_[0-9n]*_|GV)?Z?N[rVK]*[RO]?(8ringback|8vectordb)")
set(internal "${owned}([0-9]+[a-z]+)?8internal")

set(shown ${ALSO})
foreach(object IN LISTS OBJECTS)
  execute_process(COMMAND "${NM}" --extern-only --defined-only --format=sysv "${object}"
    OUTPUT_VARIABLE lines COMMAND_ERROR_IS_FATAL ANY)
  set(behind_headers OFF)
  if(object MATCHES "((ringback|vectordb)/[a-z]+/internal/[a-z0-9_]+)\\.cpp" AND NOT "${CMAKE_MATCH_1}.h" IN_LIST reached)
    set(behind_headers ON)
  endif()
  string(REPLACE "\n" ";" lines "${lines}")
  foreach(line IN LISTS lines)
    # Name | value | class | type | size | line | section. The class of a weak thread_local is that of a weak function.
    if(NOT line MATCHES "^([^ |]+) *\\|[^|]*\\| *([A-Za-z]) *\\| *([A-Z]+) *\\|")
      continue()
    endif()
    set(symbol "${CMAKE_MATCH_1}")
    set(kind "${CMAKE_MATCH_2}")
    if(kind STREQUAL "W" AND CMAKE_MATCH_3 STREQUAL "TLS")
      set(kind "V")
    endif()
    if(NOT symbol MATCHES "${owned}")
      continue()
    endif()
    if(symbol MATCHES "${internal}")
      if(kind STREQUAL "W" OR (behind_headers AND (NOT kind MATCHES "[Vu]" OR symbol MATCHES "^_ZT[VTIS]")))
        continue()
      endif()
    endif()
    list(APPEND shown "${symbol}")
  endforeach()
endforeach()
list(REMOVE_DUPLICATES shown)
list(SORT shown)

if(NOT shown)
  message(FATAL_ERROR "no symbol was found to show: ${NM} does not read these objects. With link-time optimization, "
    "give CMake the nm of the compiler: -DCMAKE_NM=/usr/bin/llvm-nm or gcc-nm.")
endif()
list(JOIN shown ";\n    " text)
file(WRITE "${MAP}" "{\n  global:\n    ${text};\n  local:\n    *;\n};\n")
