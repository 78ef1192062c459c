# SPDX-License-Identifier: MIT
# isthmus_flags: the language, the warnings and the sanitizers that all of ours is built with.

set(CMAKE_C_STANDARD 11)
set(CMAKE_C_EXTENSIONS ON)
set(CMAKE_CXX_STANDARD 17)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_C_VISIBILITY_PRESET hidden)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_BUILD_RPATH_USE_ORIGIN ON)

add_library(isthmus_flags INTERFACE)
target_compile_definitions(isthmus_flags INTERFACE _GNU_SOURCE)
target_compile_options(isthmus_flags INTERFACE
    -Wall -Wextra -Wshadow -Wpointer-arith -Wwrite-strings -Wvla -Wundef
    $<$<COMPILE_LANGUAGE:C>:-Wstrict-prototypes;-Wmissing-prototypes>
    $<$<BOOL:${ISTHMUS_WERROR}>:-Werror>)

# Somebody else's build type may say NDEBUG; our asserts stay.
if(NOT PROJECT_IS_TOP_LEVEL)
    target_compile_options(isthmus_flags INTERFACE -UNDEBUG)
endif()

if(ISTHMUS_SANITIZE)
    target_compile_options(isthmus_flags INTERFACE
        -fsanitize=${ISTHMUS_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer
        -O1 -g1) # lines for the reports; variables would cost a sixth of the build
    target_link_options(isthmus_flags INTERFACE -fsanitize=${ISTHMUS_SANITIZE})
endif()

# libFuzzer wants to see which branches our code takes.
if(ISTHMUS_FUZZ)
    target_compile_options(isthmus_flags INTERFACE -fsanitize=fuzzer-no-link)
endif()
