# The fuzzers: each name_fuzz.cpp beside its source is a program, fuzz_<name>, for ./dev fuzz. They need clang
# and a library built for them: cmake --preset fuzz.

ringback_glob(fuzzers "ringback/*/*_fuzz.cpp" "vectordb/*/*_fuzz.cpp")
set(fuzzer_targets)
foreach(source IN LISTS fuzzers)
  cmake_path(GET source STEM name)
  string(REGEX REPLACE "_fuzz$" "" name ${name})
  add_executable(fuzz_${name} ${source})
  ringback_own_target(fuzz_${name})
  target_link_libraries(fuzz_${name} PRIVATE ringback::ringback)
  if(TARGET ringback_vectordb)
    target_link_libraries(fuzz_${name} PRIVATE ringback_vectordb)
  endif()
  target_link_options(fuzz_${name} PRIVATE -fsanitize=fuzzer)
  list(APPEND fuzzer_targets fuzz_${name})
endforeach()
add_custom_target(fuzzers DEPENDS ${fuzzer_targets})
