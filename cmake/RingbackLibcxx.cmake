# ringback_uses_libcxx(<out>): whether C++ is compiled with libc++ here, by -stdlib=libc++ or since it is all there is.

include(CheckCXXSourceCompiles)

function(ringback_uses_libcxx out)
  check_cxx_source_compiles("
    #include <version>
    #ifndef _LIBCPP_VERSION
    #error another standard library
    #endif
    int main() {}" RINGBACK_USES_LIBCXX)
  if(RINGBACK_USES_LIBCXX)
    set(${out} ON PARENT_SCOPE)
  else()
    set(${out} OFF PARENT_SCOPE)
  endif()
endfunction()
