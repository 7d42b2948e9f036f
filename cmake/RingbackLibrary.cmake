# The library: every layer in one target, ringback::ringback.

include(RingbackExported)
include(RingbackLibcxx)

set(sources)
set(headers)
foreach(layer IN LISTS RINGBACK_LAYERS)
  ringback_layer_files(layer_sources ${layer} .cpp)
  ringback_layer_files(layer_headers ${layer} .h)
  if(NOT layer IN_LIST RINGBACK_COMPONENTS)
    list(APPEND sources ${layer_sources})
  endif()
  list(APPEND headers ${layer_headers})
endforeach()
# The header that includes the others, where all of them are built.
if("pipeline" IN_LIST RINGBACK_LAYERS AND "net" IN_LIST RINGBACK_LAYERS)
  list(APPEND headers "${PROJECT_SOURCE_DIR}/ringback/ringback.h")
endif()
list(FILTER sources EXCLUDE REGEX "${RINGBACK_NOT_LIBRARY}")
list(FILTER headers EXCLUDE REGEX "${RINGBACK_NOT_LIBRARY}")

# It runs in a child that shares the memory of its parent: what a sanitizer notes there would be about the wrong one.
set_source_files_properties(
  "${PROJECT_SOURCE_DIR}/ringback/io/internal/child_start.cpp" PROPERTIES COMPILE_OPTIONS -fno-sanitize=all)

find_package(Threads REQUIRED)
find_package(Liburing REQUIRED)

add_library(ringback ${sources})
add_library(ringback::ringback ALIAS ringback)
ringback_own_target(ringback)
target_compile_features(ringback PUBLIC cxx_std_20)
target_link_libraries(ringback PUBLIC Threads::Threads PRIVATE Liburing::Liburing)

# Public headers include their own layer's internal ones, so both are installed.
target_sources(ringback PUBLIC
  FILE_SET HEADERS BASE_DIRS "${PROJECT_SOURCE_DIR}" FILES ${headers})
set_target_properties(ringback PROPERTIES LINKER_LANGUAGE CXX)
ringback_exported(ringback)

# libc++ has std::stop_token only behind this flag (seen with 19). Who uses what is installed is asked again, by
# ringbackConfig.cmake.
ringback_uses_libcxx(RINGBACK_LIBCXX)
if(RINGBACK_LIBCXX)
  target_compile_options(ringback PUBLIC "$<BUILD_INTERFACE:-fexperimental-library>")
  target_link_options(ringback PUBLIC "$<BUILD_INTERFACE:-fexperimental-library>")
endif()
