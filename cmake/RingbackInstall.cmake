# Install rules, the CMake package (find_package(ringback CONFIG)) and the pkg-config file.

include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(package_dir "${CMAKE_INSTALL_LIBDIR}/cmake/ringback")

install(TARGETS ringback EXPORT ringback
  ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}"
  LIBRARY DESTINATION "${CMAKE_INSTALL_LIBDIR}"
  FILE_SET HEADERS DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}")
if(TARGET ringback_command)
  install(TARGETS ringback_command RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}")
endif()

# Components, since they need more than the library does: find_package(ringback COMPONENTS tls vectordb).
if(TARGET ringback_tls)
  set_target_properties(ringback_tls PROPERTIES EXPORT_NAME tls)
  install(TARGETS ringback_tls EXPORT ringback_tls
    ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}")
  install(EXPORT ringback_tls
    NAMESPACE ringback::
    FILE ringbackTlsTargets.cmake
    DESTINATION "${package_dir}")
endif()
if(TARGET ringback_vectordb)
  set_target_properties(ringback_vectordb PROPERTIES EXPORT_NAME vectordb)
  install(TARGETS ringback_vectordb EXPORT ringback_vectordb
    ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}"
    FILE_SET HEADERS DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}")
  install(EXPORT ringback_vectordb
    NAMESPACE ringback::
    FILE ringbackVectordbTargets.cmake
    DESTINATION "${package_dir}")
endif()

install(EXPORT ringback
  NAMESPACE ringback::
  FILE ringbackTargets.cmake
  DESTINATION "${package_dir}")

configure_package_config_file(
  "${PROJECT_SOURCE_DIR}/cmake/ringbackConfig.cmake.in"
  "${PROJECT_BINARY_DIR}/ringbackConfig.cmake"
  INSTALL_DESTINATION "${package_dir}")
write_basic_package_version_file(
  "${PROJECT_BINARY_DIR}/ringbackConfigVersion.cmake"
  COMPATIBILITY SameMinorVersion)
install(FILES
  "${PROJECT_BINARY_DIR}/ringbackConfig.cmake"
  "${PROJECT_BINARY_DIR}/ringbackConfigVersion.cmake"
  "${PROJECT_SOURCE_DIR}/cmake/FindLiburing.cmake"
  DESTINATION "${package_dir}")

# Found from its own place, so that what is installed may be moved.
file(RELATIVE_PATH RINGBACK_PC_TO_PREFIX "/${CMAKE_INSTALL_LIBDIR}/pkgconfig" "/")
string(REGEX REPLACE "/$" "" RINGBACK_PC_TO_PREFIX "${RINGBACK_PC_TO_PREFIX}")
# The archive of liburing where it was found, for the reason in FindLiburing.cmake.
if(LIBURING_LIBRARY MATCHES "\\.a$")
  set(RINGBACK_PC_LIBURING "-l:liburing.a")
else()
  set(RINGBACK_PC_LIBURING "-luring")
endif()
configure_file(
  "${PROJECT_SOURCE_DIR}/cmake/ringback.pc.in"
  "${PROJECT_BINARY_DIR}/ringback.pc" @ONLY)
install(FILES "${PROJECT_BINARY_DIR}/ringback.pc"
  DESTINATION "${CMAKE_INSTALL_LIBDIR}/pkgconfig")
if(TARGET ringback_tls)
  configure_file(
    "${PROJECT_SOURCE_DIR}/cmake/ringback-tls.pc.in"
    "${PROJECT_BINARY_DIR}/ringback-tls.pc" @ONLY)
  install(FILES "${PROJECT_BINARY_DIR}/ringback-tls.pc"
    DESTINATION "${CMAKE_INSTALL_LIBDIR}/pkgconfig")
endif()
