# The vector database: every layer of vectordb/ in one target, ringback::vectordb. It stands on the
# public headers of the library, as any other program does.

# Low to high; ARCHITECTURE.md says what lives in each. A folder that is not there yet adds nothing.
set(VECTORDB_LAYERS json point distance text index collection import server client)

# vectordb_layer_files(<out> <layer> <suffix>): as ringback_layer_files.
function(vectordb_layer_files out layer suffix)
  ringback_glob(found "vectordb/${layer}/*${suffix}" "vectordb/${layer}/internal/*${suffix}")
  set(${out} "${found}" PARENT_SCOPE)
endfunction()

set(sources)
set(headers)
foreach(layer IN LISTS VECTORDB_LAYERS)
  vectordb_layer_files(layer_sources ${layer} .cpp)
  vectordb_layer_files(layer_headers ${layer} .h)
  list(APPEND sources ${layer_sources})
  list(APPEND headers ${layer_headers})
endforeach()
list(FILTER sources EXCLUDE REGEX "${RINGBACK_NOT_LIBRARY}")
list(FILTER headers EXCLUDE REGEX "${RINGBACK_NOT_LIBRARY}")

find_package(simdjson REQUIRED)

add_library(ringback_vectordb ${sources})
add_library(ringback::vectordb ALIAS ringback_vectordb)
ringback_own_target(ringback_vectordb)
target_link_libraries(ringback_vectordb PUBLIC ringback PRIVATE simdjson::simdjson)
target_sources(ringback_vectordb PUBLIC
  FILE_SET HEADERS BASE_DIRS "${PROJECT_SOURCE_DIR}" FILES ${headers})
set_target_properties(ringback_vectordb PROPERTIES EXPORT_NAME vectordb)
ringback_exported(ringback_vectordb)

# Scores are the same on every machine: no multiplication and addition melt into one unless written so.
target_compile_options(ringback_vectordb PRIVATE -ffp-contract=off)
# One file for each instruction set; which one runs is seen at run time.
if(CMAKE_SYSTEM_PROCESSOR MATCHES "^(x86_64|AMD64|amd64)$")
  set_source_files_properties(vectordb/distance/internal/avx2.cpp PROPERTIES COMPILE_OPTIONS "-mavx2;-mfma")
  set_source_files_properties(vectordb/distance/internal/avx512.cpp PROPERTIES COMPILE_OPTIONS "-mavx512f")
endif()

if(RINGBACK_BUILD_TESTS)
  foreach(layer IN LISTS VECTORDB_LAYERS)
    vectordb_layer_files(layer_tests ${layer} _test.cpp)
    ringback_add_tests(vectordb_${layer} SOURCES ${layer_tests} LIBRARIES ringback_vectordb)
  endforeach()

  # What crosses its layers.
  ringback_glob(vectordb_tests "tests/vectordb/*_test.cpp")
  ringback_add_tests(vectordb SOURCES ${vectordb_tests} LIBRARIES ringback_vectordb)
endif()

# Clients that others wrote, against a server of ours; see tests/clients/README.md.
if(RINGBACK_BUILD_TESTS)
  add_executable(serve_database "${PROJECT_SOURCE_DIR}/tests/clients/serve_database.cpp")
  ringback_own_target(serve_database)
  target_link_libraries(serve_database PRIVATE ringback_vectordb)
  foreach(client npm curl)
    add_test(NAME clients/${client}
      COMMAND "${PROJECT_SOURCE_DIR}/tests/clients/run"
        "$<TARGET_FILE:serve_database>" "${PROJECT_BINARY_DIR}/clients" ${client})
    set_tests_properties(clients/${client} PROPERTIES LABELS clients TIMEOUT 120 SKIP_RETURN_CODE 77)
  endforeach()
endif()
