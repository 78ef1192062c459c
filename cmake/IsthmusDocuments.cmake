# SPDX-License-Identifier: MIT
# `make doc`: the API reference as HTML in docs/html of the build folder, if doxygen is there.
# A public symbol without a comment, or one whose comment does not fit, fails it.

find_program(ISTHMUS_DOXYGEN doxygen)
mark_as_advanced(ISTHMUS_DOXYGEN)
if(ISTHMUS_DOXYGEN AND PROJECT_IS_TOP_LEVEL)
    set(doxygen_output "${PROJECT_BINARY_DIR}/docs")
    file(MAKE_DIRECTORY "${doxygen_output}")
    configure_file("${PROJECT_SOURCE_DIR}/docs/Doxyfile.in" "${PROJECT_BINARY_DIR}/Doxyfile"
        @ONLY)
    add_custom_target(doc COMMAND "${ISTHMUS_DOXYGEN}" "${PROJECT_BINARY_DIR}/Doxyfile"
        WORKING_DIRECTORY "${PROJECT_SOURCE_DIR}" VERBATIM)
endif()
