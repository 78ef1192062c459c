# SPDX-License-Identifier: MIT
# Run by CPack between installing into a staging folder and making packages of it: gives each
# what Debian's policy asks for and `make install` has no use of.

find_program(GZIP gzip REQUIRED)

# Nothing of a build's time may be in a package: -n leaves name and time out.
function(compress file)
    execute_process(COMMAND "${GZIP}" -9nf "${file}" COMMAND_ERROR_IS_FATAL ANY)
    file(CHMOD "${file}.gz" PERMISSIONS OWNER_READ OWNER_WRITE GROUP_READ WORLD_READ)
endfunction()

function(finish root package)
    set(doc "${root}/usr/share/doc/${package}")
    file(MAKE_DIRECTORY "${doc}")
    configure_file("${CPACK_ISTHMUS_SOURCE}/LICENSE" "${doc}/copyright" COPYONLY)
    file(CHMOD "${doc}/copyright" PERMISSIONS OWNER_READ OWNER_WRITE GROUP_READ WORLD_READ)
    configure_file("${CPACK_ISTHMUS_SOURCE}/CHANGELOG.md" "${doc}/changelog" COPYONLY)
    compress("${doc}/changelog")
    string(TIMESTAMP now "%a, %d %b %Y %H:%M:%S +0000" UTC) # or SOURCE_DATE_EPOCH
    file(WRITE "${doc}/changelog.Debian"
        "isthmus (${CPACK_PACKAGE_VERSION}-${CPACK_DEBIAN_PACKAGE_RELEASE}) unstable; "
        "urgency=medium\n\n  * changelog.gz says what changed.\n\n"
        " -- ${CPACK_DEBIAN_PACKAGE_MAINTAINER}  ${now}\n")
    compress("${doc}/changelog.Debian")
    file(GLOB_RECURSE pages "${root}/usr/share/man/*.[138]")
    foreach(page IN LISTS pages)
        compress("${page}")
    endforeach()
    file(WRITE "${root}/usr/share/lintian/overrides/${package}" "${overrides}")
    if(overrides_${package})
        file(APPEND "${root}/usr/share/lintian/overrides/${package}" "${overrides_${package}}")
    endif()
endfunction()

# What lintian would like otherwise, and why it is so.
set(overrides "# Made by the project itself: no upload to Debian, so no bug is closed by it.
initial-upload-closes-no-bugs
")
set(overrides_isthmus "# The package may be unpacked anywhere: the paths are relative.
custom-library-search-path
")
set(overrides_libisthmus0 "${overrides_isthmus}# CPack writes these scripts beside our trigger.
maintscript-calls-ldconfig
")
set(overrides_libisthmus-dev "# Links to another package's headers, which do not move with ours.
absolute-symlink-in-top-level-folder
")

foreach(component IN LISTS CPACK_COMPONENTS_ALL)
    string(TOUPPER ${component} upper)
    if(IS_DIRECTORY "${CPACK_TEMPORARY_DIRECTORY}/${component}")
        finish("${CPACK_TEMPORARY_DIRECTORY}/${component}"
            "${CPACK_DEBIAN_${upper}_PACKAGE_NAME}")
    else()
        message(FATAL_ERROR "deb: ${CPACK_TEMPORARY_DIRECTORY}/${component} was not staged")
    endif()
endforeach()
