# The tests: per layer one program from the files beside its sources, one for tests/ (what crosses
# layers) and one for the command. CTest knows every single test, as <group>/<Suite>.<name>, under
# the label of its group; a test whose name begins with slow_ also has the label slow.

find_package(GTest REQUIRED)
include(GoogleTest)

# Where coroutines cannot be trusted, only the tests listed there are built.
if(RINGBACK_COROUTINES_UNSOUND)
  file(STRINGS "${PROJECT_SOURCE_DIR}/cmake/gcc_tests.txt" RINGBACK_SOUND_TESTS REGEX "^[^#]")
  set_property(DIRECTORY APPEND PROPERTY
    CMAKE_CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/cmake/gcc_tests.txt")
  list(TRANSFORM RINGBACK_SOUND_TESTS PREPEND "${PROJECT_SOURCE_DIR}/")
  foreach(source IN LISTS RINGBACK_SOUND_TESTS)
    if(NOT EXISTS "${source}")
      message(FATAL_ERROR "cmake/gcc_tests.txt lists ${source}, which does not exist")
    endif()
  endforeach()
endif()

# ringback_add_tests(<group> SOURCES <file>... LIBRARIES <target>...): nothing without sources.
function(ringback_add_tests group)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;LIBRARIES")
  if(RINGBACK_COROUTINES_UNSOUND)
    set(sound)
    foreach(source IN LISTS arg_SOURCES)
      if(source IN_LIST RINGBACK_SOUND_TESTS)
        list(APPEND sound "${source}")
      endif()
    endforeach()
    set(arg_SOURCES ${sound})
  endif()
  if(NOT arg_SOURCES)
    return()
  endif()

  set(target ${group}_test)
  add_executable(${target} ${arg_SOURCES})
  ringback_own_target(${target})
  target_link_libraries(${target} PRIVATE ${arg_LIBRARIES} GTest::gmock GTest::gtest_main)

  set(how
    TEST_PREFIX ${group}/
    WORKING_DIRECTORY "${PROJECT_BINARY_DIR}"
    DISCOVERY_MODE PRE_TEST
    DISCOVERY_TIMEOUT 60)
  gtest_discover_tests(${target} ${how} TEST_FILTER -*.slow_*
    PROPERTIES LABELS ${group} TIMEOUT 60)
  gtest_discover_tests(${target} ${how} TEST_FILTER *.slow_*
    PROPERTIES LABELS "${group};slow" TIMEOUT 300)
endfunction()

foreach(layer IN LISTS RINGBACK_LAYERS)
  ringback_layer_files(layer_tests ${layer} _test.cpp)
  ringback_add_tests(${layer} SOURCES ${layer_tests} LIBRARIES ringback Liburing::Liburing)
endforeach()

ringback_glob(cross_tests "tests/*_test.cpp")
ringback_add_tests(cross SOURCES ${cross_tests} LIBRARIES ringback)
