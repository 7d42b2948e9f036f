# The demonstration, `ringback-demo`. All of it but main.cpp is a library, so that its tests can link it; it
# stands on the library of the `ringback` command (RingbackCli.cmake). It is not installed.

ringback_glob(sources "demo/*.cpp")
list(FILTER sources EXCLUDE REGEX "${RINGBACK_NOT_LIBRARY}")
list(FILTER sources EXCLUDE REGEX "/demo/main\\.cpp$")
add_library(ringback_demo STATIC ${sources})
ringback_own_target(ringback_demo)
target_link_libraries(ringback_demo PUBLIC ringback_cli)

add_executable(ringback_demo_command "${PROJECT_SOURCE_DIR}/demo/main.cpp")
ringback_own_target(ringback_demo_command)
target_link_libraries(ringback_demo_command PRIVATE ringback_demo)
set_target_properties(ringback_demo_command PROPERTIES OUTPUT_NAME ringback-demo)

if(RINGBACK_BUILD_TESTS)
  # The very program, in each preset: with ThreadSanitizer all its threads and processes are watched.
  add_test(NAME demo/Binary.slow_tour COMMAND ringback_demo_command tour)
  add_test(NAME demo/Binary.slow_compare
    COMMAND ringback_demo_command compare --calls 8 --latency 5ms
      --records "${PROJECT_SOURCE_DIR}/demo/testdata/records" --out "${PROJECT_BINARY_DIR}/compare")
  set_tests_properties(demo/Binary.slow_tour demo/Binary.slow_compare PROPERTIES LABELS slow-demo TIMEOUT 300)
  ringback_glob(demo_tests "demo/*_test.cpp")
  ringback_add_tests(demo SOURCES ${demo_tests} LIBRARIES ringback_demo)
endif()
