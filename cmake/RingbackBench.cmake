# The programs behind ./dev bench, but for the peers: those are a project of their own, bench/peers.

# ringback_bench_program(<name> <file>...)
function(ringback_bench_program name)
  add_executable(bench_${name} bench/memory.cpp ${ARGN})
  ringback_own_target(bench_${name})
  target_include_directories(bench_${name} PRIVATE "${PROJECT_SOURCE_DIR}")
  target_link_libraries(bench_${name} PRIVATE ringback Liburing::Liburing)
endfunction()

ringback_bench_program(cost bench/cost.cpp)
set_target_properties(bench_cost PROPERTIES EXCLUDE_FROM_ALL TRUE)

ringback_glob(bench_ours "bench/ringback/*.cpp")
if(NOT TARGET ringback_vectordb)
  list(FILTER bench_ours EXCLUDE REGEX "/(exact|search)\\.cpp$")
endif()
ringback_bench_program(ringback bench/program.cpp bench/sockets.cpp ${bench_ours})
if(TARGET ringback_vectordb)
  target_link_libraries(bench_ringback PRIVATE ringback_vectordb)
endif()

# What the same work costs with no runtime at all.
ringback_glob(bench_floor "bench/floor/*.cpp")
ringback_bench_program(floor bench/program.cpp bench/sockets.cpp ${bench_floor})

# The other side of what is measured over the network, the same for all.
ringback_glob(bench_load "bench/load/*.cpp")
ringback_bench_program(load bench/program.cpp bench/sockets.cpp ${bench_load})

# A little of each workload, with its result checked, so that the programs do not rot.
if(RINGBACK_BUILD_TESTS)
  foreach(name IN ITEMS ringback floor)
    add_test(NAME bench/${name}
      COMMAND "${PROJECT_SOURCE_DIR}/tools/bench_smoke" "$<TARGET_FILE:bench_${name}>" "$<TARGET_FILE:bench_load>")
    set_tests_properties(bench/${name} PROPERTIES LABELS bench TIMEOUT 60)
  endforeach()
endif()
