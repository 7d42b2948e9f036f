# Which files are what. A new file in a layer folder is found by itself; its name says what it is:
#
#   name.cpp         the library           name_test.cpp    the layer's tests
#   name.h           a public header       name_fuzz.cpp    a fuzzer
#   internal/name.h  for that layer alone  name_bench.cpp   a benchmark

# The layers, low to high; ARCHITECTURE.md says what lives in each. A shorter list builds a part:
# cmake --preset dev -DRINGBACK_LAYERS="base;driver"
set(RINGBACK_LAYERS
  base driver exec async sync stream io pipeline net tls http trace testing
  CACHE STRING "The layers to build, low to high")

# Layers whose sources are a component of its own, since they need more than the library does.
set(RINGBACK_COMPONENTS tls)

set(RINGBACK_NOT_LIBRARY "_(test|fuzz|bench)\\.(cpp|h)$")

# ringback_glob(<out> <pattern>...): files relative to the repository root; none is fine.
function(ringback_glob out)
  list(TRANSFORM ARGN PREPEND "${PROJECT_SOURCE_DIR}/")
  file(GLOB found CONFIGURE_DEPENDS ${ARGN})
  list(SORT found)
  set(${out} "${found}" PARENT_SCOPE)
endfunction()

# ringback_layer_files(<out> <layer> <suffix>): what ends so in the layer and in its internal/.
function(ringback_layer_files out layer suffix)
  ringback_glob(found "ringback/${layer}/*${suffix}" "ringback/${layer}/internal/*${suffix}")
  set(${out} "${found}" PARENT_SCOPE)
endfunction()
