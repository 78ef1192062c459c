# SPDX-License-Identifier: MIT
# What programs link with, by the same names in a build that vendors Isthmus (add_subdirectory,
# FetchContent) as from the installed package (isthmusConfig.cmake.in):
#   isthmus::isthmus   ist_*: imports in one call, queries, reasons, log
#   isthmus::d3d11     Direct3D 11, DXGI, Win32 handles, with their headers
#   isthmus::cuda      driver names cu*, with the CUDA headers
#   isthmus::cudart13  runtime names cuda* of CUDA 13, and isthmus::cuda
#   isthmus::cudart12  the same of CUDA 12
#   isthmus::nvidia13         D3D11's types for programs of NVIDIA's runtime, which comes after
#   isthmus::nvidia13-static  the same for programs with that runtime inside; nvidia12 likewise
# Vendored only: isthmus::static_cudart13 and _cudart12, all of it in the program itself.

include(IsthmusStatic)

# isthmus_usage(NAME LINK target...): isthmus::NAME. The libraries themselves keep a bare
# interface: our tests compile against them with NVIDIA's headers, too.
function(isthmus_usage name)
    cmake_parse_arguments(arg "" "" "LINK;DEFINE" ${ARGN})
    add_library(isthmus_use_${name} INTERFACE)
    target_link_libraries(isthmus_use_${name} INTERFACE ${arg_LINK})
    target_compile_definitions(isthmus_use_${name} INTERFACE ${arg_DEFINE})
    add_library(isthmus::${name} ALIAS isthmus_use_${name})
endfunction()

function(isthmus_package_targets)
    if(TARGET isthmus)
        add_library(isthmus::isthmus ALIAS isthmus)
    endif()
    if(TARGET isthmus-d3d11)
        isthmus_usage(d3d11 LINK isthmus-d3d11 isthmus isthmus_win32_headers)
    endif()
    if(TARGET isthmus-cuda)
        isthmus_usage(cuda LINK isthmus-cuda isthmus isthmus_cuda_own)
    endif()
    foreach(major 12 13)
        if(TARGET isthmus-cuda${major})
            isthmus_usage(nvidia${major} LINK isthmus-cuda${major} isthmus)
            isthmus_usage(nvidia${major}-static LINK isthmus-cuda${major}-static)
        endif()
        if(TARGET isthmus_runtime${major})
            isthmus_usage(cudart${major} LINK isthmus_runtime${major} isthmus_use_cuda
                DEFINE ISTHMUS_CUDART_MAJOR=${major})
        endif()
    endforeach()
    isthmus_static_targets()
endfunction()
