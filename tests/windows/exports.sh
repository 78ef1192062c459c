#!/bin/sh
# SPDX-License-Identifier: MIT
#
# exports.sh SOURCES: src/isthmus-windows.def lists every function of interop.h and those of
# isthmus.h and query.h that are on Windows, and nothing else.

set -eu
cd "$1"
export LC_ALL=C

declared() {
    grep -v '^[[:space:]]*#' include/isthmus/interop.h | tr '\n' ' ' |
        grep -oE '\bIST_API\b[^;()]*\(' | grep -oE 'ist_[a-z0-9_]+ *\($' | tr -d ' ('
    printf '%s\n' ist_explain ist_log_set_sink ist_status_name ist_version \
        ist_format_name ist_query_cuda_format ist_query_format \
        ist_query_layout ist_query_subresource
}

wanted=$(declared | sort -u)
found=$(sed -n 's/^    \(ist_[a-z0-9_]*\)$/\1/p' src/isthmus-windows.def)
if [ "$wanted" != "$found" ]; then
    echo "src/isthmus-windows.def differs from include/isthmus/interop.h; it should list:"
    echo "$wanted" | sed 's/^/    /'
    exit 1
fi
echo "$(echo "$found" | wc -l) functions"
