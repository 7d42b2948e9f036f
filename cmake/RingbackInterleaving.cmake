# The interleaving checker (docs/internals/interleavings.md): the shipped sources once more, compiled so
# that every access calls the checker's machine, and the cases, in one program of its own.
#
# The compiler's calls are those of ThreadSanitizer, whose runtime is not linked; so neither can be had
# together with another sanitizer. The machine finds for itself what those would: races, and
# memory that is used after it was freed or is left over.

if(NOT CMAKE_CXX_COMPILER_ID MATCHES "Clang" OR CMAKE_CXX_FLAGS MATCHES "-fsanitize" OR
   NOT CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64" OR NOT "sync" IN_LIST RINGBACK_LAYERS)
  return()
endif()

set(interleaving_sources)
foreach(layer base driver exec async sync stream)
  if(layer IN_LIST RINGBACK_LAYERS)
    ringback_layer_files(layer_sources ${layer} .cpp)
    list(APPEND interleaving_sources ${layer_sources})
  endif()
endforeach()
list(FILTER interleaving_sources EXCLUDE REGEX "${RINGBACK_NOT_LIBRARY}|/make_driver\\.cpp$")
if("pipeline" IN_LIST RINGBACK_LAYERS)
  foreach(core cached_core emitter_core resource_pool_core)
    list(APPEND interleaving_sources "${PROJECT_SOURCE_DIR}/ringback/pipeline/internal/${core}.cpp")
  endforeach()
endif()
ringback_glob(interleaving_cases "tests/interleaving/*_test.cpp")
foreach(layer stream pipeline)
  if(NOT layer IN_LIST RINGBACK_LAYERS)
    list(FILTER interleaving_cases EXCLUDE REGEX "/${layer}_interleaving_test\\.cpp$")
  endif()
endforeach()
set(interleaving_stand_ins "${PROJECT_SOURCE_DIR}/tests/interleaving/model_driver.cpp")
ringback_glob(interleaving_machine "tests/interleaving/*.cpp")
list(REMOVE_ITEM interleaving_machine ${interleaving_stand_ins})
list(FILTER interleaving_machine EXCLUDE REGEX "_test\\.cpp$")

add_library(interleaving_code OBJECT EXCLUDE_FROM_ALL
  ${interleaving_sources} ${interleaving_stand_ins} ${interleaving_cases})
ringback_own_target(interleaving_code)
target_include_directories(interleaving_code PRIVATE "${PROJECT_SOURCE_DIR}")
target_compile_features(interleaving_code PRIVATE cxx_std_20)
target_compile_options(interleaving_code PRIVATE
  -fsanitize=thread "SHELL:-mllvm -tsan-instrument-func-entry-exit=0" -gline-tables-only
  "SHELL:-include ${PROJECT_SOURCE_DIR}/tests/interleaving/pause.h")
target_link_libraries(interleaving_code PRIVATE Threads::Threads Liburing::Liburing GTest::gtest)

set(interleaving_wrapped
  abort syscall sched_yield pthread_mutex_lock pthread_mutex_trylock pthread_mutex_unlock pthread_cond_clockwait
  _ZNSt18condition_variable10notify_allEv _ZNSt18condition_variable10notify_oneEv
  _ZNSt18condition_variable4waitERSt11unique_lockISt5mutexE
  _ZNSt6thread20hardware_concurrencyEv _ZNSt6chrono3_V212steady_clock3nowEv)
list(TRANSFORM interleaving_wrapped PREPEND "LINKER:--wrap=")

ringback_add_tests(interleaving SOURCES ${interleaving_machine}
  LIBRARIES interleaving_code Threads::Threads Liburing::Liburing ${CMAKE_DL_LIBS})
target_include_directories(interleaving_test PRIVATE "${PROJECT_SOURCE_DIR}")
target_compile_features(interleaving_test PRIVATE cxx_std_20)
target_compile_options(interleaving_test PRIVATE -gline-tables-only)
target_link_options(interleaving_test PRIVATE ${interleaving_wrapped})
