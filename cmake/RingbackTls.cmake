# TLS: the sources of ringback/tls/ in a target of their own, ringback::tls, since it needs OpenSSL. The
# library has its headers, and HTTP in it uses them.

find_package(OpenSSL 3.0 REQUIRED)

ringback_layer_files(sources tls .cpp)
list(FILTER sources EXCLUDE REGEX "${RINGBACK_NOT_LIBRARY}")

add_library(ringback_tls ${sources})
add_library(ringback::tls ALIAS ringback_tls)
ringback_own_target(ringback_tls)
target_link_libraries(ringback_tls PUBLIC ringback PRIVATE OpenSSL::SSL OpenSSL::Crypto)
# Whoever links it has https, also where nothing else of it is used; see tls_context.cpp.
target_link_options(ringback_tls INTERFACE "LINKER:--undefined=ringback_tls_is_linked")
set_target_properties(ringback_tls PROPERTIES EXPORT_NAME tls)
ringback_exported(ringback_tls ringback_tls_is_linked)

if(RINGBACK_BUILD_TESTS)
  ringback_layer_files(tls_tests tls _test.cpp)
  ringback_add_tests(tls SOURCES ${tls_tests} LIBRARIES ringback_tls OpenSSL::SSL OpenSSL::Crypto)

  # HTTP over it, and programs that are not ours.
  ringback_glob(secure_tests "tests/tls/*_test.cpp")
  ringback_add_tests(secure SOURCES ${secure_tests} LIBRARIES ringback_tls OpenSSL::SSL OpenSSL::Crypto)
endif()
