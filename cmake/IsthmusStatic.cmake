# SPDX-License-Identifier: MIT
# All of Isthmus inside a program, for builds that vendor it: archives of the very objects that
# the shared libraries are linked of, made when something asks for them.
#   isthmus::static_cudart13   ist_*, D3D11, Win32, cu* and the runtime names cuda* of CUDA 13
#   isthmus::static_cudart12   the same with those of CUDA 12
# Each archive has one object for each library, in which what the library hides is local: no
# name of ours can meet one of the program's. The program exports what it has of us
# (-rdynamic), because interop.h and plugins look the driver's names up at run time; and it has
# them (--undefined) also if it calls none of them itself.

# isthmus_archive(NAME OBJECTS-OF target...): lib/libNAME.a from these libraries' objects.
function(isthmus_archive name)
    set(objects)
    foreach(target IN LISTS ARGN)
        list(APPEND objects "$<TARGET_OBJECTS:${target}>")
    endforeach()
    set(object "${PROJECT_BINARY_DIR}/lib/${name}.o")
    set(archive "${PROJECT_BINARY_DIR}/lib/lib${name}.a")
    add_custom_command(OUTPUT "${archive}"
        COMMAND "${CMAKE_LINKER}" -r -o "${object}" ${objects}
        COMMAND "${CMAKE_OBJCOPY}" --localize-hidden "${object}"
        COMMAND "${CMAKE_COMMAND}" -E rm -f "${archive}"
        COMMAND "${CMAKE_AR}" rcs "${archive}" "${object}"
        DEPENDS ${objects} COMMAND_EXPAND_LISTS VERBATIM)
    add_custom_target(${name}_archive DEPENDS "${archive}")
    add_dependencies(${name}_archive ${ARGN})
    add_library(${name} STATIC IMPORTED GLOBAL)
    add_dependencies(${name} ${name}_archive)
    set_target_properties(${name} PROPERTIES IMPORTED_LOCATION "${archive}")
endfunction()

function(isthmus_static_targets)
    if(NOT CMAKE_OBJCOPY OR ISTHMUS_SANITIZE OR NOT TARGET cudart13)
        return()
    endif()
    isthmus_archive(isthmus_static_core isthmus_objects isthmus_interop_objects)
    isthmus_archive(isthmus_static_d3d11 isthmus-d3d11)
    isthmus_archive(isthmus_static_cuda isthmus-cuda)
    foreach(major 12 13)
        isthmus_archive(isthmus_static_runtime${major} cudart${major})
        isthmus_usage(static_cudart${major} DEFINE ISTHMUS_CUDART_MAJOR=${major}
            LINK isthmus_static_runtime${major} isthmus_static_cuda isthmus_static_d3d11
                isthmus_static_core isthmus_win32_headers isthmus_cuda_own Threads::Threads
                ${CMAKE_DL_LIBS})
        target_link_options(isthmus_use_static_cudart${major} INTERFACE -rdynamic
            LINKER:--undefined=cuInit LINKER:--undefined=CloseHandle)
        target_include_directories(isthmus_use_static_cudart${major} INTERFACE
            "${PROJECT_SOURCE_DIR}/include")
        add_dependencies(isthmus_use_static_cudart${major} isthmus_broker)
    endforeach()
endfunction()
