# SPDX-License-Identifier: MIT
# The broker: what the library holds of it, the executable in libexec, the fuzz targets.

# What both sides share, and the client: part of libisthmus.so.
set(ISTHMUS_BROKER_SHARED
    "${PROJECT_SOURCE_DIR}/src/broker/channel.c" "${PROJECT_SOURCE_DIR}/src/broker/folder.c"
    "${PROJECT_SOURCE_DIR}/src/broker/proc.c" "${PROJECT_SOURCE_DIR}/src/broker/table.c"
    "${PROJECT_SOURCE_DIR}/src/broker/wire.c")

function(isthmus_client_sources var)
    file(GLOB found CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/src/broker/client*.c")
    set(${var} ${ISTHMUS_BROKER_SHARED} ${found} PARENT_SCOPE)
endfunction()

# Everything else but main(), as a list for the archive and the fuzzers.
function(isthmus_server_sources var)
    isthmus_sources(found src/broker)
    list(FILTER found EXCLUDE REGEX "/(client[a-z_]*|main)\\.c$")
    list(REMOVE_ITEM found ${ISTHMUS_BROKER_SHARED})
    set(${var} ${found} PARENT_SCOPE)
endfunction()

# The executable has no part of core: it needs the log and the clock of base.
function(isthmus_broker)
    isthmus_server_sources(sources)
    add_library(isthmus_broker_parts STATIC ${sources})
    target_link_libraries(isthmus_broker_parts PUBLIC isthmus_flags)
    target_include_directories(isthmus_broker_parts PUBLIC
        "${PROJECT_SOURCE_DIR}/src" "${PROJECT_SOURCE_DIR}/include")

    add_executable(isthmus_broker src/broker/main.c ${ISTHMUS_BROKER_SHARED}
        src/base/log.c src/base/futex.c)
    target_link_libraries(isthmus_broker PRIVATE isthmus_broker_parts Threads::Threads)
    set_target_properties(isthmus_broker PROPERTIES OUTPUT_NAME isthmus-broker
        RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/libexec/isthmus")
    add_dependencies(isthmus isthmus_broker) # which starts it
endfunction()
