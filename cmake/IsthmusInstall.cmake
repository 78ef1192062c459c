# SPDX-License-Identifier: MIT
# What `make install` puts where, below one prefix that may be moved afterwards: libraries find
# each other by relative paths, pkg-config files and the CMake package find the prefix from
# their own place. The components are the Debian packages of IsthmusPackages.cmake: runtime,
# development, command, documents.

include(CMakePackageConfigHelpers)

set(standins "${CMAKE_INSTALL_LIBDIR}/isthmus")
set(libexec "${CMAKE_INSTALL_LIBEXECDIR}/isthmus")
file(RELATIVE_PATH lib_from_bin "/${CMAKE_INSTALL_BINDIR}" "/${CMAKE_INSTALL_LIBDIR}")
file(RELATIVE_PATH lib_from_libexec "/${libexec}" "/${CMAKE_INSTALL_LIBDIR}")

# Libraries and the command.
foreach(library isthmus isthmus-d3d11 isthmus-cuda isthmus-cuda12 isthmus-cuda13)
    if(TARGET ${library})
        install(TARGETS ${library} LIBRARY DESTINATION "${CMAKE_INSTALL_LIBDIR}"
            COMPONENT runtime NAMELINK_COMPONENT development)
    endif()
endforeach()
foreach(major 13 12)
    if(TARGET isthmus-cuda${major}-static)
        install(TARGETS isthmus-cuda${major}-static
            ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}" COMPONENT development)
    endif()
    if(TARGET cudart${major})
        install(TARGETS cudart${major} LIBRARY DESTINATION "${standins}" COMPONENT runtime)
    endif()
endforeach()
if(TARGET cudart13)
    install(FILES "${CMAKE_LIBRARY_OUTPUT_DIRECTORY}/isthmus/libcudart.so"
        DESTINATION "${standins}" COMPONENT development)
endif()
if(TARGET isthmus_tool)
    set_target_properties(isthmus_tool PROPERTIES
        INSTALL_RPATH "$ORIGIN/${lib_from_bin};$ORIGIN/${lib_from_bin}/isthmus")
    install(TARGETS isthmus_tool RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}"
        COMPONENT command)
endif()
if(TARGET isthmus_conformance)
    set_target_properties(isthmus_conformance PROPERTIES
        INSTALL_RPATH "$ORIGIN/${lib_from_libexec};$ORIGIN/${lib_from_libexec}/isthmus")
    install(TARGETS isthmus_conformance RUNTIME DESTINATION "${libexec}" COMPONENT command)
endif()
if(TARGET isthmus_broker)
    install(TARGETS isthmus_broker RUNTIME DESTINATION "${libexec}" COMPONENT runtime)
endif()

# Headers: ours, the Windows shims with the links to the distribution's D3D headers, CUDA's.
install(DIRECTORY "${PROJECT_SOURCE_DIR}/include/isthmus"
    DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}" COMPONENT development)
install(DIRECTORY "${PROJECT_SOURCE_DIR}/include/win32/"
    DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}/isthmus-win32" COMPONENT development)
install(DIRECTORY "${ISTHMUS_D3D_LINKS}/"
    DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}/isthmus-win32/d3d" COMPONENT development)
install(DIRECTORY "${PROJECT_SOURCE_DIR}/include/cuda/"
    DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}/isthmus-cuda" COMPONENT development)

# pkg-config.
file(RELATIVE_PATH prefix_from_pc "/${CMAKE_INSTALL_LIBDIR}/pkgconfig" "/")
string(REGEX REPLACE "/$" "" prefix_from_pc "${prefix_from_pc}")
foreach(name isthmus isthmus-d3d11 isthmus-cuda)
    configure_file("${PROJECT_SOURCE_DIR}/cmake/${name}.pc.in"
        "${PROJECT_BINARY_DIR}/${name}.pc" @ONLY)
    install(FILES "${PROJECT_BINARY_DIR}/${name}.pc"
        DESTINATION "${CMAKE_INSTALL_LIBDIR}/pkgconfig" COMPONENT development)
endforeach()
foreach(major 12 13)
    set(wrap_flags "${ISTHMUS_WRAP${major}}")
    configure_file("${PROJECT_SOURCE_DIR}/cmake/isthmus-cuda-real.pc.in"
        "${PROJECT_BINARY_DIR}/isthmus-cuda${major}.pc" @ONLY)
    install(FILES "${PROJECT_BINARY_DIR}/isthmus-cuda${major}.pc"
        DESTINATION "${CMAKE_INSTALL_LIBDIR}/pkgconfig" COMPONENT development)
endforeach()

# The CMake package. Before 1.0 a new minor version may break programs.
configure_package_config_file("${PROJECT_SOURCE_DIR}/cmake/isthmusConfig.cmake.in"
    "${PROJECT_BINARY_DIR}/isthmusConfig.cmake"
    INSTALL_DESTINATION "${CMAKE_INSTALL_LIBDIR}/cmake/isthmus"
    PATH_VARS CMAKE_INSTALL_LIBDIR CMAKE_INSTALL_INCLUDEDIR)
write_basic_package_version_file("${PROJECT_BINARY_DIR}/isthmusConfigVersion.cmake"
    COMPATIBILITY SameMinorVersion)
install(FILES "${PROJECT_BINARY_DIR}/isthmusConfig.cmake"
    "${PROJECT_BINARY_DIR}/isthmusConfigVersion.cmake"
    DESTINATION "${CMAKE_INSTALL_LIBDIR}/cmake/isthmus" COMPONENT development)

# A manual page describes a group of functions; each of them finds it by a page of one line. The
# names are those of the page's NAME section, where they stand before the \-.
function(isthmus_manual_links var)
    set(links)
    foreach(page IN LISTS ARGN)
        set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${page}")
        cmake_path(GET page STEM main)
        file(READ "${page}" text)
        string(REGEX MATCH "\n\\.SH NAME\n([^\\]*)" names "${text}")
        string(REGEX MATCHALL "[a-z0-9_]+" names "${CMAKE_MATCH_1}")
        list(REMOVE_ITEM names ${main})
        foreach(name IN LISTS names)
            file(CONFIGURE OUTPUT "${PROJECT_BINARY_DIR}/man/${name}.3"
                CONTENT ".so man3/${main}.3\n")
            list(APPEND links "${PROJECT_BINARY_DIR}/man/${name}.3")
        endforeach()
    endforeach()
    set(${var} ${links} PARENT_SCOPE)
endfunction()

set(manuals "${PROJECT_SOURCE_DIR}/docs/man")
file(GLOB pages CONFIGURE_DEPENDS "${manuals}/*.1")
install(FILES ${pages} DESTINATION "${CMAKE_INSTALL_MANDIR}/man1" COMPONENT command)
file(GLOB pages CONFIGURE_DEPENDS "${manuals}/*.8")
install(FILES ${pages} DESTINATION "${CMAKE_INSTALL_MANDIR}/man8" COMPONENT runtime)
file(GLOB pages CONFIGURE_DEPENDS "${manuals}/*.3")
isthmus_manual_links(links ${pages})
install(FILES ${pages} ${links}
    DESTINATION "${CMAKE_INSTALL_MANDIR}/man3" COMPONENT development)

# Texts and examples, in the folders that the texts point to.
set(texts "${CMAKE_INSTALL_DATADIR}/doc/isthmus")
install(FILES "${PROJECT_SOURCE_DIR}/README.md" DESTINATION "${texts}" COMPONENT documents)
install(DIRECTORY "${PROJECT_SOURCE_DIR}/docs" "${PROJECT_SOURCE_DIR}/examples"
    DESTINATION "${texts}" COMPONENT documents
    FILES_MATCHING PATTERN "*.md" PATTERN "*.c" PATTERN "*.png" PATTERN man EXCLUDE)
