#!/bin/sh
# SPDX-License-Identifier: MIT
#
# run.sh CC SHIMS D3D_HEADERS WORKDIR: generates the layout program, builds it with CC and with
# mingw, runs the second under Wine, compares. Exit 77 and a sentence where a tool is missing.

set -eu

cc=$1 shims=$2 d3d=$3 work=$4
here=$(cd "$(dirname "$0")" && pwd)
mingw=x86_64-w64-mingw32-gcc

skip() {
    echo "skipped: $1"
    exit 77
}

# Debian keeps the 64-bit loader out of PATH.
find_wine() {
    for candidate in wine64 /usr/lib/wine/wine64 wine; do
        if command -v "$candidate"; then
            return
        fi
    done
    return 1
}

# By -I, because gcc may write the names of system headers in a shorter form, and the generator
# picks the declarations of ours and of D3D's by the folder in the name.
write_program() {
    "$cc" -std=gnu11 -D_GNU_SOURCE -E -I "$shims" -I "$d3d" "$here/headers.c" >headers.i
    {
        echo '#include "headers.c"'
        cat "$here/program.c"
        echo 'static void print_constants(void)'
        echo '{'
        awk -f "$here/constants.awk" "$shims/win32_base.h" "$shims/winerror.h" \
            "$shims/ntstatus.h" "$shims/handleapi.h" "$shims/synchapi.h" \
            "$shims/processthreadsapi.h"
        echo '}'
        echo 'static void print_layout(void)'
        echo '{'
        awk -v keep="^\"($shims|$d3d)/" -f "$here/generate.awk" headers.i
        echo '}'
    } >layout.c
}

command -v "$mingw" >/dev/null || skip "no $mingw (package gcc-mingw-w64-x86-64-win32)"
wine=$(find_wine) || skip "no wine64 (packages wine, wine64)"

mkdir -p "$work"
cd "$work"
write_program
"$cc" -std=gnu11 -I "$here" -isystem "$shims" -isystem "$d3d" layout.c -o layout-native
"$mingw" -std=gnu11 -I "$here" -isystem "$d3d" layout.c -o layout.exe
./layout-native >native.txt

# A Wine of our own, without a display and without its downloads, that leaves nothing behind.
export WINEPREFIX="$work/wine" WINEDEBUG=-all WINEDLLOVERRIDES="mscoree,mshtml="
unset DISPLAY WAYLAND_DISPLAY
status=0
timeout 120 "$wine" ./layout.exe >windows.txt 2>wine.log || status=$?
wineserver -k 2>/dev/null || true
rm -rf "$WINEPREFIX"
if [ "$status" -ne 0 ]; then
    cat wine.log
    skip "wine cannot run a program here (exit $status)"
fi

awk -f "$here/compare.awk" native.txt windows.txt
