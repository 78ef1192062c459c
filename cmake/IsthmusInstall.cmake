# SPDX-License-Identifier: MIT
# What `make install` puts where, below one prefix that may be moved afterwards: libraries find
# each other by relative paths, and pkg-config files find the prefix from their own place.

set(standins "${CMAKE_INSTALL_LIBDIR}/isthmus")
file(RELATIVE_PATH lib_from_bin "/${CMAKE_INSTALL_BINDIR}" "/${CMAKE_INSTALL_LIBDIR}")

# Libraries and the command.
foreach(library isthmus isthmus-d3d11 isthmus-cuda)
    if(TARGET ${library})
        install(TARGETS ${library} LIBRARY DESTINATION "${CMAKE_INSTALL_LIBDIR}")
    endif()
endforeach()
foreach(major 13 12)
    if(TARGET cudart${major})
        install(TARGETS cudart${major} LIBRARY DESTINATION "${standins}")
    endif()
endforeach()
if(TARGET cudart13)
    install(FILES "${CMAKE_LIBRARY_OUTPUT_DIRECTORY}/isthmus/libcudart.so"
        DESTINATION "${standins}")
endif()
if(TARGET isthmus_tool)
    set_target_properties(isthmus_tool PROPERTIES
        INSTALL_RPATH "$ORIGIN/${lib_from_bin};$ORIGIN/${lib_from_bin}/isthmus")
    install(TARGETS isthmus_tool RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}")
endif()

# Headers: ours, the Windows shims with the links to the distribution's D3D headers, CUDA's.
install(DIRECTORY "${CMAKE_SOURCE_DIR}/include/isthmus"
    DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}")
install(DIRECTORY "${CMAKE_SOURCE_DIR}/include/win32/"
    DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}/isthmus-win32")
install(DIRECTORY "${ISTHMUS_D3D_LINKS}/"
    DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}/isthmus-win32/d3d")
install(DIRECTORY "${CMAKE_SOURCE_DIR}/include/cuda/"
    DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}/isthmus-cuda")

# pkg-config, and man pages where there are some.
file(RELATIVE_PATH prefix_from_pc "/${CMAKE_INSTALL_LIBDIR}/pkgconfig" "/")
string(REGEX REPLACE "/$" "" prefix_from_pc "${prefix_from_pc}")
foreach(name isthmus isthmus-d3d11 isthmus-cuda)
    configure_file("${CMAKE_SOURCE_DIR}/cmake/${name}.pc.in"
        "${CMAKE_BINARY_DIR}/${name}.pc" @ONLY)
    install(FILES "${CMAKE_BINARY_DIR}/${name}.pc"
        DESTINATION "${CMAKE_INSTALL_LIBDIR}/pkgconfig")
endforeach()
file(GLOB man_pages CONFIGURE_DEPENDS "${CMAKE_SOURCE_DIR}/docs/man/*.1")
install(FILES ${man_pages} DESTINATION "${CMAKE_INSTALL_MANDIR}/man1")
