# SPDX-License-Identifier: MIT
# libisthmus-cuda12.so and libisthmus-cuda13.so: the external-resource functions over NVIDIA's
# own runtime and driver, which are looked for when a program runs.

# isthmus_wrapped(VAR MAJOR): the functions that a link with libcudart_static.a has to give us,
# which is what the library exports.
function(isthmus_wrapped var major)
    set(map "${PROJECT_SOURCE_DIR}/src/cuda/real/isthmus-cuda${major}.map")
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${map}")
    file(STRINGS "${map}" names REGEX "^    cu(da)?[A-Z][A-Za-z0-9_]*;$")
    list(TRANSFORM names REPLACE "[ ;]" "")
    set(${var} ${names} PARENT_SCOPE)
endfunction()

# isthmus_real(MAJOR): the library, and the small archive that static links need beside it.
function(isthmus_real major)
    set(name isthmus-cuda${major})
    isthmus_sources(sources src/cuda/real)
    list(FILTER sources EXCLUDE REGEX "/static\\.c$")
    foreach(shared external extmem_check extmem_array_check extsem extsem_set handle error name
            format runtime/external runtime/semaphore runtime/array_desc)
        list(APPEND sources "${PROJECT_SOURCE_DIR}/src/cuda/${shared}.c")
    endforeach()
    isthmus_shared_library(${name} MAP src/cuda/real/isthmus-cuda${major}.map
        SOURCES ${sources})
    target_compile_definitions(${name} PRIVATE ISTCU_ABI=${major})
    target_link_libraries(${name} PRIVATE
        isthmus_cuda_own isthmus Threads::Threads ${CMAKE_DL_LIBS})
    # A program with the static runtime inside has functions of the same names, which must not
    # take the place of ours within the library.
    target_link_options(${name} PRIVATE LINKER:-Bsymbolic-functions)
    isthmus_wrapped(wrapped ${major})
    foreach(function IN LISTS wrapped)
        if(NOT function MATCHES "^cudaGetDeviceProperties")
            target_link_options(${name} PRIVATE
                "LINKER:--defsym=__wrap_${function}=${function}")
        endif()
    endforeach()

    add_library(${name}-static STATIC "${PROJECT_SOURCE_DIR}/src/cuda/real/static.c")
    target_compile_definitions(${name}-static PRIVATE ISTCU_ABI=${major})
    target_link_libraries(${name}-static PRIVATE isthmus_flags)
    target_link_libraries(${name}-static INTERFACE ${name} isthmus)
    list(TRANSFORM wrapped PREPEND "LINKER:--wrap=" OUTPUT_VARIABLE options)
    target_link_options(${name}-static INTERFACE ${options})
    list(TRANSFORM wrapped PREPEND "-Wl,--wrap=" OUTPUT_VARIABLE flags)
    list(JOIN flags " " flags)
    set(ISTHMUS_WRAP${major} "${flags}" PARENT_SCOPE)
endfunction()
