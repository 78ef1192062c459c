# SPDX-License-Identifier: MIT
# `make deb`: four Debian packages of the components of IsthmusInstall.cmake, by CPack.
#   libisthmus0     libraries, stand-in runtimes, broker
#   libisthmus-dev  headers, pkg-config files, CMake package, manual section 3
#   isthmus         the command and the conformance suite
#   isthmus-doc     texts and examples
# Configure with CMAKE_INSTALL_PREFIX=/usr: only then libraries go below Debian's folder for the
# architecture.

# The field needs an address. This one can be nobody's (RFC 2606): who hands packages on sets
# their own.
set(ISTHMUS_MAINTAINER "Isthmus contributors <nobody@example.org>" CACHE STRING
    "Who answers for the packages: Name <address>")
set(deb_version "${PROJECT_VERSION}-1")

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME isthmus)
set(CPACK_PACKAGE_VENDOR "Isthmus contributors")
set(CPACK_PACKAGE_VERSION "${PROJECT_VERSION}")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "${PROJECT_DESCRIPTION}")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_THREADS 0)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
    OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
set(CPACK_COMPONENTS_ALL runtime development command documents)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_RELEASE 1)
set(CPACK_DEBIAN_PACKAGE_MAINTAINER "${ISTHMUS_MAINTAINER}")
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS_PRIVATE_DIRS
    "${PROJECT_BINARY_DIR}/lib" "${PROJECT_BINARY_DIR}/lib/isthmus")
# Copyright, changelog, compressed manual pages: what every Debian package has.
set(CPACK_PRE_BUILD_SCRIPTS "${PROJECT_SOURCE_DIR}/cmake/deb-finish.cmake")
set(CPACK_ISTHMUS_SOURCE "${PROJECT_SOURCE_DIR}")

# isthmus_package(COMPONENT NAME SECTION "description" DEPENDS): one package's own words.
macro(isthmus_package component name section description depends)
    string(TOUPPER ${component} upper)
    set(CPACK_DEBIAN_${upper}_PACKAGE_NAME ${name})
    set(CPACK_DEBIAN_${upper}_PACKAGE_SECTION ${section})
    set(CPACK_DEBIAN_${upper}_PACKAGE_DEPENDS "${depends}")
    set(CPACK_DEBIAN_${upper}_DESCRIPTION
"Programs that share Direct3D 11 textures, buffers, fences and keyed
mutexes with CUDA run on Linux by the calls that they make on Windows:
on any machine without a GPU, and on NVIDIA's GPUs with its driver.
.
This package has ${description}.")
endmacro()

# The D3D headers that ours link to, and whose package has them.
file(READ_SYMLINK "${ISTHMUS_D3D_LINKS}/d3d11.h" d3d_header)
set(d3d_package mingw-w64-common)
if(d3d_header MATCHES wine)
    set(d3d_package libwine-dev)
endif()

isthmus_package(runtime libisthmus0 libs
    "the libraries, the stand-in CUDA runtimes and the broker" "")
set(CPACK_DEBIAN_RUNTIME_PACKAGE_SHLIBDEPS ON)
isthmus_package(development libisthmus-dev libdevel
    "headers, pkg-config files, the CMake package and the manual
of the functions"
    "libisthmus0 (= ${deb_version}), libc6-dev, ${d3d_package}")
isthmus_package(command isthmus devel
    "the command isthmus and the conformance suite" "libisthmus0 (= ${deb_version})")
set(CPACK_DEBIAN_COMMAND_PACKAGE_SHLIBDEPS ON)
isthmus_package(documents isthmus-doc doc "texts and examples" "")
set(CPACK_DEBIAN_DOCUMENTS_PACKAGE_ARCHITECTURE all)

# Which package has our libraries: for dpkg-shlibdeps of others. The stand-ins are not named:
# a program for CUDA must not come to depend on us.
file(WRITE "${PROJECT_BINARY_DIR}/deb/shlibs"
    "libisthmus 0 libisthmus0 (>= ${PROJECT_VERSION})\n"
    "libisthmus-d3d11 0 libisthmus0 (>= ${PROJECT_VERSION})\n"
    "libisthmus-cuda 0 libisthmus0 (>= ${PROJECT_VERSION})\n"
    "libisthmus-cuda12 0 libisthmus0 (>= ${PROJECT_VERSION})\n"
    "libisthmus-cuda13 0 libisthmus0 (>= ${PROJECT_VERSION})\n")
file(WRITE "${PROJECT_BINARY_DIR}/deb/triggers" "activate-noawait ldconfig\n")
set(CPACK_DEBIAN_RUNTIME_PACKAGE_CONTROL_EXTRA
    "${PROJECT_BINARY_DIR}/deb/shlibs;${PROJECT_BINARY_DIR}/deb/triggers")

include(CPack)
