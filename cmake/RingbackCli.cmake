# The `ringback` command. All of it but main.cpp is a library, so that its tests and the demonstration can
# link it.

ringback_glob(sources "cli/*.cpp")
list(FILTER sources EXCLUDE REGEX "${RINGBACK_NOT_LIBRARY}")
list(FILTER sources EXCLUDE REGEX "/cli/main\\.cpp$")
add_library(ringback_cli STATIC ${sources})
ringback_own_target(ringback_cli)
target_link_libraries(ringback_cli PUBLIC ringback_vectordb)

add_executable(ringback_command "${PROJECT_SOURCE_DIR}/cli/main.cpp")
ringback_own_target(ringback_command)
target_link_libraries(ringback_command PRIVATE ringback_cli)
set_target_properties(ringback_command PROPERTIES OUTPUT_NAME ringback)

if(RINGBACK_BUILD_TESTS)
  ringback_glob(cli_tests "cli/*_test.cpp")
  ringback_add_tests(cli SOURCES ${cli_tests} LIBRARIES ringback_cli)
endif()
