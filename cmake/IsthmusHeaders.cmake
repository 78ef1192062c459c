# SPDX-License-Identifier: MIT
# The header sets that programs of the two vendors' worlds are compiled with.
#   isthmus_win32_headers  our shims, then the distribution's D3D headers: a folder of links
#   isthmus_cuda_own       our CUDA declarations: what src/cuda implements
#   isthmus_cuda_headers   for tests: the same, or NVIDIA's if ISTHMUS_CUDA_HEADERS names them

set(ISTHMUS_D3D_LINKS "${PROJECT_BINARY_DIR}/d3d-headers")

# Fills the folder of links. Without the distribution's headers nothing useful can be built.
function(isthmus_link_d3d_headers)
    set(script "${PROJECT_SOURCE_DIR}/scripts/d3d-headers")
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${script}")
    execute_process(COMMAND sh "${script}" "${ISTHMUS_D3D_LINKS}"
        RESULT_VARIABLE failed OUTPUT_VARIABLE said ERROR_VARIABLE said
        OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_STRIP_TRAILING_WHITESPACE)
    if(failed)
        message(FATAL_ERROR "D3D headers: ${said}")
    else()
        message(STATUS "D3D headers: ${said}")
    endif()
endfunction()

isthmus_link_d3d_headers()

add_library(isthmus_win32_headers INTERFACE)
target_include_directories(isthmus_win32_headers SYSTEM INTERFACE
    "${PROJECT_SOURCE_DIR}/include/win32" "${ISTHMUS_D3D_LINKS}")

add_library(isthmus_cuda_own INTERFACE)
target_include_directories(isthmus_cuda_own INTERFACE "${PROJECT_SOURCE_DIR}/include/cuda")

add_library(isthmus_cuda_headers INTERFACE)
if(ISTHMUS_CUDA_HEADERS)
    target_include_directories(isthmus_cuda_headers SYSTEM INTERFACE "${ISTHMUS_CUDA_HEADERS}")
    target_compile_options(isthmus_cuda_headers INTERFACE
        -include "${PROJECT_SOURCE_DIR}/include/cuda/isthmus_cuda_types.h")
else()
    target_include_directories(isthmus_cuda_headers SYSTEM INTERFACE
        "${PROJECT_SOURCE_DIR}/include/cuda")
endif()
