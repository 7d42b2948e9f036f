# The compiler of the presets: $CXX, else the newest that is here of those Ringback is tested with (tools/compiler says
# which). clang links with lld of its own version where that is here, since it is much quicker.

if(NOT CMAKE_CXX_COMPILER)
  execute_process(COMMAND "${CMAKE_CURRENT_LIST_DIR}/../tools/compiler"
    OUTPUT_VARIABLE ringback_compiler OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
  set(CMAKE_CXX_COMPILER "${ringback_compiler}")
endif()
if(CMAKE_CXX_COMPILER MATCHES "clang\\+\\+(-[0-9]+)$")
  find_program(RINGBACK_LLD "ld.lld${CMAKE_MATCH_1}")
  mark_as_advanced(RINGBACK_LLD)
  if(RINGBACK_LLD)
    set(CMAKE_EXE_LINKER_FLAGS_INIT "-fuse-ld=lld${CMAKE_MATCH_1}")
    set(CMAKE_SHARED_LINKER_FLAGS_INIT "-fuse-ld=lld${CMAKE_MATCH_1}")
  endif()
endif()
