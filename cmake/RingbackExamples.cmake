# Every file of examples/ is a program. The tests run each, and where examples/expected/<name>.txt
# exists compare what it prints with it (tools/run_example says how).

ringback_glob(examples "examples/*.cpp")

# The program in the README is an example too: it is compiled as it stands there.
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/README.md")
file(READ "${PROJECT_SOURCE_DIR}/README.md" readme)
if(readme MATCHES "```cpp\n([^`]*)```")
  set(source "${PROJECT_BINARY_DIR}/generated/readme.cpp")
  file(CONFIGURE OUTPUT "${source}" CONTENT "${CMAKE_MATCH_1}" @ONLY)
  list(APPEND examples "${source}")
endif()

foreach(source IN LISTS examples)
  cmake_path(GET source STEM name)
  file(STRINGS "${source}" uses_vectordb REGEX "#include \"vectordb/" LIMIT_COUNT 1)
  if(uses_vectordb AND NOT TARGET ringback::vectordb)
    continue()
  endif()
  file(STRINGS "${source}" uses_tls REGEX "#include (\"ringback/tls/|<openssl/)" LIMIT_COUNT 1)
  if(uses_tls AND NOT TARGET ringback::tls)
    continue()
  endif()
  add_executable(example_${name} ${source})
  ringback_user_target(example_${name})
  target_link_libraries(example_${name} PRIVATE ringback::ringback)
  if(uses_tls)
    target_link_libraries(example_${name} PRIVATE ringback::tls OpenSSL::Crypto)
  endif()
  if(uses_vectordb)
    target_link_libraries(example_${name} PRIVATE ringback::vectordb)
  endif()
  set_target_properties(example_${name} PROPERTIES
    OUTPUT_NAME ${name}
    RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/examples")

  if(RINGBACK_BUILD_TESTS)
    add_test(NAME examples/${name}
      COMMAND "${PROJECT_SOURCE_DIR}/tools/run_example"
        "$<TARGET_FILE:example_${name}>"
        "${PROJECT_SOURCE_DIR}/examples/expected/${name}.txt")
    set_tests_properties(examples/${name} PROPERTIES LABELS examples TIMEOUT 60)
  endif()
endforeach()

# What the documents quote is what the examples say.
if(RINGBACK_BUILD_TESTS)
  add_test(NAME examples/quotes COMMAND "${PROJECT_SOURCE_DIR}/examples/check_quotes.py")
  set_tests_properties(examples/quotes PROPERTIES LABELS examples)
endif()
