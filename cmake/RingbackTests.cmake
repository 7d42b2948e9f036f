# The tests: per layer one program from the files beside its sources, one for tests/ (what crosses
# layers) and one for the command. CTest knows every single test, as <group>/<Suite>.<name>, under
# the label of its group; a test whose name begins with slow_ has the label slow-<group>. (One label: a list of them does
# not reach the tests through gtest_discover_tests.)

find_package(GTest REQUIRED)
include(GoogleTest)

# What nearly every test includes, compiled once for all of them. None of our own headers is among them.
# -DCMAKE_DISABLE_PRECOMPILE_HEADERS=ON builds without.
file(CONFIGURE OUTPUT "${PROJECT_BINARY_DIR}/generated/test_headers.cpp"
  CONTENT "// No code: the precompiled headers of the tests belong to it.\n")
add_library(ringback_test_headers OBJECT EXCLUDE_FROM_ALL "${PROJECT_BINARY_DIR}/generated/test_headers.cpp")
target_compile_features(ringback_test_headers PRIVATE cxx_std_20)
set_target_properties(ringback_test_headers PROPERTIES CXX_EXTENSIONS OFF)
target_compile_options(ringback_test_headers PRIVATE ${RINGBACK_TEST_FLAGS})
if(CMAKE_CXX_COMPILER_ID MATCHES "Clang")
  # So that ccache sees the same file again.
  target_compile_options(ringback_test_headers PRIVATE "SHELL:-Xclang -fno-pch-timestamp")
endif()
target_link_libraries(ringback_test_headers PRIVATE Threads::Threads GTest::gmock)
target_precompile_headers(ringback_test_headers PRIVATE
  <gmock/gmock.h> <gtest/gtest.h>
  <algorithm> <array> <atomic> <chrono> <coroutine> <deque> <exception> <functional> <map> <memory> <mutex> <optional>
  <random> <set> <span> <stop_token> <string> <string_view> <thread> <tuple> <variant> <vector>)

# ringback_add_tests(<group> SOURCES <file>... [BESIDE <file>...] LIBRARIES <target>... [LIKE_USERS]): nothing without
# sources. LIKE_USERS: compiled as a user's program is.
function(ringback_add_tests group)
  cmake_parse_arguments(PARSE_ARGV 1 arg "LIKE_USERS" "" "SOURCES;BESIDE;LIBRARIES")
  if(NOT arg_SOURCES)
    return()
  endif()

  set(target ${group}_test)
  add_executable(${target} ${arg_SOURCES} ${arg_BESIDE})
  if(arg_LIKE_USERS)
    ringback_user_target(${target})
  else()
    ringback_test_target(${target})
    target_precompile_headers(${target} REUSE_FROM ringback_test_headers)
  endif()
  target_link_libraries(${target} PRIVATE ${arg_LIBRARIES} GTest::gmock GTest::gtest_main)

  set(how
    TEST_PREFIX ${group}/
    WORKING_DIRECTORY "${PROJECT_BINARY_DIR}"
    NO_PRETTY_VALUES
    DISCOVERY_MODE PRE_TEST
    DISCOVERY_TIMEOUT 60)
  gtest_discover_tests(${target} ${how} TEST_FILTER -*.slow_*
    PROPERTIES LABELS ${group} TIMEOUT 60)
  gtest_discover_tests(${target} ${how} TEST_FILTER *.slow_*
    PROPERTIES LABELS slow-${group} TIMEOUT 900)
endfunction()

set(layers ${RINGBACK_LAYERS})
list(REMOVE_ITEM layers ${RINGBACK_COMPONENTS})
foreach(layer IN LISTS layers)
  ringback_layer_files(layer_tests ${layer} _test.cpp)
  ringback_add_tests(${layer} SOURCES ${layer_tests} LIBRARIES ringback Liburing::Liburing)
endforeach()

# That the header and the build speak of the same version.
set_source_files_properties("${PROJECT_SOURCE_DIR}/ringback/base/version_test.cpp" PROPERTIES
  COMPILE_DEFINITIONS "RINGBACK_PROJECT_VERSION=\"${PROJECT_VERSION}\"")

ringback_glob(cross_tests "tests/*_test.cpp")
ringback_add_tests(cross SOURCES ${cross_tests} LIBRARIES ringback)

# What must not compile, and what the compiler says instead.
ringback_glob(refused_sources "tests/refused/*.cpp")
foreach(source IN LISTS refused_sources)
  cmake_path(GET source STEM name)
  add_test(NAME refused/${name}
    COMMAND "${PROJECT_SOURCE_DIR}/tests/refused/check" "${CMAKE_CXX_COMPILER}" "${PROJECT_SOURCE_DIR}" "${source}")
  set_tests_properties(refused/${name} PROPERTIES LABELS refused TIMEOUT 60)
endforeach()

add_test(NAME refused/compiler
  COMMAND "${PROJECT_SOURCE_DIR}/tests/refused/check_compiler" "${CMAKE_CXX_COMPILER}" "${PROJECT_SOURCE_DIR}")
set_tests_properties(refused/compiler PROPERTIES LABELS refused TIMEOUT 60)

# What the contract says of every model, in every model.
ringback_glob(contract_tests "tests/contract/*_test.cpp")
ringback_add_tests(contract SOURCES ${contract_tests} LIBRARIES ringback LIKE_USERS)

# A program under faults that are drawn from a seed, for many seeds.
ringback_glob(simulation_tests "tests/simulation/*_test.cpp")
ringback_add_tests(simulation SOURCES ${simulation_tests}
  BESIDE "${PROJECT_SOURCE_DIR}/tests/simulation/depot.cpp" LIBRARIES ringback)

# HTTP with programs that are not ours; where they are not installed these tests are skipped.
ringback_glob(peer_tests "tests/http/*_test.cpp")
ringback_add_tests(peers SOURCES ${peer_tests} LIBRARIES ringback)
if(TARGET peers_test)
  target_compile_definitions(peers_test PRIVATE RINGBACK_TEST_SCRIPTS="${PROJECT_SOURCE_DIR}/tests/http")
endif()

# How a program ends, for which a test begins one.
add_executable(ends_program "${PROJECT_SOURCE_DIR}/tests/ends/program.cpp")
ringback_test_target(ends_program)
target_link_libraries(ends_program PRIVATE ringback)
ringback_add_tests(ends SOURCES "${PROJECT_SOURCE_DIR}/tests/ends/ends_test.cpp" LIBRARIES ringback)
add_dependencies(ends_test ends_program)
target_compile_definitions(ends_test PRIVATE RINGBACK_ENDS_PROGRAM="$<TARGET_FILE:ends_program>")

# What goes wrong, and how it is told. Tests whose allocations fail have a program of their own: it
# replaces operator new, which ThreadSanitizer does not let it.
ringback_glob(fault_tests "tests/faults/*_test.cpp")
list(FILTER fault_tests EXCLUDE REGEX "/allocation_test\\.cpp$")
ringback_add_tests(faults SOURCES ${fault_tests} LIBRARIES ringback)
if(NOT CMAKE_CXX_FLAGS MATCHES "-fsanitize=thread")
  set(faults "${PROJECT_SOURCE_DIR}/tests/faults")
  ringback_add_tests(allocation SOURCES "${faults}/allocation_test.cpp"
    BESIDE "${faults}/failing_allocation.cpp" "${faults}/pipeline_programs.cpp" LIBRARIES ringback)
endif()

include(RingbackInterleaving)
