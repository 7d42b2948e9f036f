# Which symbols a library of ours shows to those who link it.
#
# An archive shows none, so that a shared library built on it does not export our symbols too. A shared library
# (BUILD_SHARED_LIBS) shows what a user of the headers needs and nothing else; cmake/exported_symbols.cmake has the rule.

set(RINGBACK_EXPORTED_SCRIPT "${PROJECT_SOURCE_DIR}/cmake/exported_symbols.cmake")

# ringback_exported(<target> [<symbol>...]): the symbols beside those that the rule finds.
function(ringback_exported target)
  get_target_property(type ${target} TYPE)
  if(type STREQUAL "STATIC_LIBRARY")
    set_target_properties(${target} PROPERTIES
      CXX_VISIBILITY_PRESET hidden
      VISIBILITY_INLINES_HIDDEN ON)
    return()
  endif()

  # Before 1.0 a minor version may change an interface: so it is a part of the soname.
  set_target_properties(${target} PROPERTIES
    VERSION ${PROJECT_VERSION}
    SOVERSION "${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR}")

  set(map "${PROJECT_BINARY_DIR}/${target}.map")
  add_custom_command(TARGET ${target} PRE_LINK
    COMMAND "${CMAKE_COMMAND}"
      "-DNM=${CMAKE_NM}" "-DOBJECTS=$<JOIN:$<TARGET_OBJECTS:${target}>,$<SEMICOLON>>" "-DALSO=${ARGN}"
      "-DSOURCE=${PROJECT_SOURCE_DIR}" "-DMAP=${map}"
      -P "${RINGBACK_EXPORTED_SCRIPT}"
    VERBATIM)
  target_link_options(${target} PRIVATE "LINKER:--version-script,${map}")
  set_property(TARGET ${target} APPEND PROPERTY LINK_DEPENDS "${RINGBACK_EXPORTED_SCRIPT}")
endfunction()
