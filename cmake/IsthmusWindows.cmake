# SPDX-License-Identifier: MIT
# What is built for Windows: isthmus.dll with its import library (the API of interop.h and the
# reasons, over NVIDIA's driver), its tests against fakes, the examples that use it, and the
# conformance suite. D3D11 and CUDA are Windows' and NVIDIA's there.

list(APPEND CMAKE_MODULE_PATH "${CMAKE_SOURCE_DIR}/cmake")
include(IsthmusFlags)
include(IsthmusLibrary)

# Formats are checked by the Linux build: here %zu and %llu are what mingw's own stdio takes.
add_library(isthmus_windows INTERFACE)
target_link_libraries(isthmus_windows INTERFACE isthmus_flags)
target_compile_definitions(isthmus_windows INTERFACE
    __USE_MINGW_ANSI_STDIO=1 _WIN32_WINNT=0x0A00)
target_compile_options(isthmus_windows INTERFACE -Wno-format -Wno-attributes)
target_include_directories(isthmus_windows INTERFACE "${CMAKE_SOURCE_DIR}/include")
target_include_directories(isthmus_windows SYSTEM INTERFACE "${CMAKE_SOURCE_DIR}/include/cuda")

# 1. The library. It needs nothing but Windows' own libraries: -static takes mingw's in.
isthmus_sources(interop_sources src/interop)
add_library(isthmus SHARED ${interop_sources}
    src/base/log.c src/core/format.c src/core/layout.c src/core/status.c
    src/api/isthmus.c src/api/query_cuda_format.c src/api/query_format.c
    src/api/query_layout.c src/api/structs.c
    src/isthmus-windows.def)
target_link_libraries(isthmus PRIVATE isthmus_windows -lpthread)
target_include_directories(isthmus PRIVATE src INTERFACE include)
# The report of live objects is of the Linux core and takes a FILE, which another C library than
# ours could not read: it is not exported, so nothing can call what is left open here.
target_link_options(isthmus PRIVATE -static LINKER:--defsym,live_report=ist_version)
set_target_properties(isthmus PROPERTIES
    PREFIX "" IMPORT_PREFIX "lib" RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/bin"
    ARCHIVE_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/lib")

# A program in a folder of its own, with a copy of the library beside it: Windows looks there.
function(isthmus_program target folder)
    add_executable(${target} ${ARGN})
    target_link_libraries(${target} PRIVATE isthmus_windows isthmus)
    target_link_options(${target} PRIVATE -static)
    set_target_properties(${target} PROPERTIES
        RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/${folder}")
    add_custom_command(TARGET ${target} POST_BUILD
        COMMAND ${CMAKE_COMMAND} -E copy_if_different $<TARGET_FILE:isthmus>
            "${CMAKE_BINARY_DIR}/${folder}" VERBATIM)
endfunction()

# 2. The tests: nvcuda.dll and d3d11.dll of their own, which write down what is called.
function(isthmus_fake name)
    add_library(fake_${name} SHARED ${ARGN})
    target_link_libraries(fake_${name} PRIVATE isthmus_windows)
    target_link_options(fake_${name} PRIVATE -static LINKER:--export-all-symbols)
    set_target_properties(fake_${name} PROPERTIES
        PREFIX "" OUTPUT_NAME ${name} RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/fakes"
        ARCHIVE_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/fakes")
endfunction()

isthmus_fake(nvcuda tests/windows/fake_record.c tests/windows/fake_cuda.c)
isthmus_fake(d3d11 tests/windows/fake_d3d11.c)
target_link_libraries(fake_d3d11 PRIVATE fake_nvcuda)
isthmus_program(test_calls fakes tests/windows/test_calls.c tests/windows/calls_failing.c
    tests/windows/calls_refused.c tests/windows/close_handle.c)
target_link_libraries(test_calls PRIVATE fake_nvcuda fake_d3d11)
isthmus_program(test_absent absent tests/windows/test_absent.c)

# 3. The examples, which also use D3D11 and CUDA's runtime. mingw has an import library for the
#    first; for the second one is made of the names alone, which are those of cudart64_13.dll.
set(cudart "${CMAKE_BINARY_DIR}/lib/libcudart64_13.a")
set(cudart_def "${CMAKE_BINARY_DIR}/cudart64_13.def")
file(STRINGS "${CMAKE_SOURCE_DIR}/src/cuda/runtime/cudart13.map" cudart_names
    REGEX "^ +cuda[A-Z][A-Za-z0-9_]*;$")
string(REGEX REPLACE "[; ]+" "\n" cudart_names "${cudart_names}")
file(CONFIGURE OUTPUT "${cudart_def}"
    CONTENT "LIBRARY cudart64_13.dll\nEXPORTS\n${cudart_names}\n" @ONLY)
find_program(ISTHMUS_DLLTOOL x86_64-w64-mingw32-dlltool REQUIRED)
add_custom_command(OUTPUT "${cudart}"
    COMMAND ${ISTHMUS_DLLTOOL} -d "${cudart_def}" -l "${cudart}"
    DEPENDS "${cudart_def}" VERBATIM)
add_custom_target(isthmus_cudart_import DEPENDS "${cudart}")

file(GLOB example_files CONFIGURE_DEPENDS "${CMAKE_SOURCE_DIR}/examples/0[3-9]_*.c")
foreach(file IN LISTS example_files)
    cmake_path(GET file STEM name)
    isthmus_program(example_${name} examples "${file}")
    add_dependencies(example_${name} isthmus_cudart_import)
    target_link_libraries(example_${name} PRIVATE "${cudart}" d3d11 dxgi)
endforeach()

# 4. The conformance suite, which knows nothing of ours: it loads nvcuda.dll by itself.
option(ISTHMUS_CONFORMANCE "Build the conformance suite for Windows" ON)
file(GLOB conformance_files CONFIGURE_DEPENDS "${CMAKE_SOURCE_DIR}/tests/conformance/*.c")
list(FILTER conformance_files EXCLUDE REGEX "_linux\\.c$")
if(conformance_files AND ISTHMUS_CONFORMANCE)
    add_executable(isthmus_conformance ${conformance_files})
    target_include_directories(isthmus_conformance PRIVATE tests/conformance)
    target_compile_definitions(isthmus_conformance PRIVATE
        WIN32_LEAN_AND_MEAN "ISTHMUS_TOOL_VERSION=\"${PROJECT_VERSION}\"")
    target_link_libraries(isthmus_conformance PRIVATE isthmus_windows d3d11 dxgi ntdll uuid)
    target_link_options(isthmus_conformance PRIVATE -static)
    set_target_properties(isthmus_conformance PROPERTIES
        OUTPUT_NAME isthmus-conformance RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/bin")
endif()
