# SPDX-License-Identifier: MIT
# How our libraries are made: hidden by default, every export in a version script.

# isthmus_sources(VAR DIR...): the C files right in these folders.
function(isthmus_sources var)
    list(TRANSFORM ARGN PREPEND "${PROJECT_SOURCE_DIR}/")
    list(TRANSFORM ARGN APPEND "/*.c")
    file(GLOB found CONFIGURE_DEPENDS ${ARGN})
    set(${var} ${found} PARENT_SCOPE)
endfunction()

# A library that resolves everything it uses, and exports only what its map says. Sanitizers
# find their runtime in the program, so with them the first half cannot be asked for.
function(isthmus_limit_symbols target map)
    target_link_options(${target} PRIVATE "LINKER:--version-script=${map}")
    if(NOT ISTHMUS_SANITIZE)
        target_link_options(${target} PRIVATE LINKER:-z,defs)
    endif()
    set_property(TARGET ${target} APPEND PROPERTY LINK_DEPENDS "${map}")
endfunction()

# isthmus_shared_library(NAME MAP file SOURCES file...): libNAME.so.0
function(isthmus_shared_library name)
    cmake_parse_arguments(arg "" "MAP" "SOURCES" ${ARGN})
    cmake_path(ABSOLUTE_PATH arg_MAP BASE_DIRECTORY "${PROJECT_SOURCE_DIR}")
    add_library(${name} SHARED ${arg_SOURCES})
    target_link_libraries(${name} PRIVATE isthmus_flags)
    target_include_directories(${name}
        PRIVATE "${PROJECT_SOURCE_DIR}/src" INTERFACE "${PROJECT_SOURCE_DIR}/include")
    target_include_directories(${name} PRIVATE "${PROJECT_SOURCE_DIR}/include")
    set_target_properties(${name} PROPERTIES SOVERSION 0 INSTALL_RPATH "$ORIGIN")
    if(TARGET isthmus_map) # make, other than ninja, takes no order from LINK_DEPENDS
        add_dependencies(${name} isthmus_map)
    endif()
    isthmus_limit_symbols(${name} "${arg_MAP}")
endfunction()

# What interop.h promises, by public names of D3D11 and CUDA. Part of libisthmus.so; an archive
# for the unit tests that reach what it hides.
function(isthmus_interop_objects)
    isthmus_sources(sources src/interop)
    add_library(isthmus_interop_objects OBJECT ${sources})
    target_link_libraries(isthmus_interop_objects PRIVATE
        isthmus_flags isthmus_win32_headers isthmus_cuda_own Threads::Threads)
    target_include_directories(isthmus_interop_objects PRIVATE
        "${PROJECT_SOURCE_DIR}/src" "${PROJECT_SOURCE_DIR}/include")
    add_library(isthmus_interop_internal STATIC
        $<TARGET_OBJECTS:isthmus_interop_objects> src/api/structs.c)
    target_link_libraries(isthmus_interop_internal PRIVATE isthmus_flags)
    target_include_directories(isthmus_interop_internal PUBLIC
        "${PROJECT_SOURCE_DIR}/src" "${PROJECT_SOURCE_DIR}/include")
endfunction()

# The core's map, made from the headers at build time: nobody's build breaks on a stale list.
# `make lint` compares it with src/isthmus.map, `make exports` brings that up to date.
function(isthmus_core_map var)
    set(map "${PROJECT_BINARY_DIR}/isthmus.map")
    file(GLOB_RECURSE headers CONFIGURE_DEPENDS
        "${PROJECT_SOURCE_DIR}/include/isthmus/*.h" "${PROJECT_SOURCE_DIR}/src/*.h")
    add_custom_command(OUTPUT "${map}"
        COMMAND sh "${PROJECT_SOURCE_DIR}/scripts/exports" --map > "${map}"
        DEPENDS ${headers} "${PROJECT_SOURCE_DIR}/scripts/exports" VERBATIM)
    add_custom_target(isthmus_map DEPENDS "${map}")
    set(${var} "${map}" PARENT_SCOPE)
endfunction()

# The list of a stand-in's exports; until there is one in the tree, a pattern.
function(isthmus_runtime_map var major)
    set(map "${PROJECT_SOURCE_DIR}/src/cuda/runtime/cudart${major}.map")
    if(NOT EXISTS "${map}")
        set(map "${PROJECT_BINARY_DIR}/cudart${major}.map")
        file(CONFIGURE OUTPUT "${map}"
            CONTENT "libcudart.so.${major} { global: cuda*; __cuda*; local: *; };\n")
    endif()
    set(${var} "${map}" PARENT_SCOPE)
endfunction()

# isthmus_runtime(MAJOR): lib/isthmus/libcudart.so.MAJOR under NVIDIA's name and version node.
# Consumers link isthmus_runtimeMAJOR: CMake cannot give two targets the same OUTPUT_NAME with
# different SOVERSIONs in one folder, so the name is spelled by hand and imported again.
function(isthmus_runtime major)
    set(name cudart${major})
    set(folder "${CMAKE_LIBRARY_OUTPUT_DIRECTORY}/isthmus")
    isthmus_runtime_map(map ${major})
    add_library(${name} SHARED ${runtime_sources})
    target_compile_definitions(${name} PRIVATE ISTCU_ABI=${major})
    target_include_directories(${name}
        PRIVATE "${PROJECT_SOURCE_DIR}/src" "${PROJECT_SOURCE_DIR}/include")
    target_link_libraries(${name}
        PRIVATE isthmus_flags isthmus_cuda_own isthmus-cuda isthmus Threads::Threads)
    isthmus_limit_symbols(${name} "${map}")
    target_link_options(${name} PRIVATE "LINKER:-soname,libcudart.so.${major}")
    set_target_properties(${name} PROPERTIES
        OUTPUT_NAME cudart SUFFIX .so.${major} NO_SONAME ON
        LIBRARY_OUTPUT_DIRECTORY "${folder}" INSTALL_RPATH "$ORIGIN/..")
    if(major EQUAL 13)
        add_custom_command(TARGET ${name} POST_BUILD
            COMMAND ${CMAKE_COMMAND} -E create_symlink libcudart.so.13 "${folder}/libcudart.so")
    endif()

    add_library(isthmus_runtime${major} SHARED IMPORTED GLOBAL)
    add_dependencies(isthmus_runtime${major} ${name})
    set_target_properties(isthmus_runtime${major} PROPERTIES
        IMPORTED_LOCATION "${folder}/libcudart.so.${major}"
        IMPORTED_SONAME libcudart.so.${major})
endfunction()

# The command: its parts as an archive, so that unit tests reach them, and main().
function(isthmus_tool)
    add_library(isthmus_tool_parts STATIC ${tool_sources})
    target_include_directories(isthmus_tool_parts
        PUBLIC "${PROJECT_SOURCE_DIR}/tools" "${PROJECT_SOURCE_DIR}/include")
    target_link_libraries(isthmus_tool_parts PUBLIC
        isthmus_flags isthmus_win32_headers isthmus_cuda_own
        isthmus_runtime13 isthmus-d3d11 isthmus-cuda isthmus PNG::PNG Threads::Threads m)

    # In the build folder libexec lies beside bin; an installation may differ.
    set(libexec_from_bin "../libexec")
    file(RELATIVE_PATH installed "/${CMAKE_INSTALL_BINDIR}" "/${CMAKE_INSTALL_LIBEXECDIR}")
    if(NOT installed STREQUAL libexec_from_bin)
        message(STATUS "isthmus conformance looks in ${installed} and in ${libexec_from_bin}")
    endif()
    set_source_files_properties(tools/conformance.c PROPERTIES
        COMPILE_DEFINITIONS ISTHMUS_LIBEXEC_INSTALLED="${installed}")

    add_executable(isthmus_tool tools/main.c)
    target_link_libraries(isthmus_tool PRIVATE isthmus_tool_parts)
    set_target_properties(isthmus_tool PROPERTIES OUTPUT_NAME isthmus
        BUILD_RPATH "$ORIGIN/../lib;$ORIGIN/../lib/isthmus")
endfunction()

# The conformance suite as a program for `isthmus conformance`, in libexec. A case file includes
# no header of ours; probe_linux.c asks what no public call shows.
function(isthmus_conformance)
    file(GLOB sources CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/tests/conformance/*.c")
    list(FILTER sources EXCLUDE REGEX "_windows\\.c$")
    add_executable(isthmus_conformance ${sources})
    target_link_libraries(isthmus_conformance PRIVATE isthmus_flags isthmus_win32_headers
        isthmus_cuda_own isthmus_runtime13 isthmus-d3d11 isthmus-cuda isthmus Threads::Threads)
    add_dependencies(isthmus_tool_parts isthmus_conformance) # which starts it
    set_target_properties(isthmus_conformance PROPERTIES OUTPUT_NAME isthmus-conformance
        RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/libexec/isthmus"
        BUILD_RPATH "$ORIGIN/../../lib;$ORIGIN/../../lib/isthmus")
endfunction()
