#!/bin/sh
# SPDX-License-Identifier: MIT
#
# headers.sh SOURCES CC CXX: the public headers of the portable API compile alone, as C11 and as
# C++17, pedantically and without a warning; the wrapper keeps its size.

set -eu
cd "$1"
strict="-Wall -Wextra -Wpedantic -Wshadow -Werror -fsyntax-only -Iinclude"

# shellcheck disable=SC2086 # several words on purpose
"$2" -std=c11 $strict -x c include/isthmus/interop.h
# shellcheck disable=SC2086
"$3" -std=c++17 $strict -Wconversion -x c++ include/isthmus/interop.h
# shellcheck disable=SC2086
"$3" -std=c++17 $strict -Wconversion -x c++ include/isthmus/isthmus.hpp

lines=$(wc -l <include/isthmus/isthmus.hpp)
echo "isthmus.hpp: $lines lines"
[ "$lines" -le 300 ]
