# The packages of ./dev package, by CPack: libringback-dev has the archives, headers and what finds them, ringback the
# command. Made on the Debian that is to use them: archives of C++ and the names of libraries differ between releases.

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME ringback)
set(CPACK_PACKAGE_VERSION "${PROJECT_VERSION}")
set(CPACK_PACKAGE_VENDOR Ringback)
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "asynchronous C++20 runtime, and a vector database on it")
set(CPACK_VERBATIM_VARIABLES ON)
set(CPACK_STRIP_FILES ON)
set(CPACK_PACKAGE_DIRECTORY "${PROJECT_SOURCE_DIR}/out/packages")
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
  OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)

# Who packages it is asked as Debian's own tools ask: by DEBFULLNAME and DEBEMAIL.
set(name "$ENV{DEBFULLNAME}")
set(address "$ENV{DEBEMAIL}")
if(NOT name)
  set(name "Ringback maintainers")
endif()
if(NOT address)
  set(address "maintainers@ringback.invalid")
endif()
set(CPACK_PACKAGE_CONTACT "${name} <${address}>")

set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_COMPONENTS_GROUPING ONE_PER_GROUP)
set(CPACK_COMPONENTS_ALL library tls vectordb command)
set(CPACK_COMPONENT_LIBRARY_GROUP development)
set(CPACK_COMPONENT_TLS_GROUP development)
set(CPACK_COMPONENT_VECTORDB_GROUP development)
set(CPACK_COMPONENT_COMMAND_GROUP program)

set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_RELEASE 1)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)

set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_NAME libringback-dev)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_DEPENDS "liburing-dev, libssl-dev (>= 3), libsimdjson-dev")
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_SUGGESTS "clang-19 | g++-14, cmake (>= 3.25), pkg-config")
set(CPACK_DEBIAN_DEVELOPMENT_DESCRIPTION "Ringback runs one operation inline, on an event loop or on a pool of threads,
and waits for it by blocking, by a callback, by a future or by co_await, with
the same results, errors, deadlines and cancellation in each. It has files,
sockets, HTTP, TLS and processes over io_uring or epoll.
.
This package has the archives, the headers, the CMake package
(find_package(ringback), with the components tls and vectordb) and the files of
pkg-config (ringback, ringback-tls, ringback-vectordb).")

set(CPACK_DEBIAN_PROGRAM_PACKAGE_NAME ringback)
set(CPACK_DEBIAN_PROGRAM_PACKAGE_SECTION database)
set(CPACK_DEBIAN_PROGRAM_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PROGRAM_DESCRIPTION "The command ringback serves a vector database that clients of Qdrant speak to,
loads texts into it and searches them.")

include(CPack)

# What Debian wants beside the files: under which terms, and what is new.
if(CMAKE_INSTALL_PREFIX STREQUAL "/usr")
  string(TIMESTAMP when "%a, %d %b %Y %H:%M:%S +0000" UTC)
  file(CONFIGURE OUTPUT "${PROJECT_BINARY_DIR}/package/changelog.Debian" @ONLY
    CONTENT "ringback (@PROJECT_VERSION@-1) unstable; urgency=medium

  * Version @PROJECT_VERSION@: see changelog.gz.

 -- @CPACK_PACKAGE_CONTACT@  @when@
")
  foreach(log changelog.Debian changelog)
    set(from "${PROJECT_BINARY_DIR}/package/changelog.Debian")
    if(log STREQUAL "changelog")
      set(from "${PROJECT_SOURCE_DIR}/CHANGELOG.md")
    endif()
    execute_process(COMMAND gzip -9nc "${from}"
      OUTPUT_FILE "${PROJECT_BINARY_DIR}/package/${log}.gz" COMMAND_ERROR_IS_FATAL ANY)
  endforeach()
  foreach(part library:libringback-dev command:ringback)
    string(REPLACE ":" ";" part "${part}")
    list(GET part 0 component)
    list(GET part 1 package)
    install(FILES
      "${PROJECT_SOURCE_DIR}/cmake/copyright"
      "${PROJECT_BINARY_DIR}/package/changelog.gz"
      "${PROJECT_BINARY_DIR}/package/changelog.Debian.gz"
      DESTINATION "share/doc/${package}" COMPONENT ${component})
  endforeach()
endif()
