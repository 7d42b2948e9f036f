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

# What the command says of itself, as files of the build folder, made by every build:
#   ${PROJECT_BINARY_DIR}/ringback.1     the manual page, for share/man/man1
#   ${PROJECT_BINARY_DIR}/ringback.bash  for share/bash-completion/completions, as `ringback`
# Not where the program that was built cannot run here.
if(NOT CMAKE_CROSSCOMPILING OR CMAKE_CROSSCOMPILING_EMULATOR)
  set(RINGBACK_MAN_PAGE "${PROJECT_BINARY_DIR}/ringback.1")
  set(RINGBACK_BASH_COMPLETION "${PROJECT_BINARY_DIR}/ringback.bash")
  add_custom_command(OUTPUT "${RINGBACK_MAN_PAGE}" "${RINGBACK_BASH_COMPLETION}"
    COMMAND ringback_command --man-page > "${RINGBACK_MAN_PAGE}"
    COMMAND ringback_command --bash-completion > "${RINGBACK_BASH_COMPLETION}"
    DEPENDS ringback_command
    VERBATIM)
  add_custom_target(ringback_command_files ALL DEPENDS "${RINGBACK_MAN_PAGE}" "${RINGBACK_BASH_COMPLETION}")
endif()

if(RINGBACK_BUILD_TESTS)
  ringback_glob(cli_tests "cli/*_test.cpp")
  ringback_add_tests(cli SOURCES ${cli_tests} LIBRARIES ringback_cli)
endif()
