# The programs behind ./dev bench.

ringback_glob(bench_sources "bench/*.cpp")
foreach(source IN LISTS bench_sources)
  get_filename_component(name "${source}" NAME_WE)
  add_executable(bench_${name} EXCLUDE_FROM_ALL "${source}")
  ringback_own_target(bench_${name})
  target_link_libraries(bench_${name} PRIVATE ringback)
endforeach()
