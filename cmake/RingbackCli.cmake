# The `ringback` command. All of it but main.cpp is a library, so that its tests can link it.

if(RINGBACK_COROUTINES_UNSOUND)
  return()
endif()

ringback_glob(sources "cli/*.cpp")
list(FILTER sources EXCLUDE REGEX "${RINGBACK_NOT_LIBRARY}")
list(FILTER sources EXCLUDE REGEX "/cli/main\\.cpp$")

if(sources)
  add_library(ringback_cli STATIC ${sources})
  ringback_own_target(ringback_cli)
  target_link_libraries(ringback_cli PUBLIC ringback_vectordb)
else()
  add_library(ringback_cli INTERFACE)
  target_link_libraries(ringback_cli INTERFACE ringback_vectordb)
endif()

ringback_glob(main "cli/main.cpp")
if(main)
  add_executable(ringback_command ${main})
  ringback_own_target(ringback_command)
  target_link_libraries(ringback_command PRIVATE ringback_cli)
  set_target_properties(ringback_command PROPERTIES OUTPUT_NAME ringback)
endif()

if(RINGBACK_BUILD_TESTS)
  # The very program, in each preset: with ThreadSanitizer all its threads and processes are watched.
  if(main)
    add_test(NAME cli/Binary.slow_tour COMMAND ringback_command tour)
    add_test(NAME cli/Binary.slow_compare
      COMMAND ringback_command compare --calls 8 --latency 5ms
        --records "${PROJECT_SOURCE_DIR}/cli/testdata/records" --out "${PROJECT_BINARY_DIR}/compare")
    set_tests_properties(cli/Binary.slow_tour cli/Binary.slow_compare PROPERTIES LABELS "cli;slow" TIMEOUT 300)
  endif()
  ringback_glob(cli_tests "cli/*_test.cpp")
  ringback_add_tests(cli SOURCES ${cli_tests} LIBRARIES ringback_cli)
endif()
