# Install rules, the CMake package (find_package(ringback CONFIG)) and the files of pkg-config.
#
# What is installed has four parts, each a component of the same name: library, tls, vectordb, command. Each has a
# folder in cmake/install/, whose rules are left out where the part has not been built: so `cmake --install` works
# after any build, and no CMake package names an archive that is not there.

include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(RINGBACK_PACKAGE_DIR "${CMAKE_INSTALL_LIBDIR}/cmake/ringback")

# ringback_install_only_if_built(<target> <component>): the first rule of a part; the rest of them come after it. All
# other parts need the library: where it is not built, nothing is.
function(ringback_install_only_if_built target component)
  install(CODE "
    if(NOT EXISTS \"$<TARGET_FILE:${target}>\")
      if(CMAKE_INSTALL_COMPONENT OR \"${component}\" STREQUAL \"library\")
        message(FATAL_ERROR \"${component} is not built: cmake --build \\\"${PROJECT_BINARY_DIR}\\\" --target ${target}\")
      endif()
      message(STATUS \"Left out, since it is not built: ${component} (target ${target})\")
      return()
    endif()" COMPONENT ${component})
endfunction()

# ringback_install_pc(<name> <component>): the file of pkg-config.
function(ringback_install_pc name component)
  configure_file("${PROJECT_SOURCE_DIR}/cmake/${name}.pc.in" "${PROJECT_BINARY_DIR}/${name}.pc" @ONLY)
  install(FILES "${PROJECT_BINARY_DIR}/${name}.pc"
    DESTINATION "${CMAKE_INSTALL_LIBDIR}/pkgconfig" COMPONENT ${component})
endfunction()

# Found from its own place, so that what is installed may be moved.
file(RELATIVE_PATH RINGBACK_PC_TO_PREFIX "/${CMAKE_INSTALL_LIBDIR}/pkgconfig" "/")
string(REGEX REPLACE "/$" "" RINGBACK_PC_TO_PREFIX "${RINGBACK_PC_TO_PREFIX}")

add_subdirectory("${PROJECT_SOURCE_DIR}/cmake/install/library")
# All that is installed, by one name: ./dev install builds it.
add_custom_target(ringback_installed DEPENDS ringback)
foreach(part tls vectordb command)
  if(TARGET ringback_${part})
    add_subdirectory("${PROJECT_SOURCE_DIR}/cmake/install/${part}")
    add_dependencies(ringback_installed ringback_${part})
  endif()
endforeach()

if(PROJECT_IS_TOP_LEVEL AND NOT BUILD_SHARED_LIBS)
  include(RingbackPackage)
endif()
