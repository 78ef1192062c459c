#!/bin/sh
# SPDX-License-Identifier: MIT
#
# run.sh SOURCES WORKDIR: builds isthmus.dll, its tests and the examples with mingw in WORKDIR
# (the conformance suite has a test of its own), runs the tests under Wine. Exit 77 and a
# sentence where a tool is missing.

set -eu

sources=$1 work=$2

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

command -v x86_64-w64-mingw32-gcc >/dev/null ||
    skip "no x86_64-w64-mingw32-gcc (package gcc-mingw-w64-x86-64-win32)"
wine=$(find_wine) || skip "no wine64 (packages wine, wine64)"

mkdir -p "$work"
cmake -S "$sources" -B "$work/build" -G Ninja -DISTHMUS_WERROR=ON -DISTHMUS_CONFORMANCE=OFF \
    -DCMAKE_TOOLCHAIN_FILE="$sources/cmake/mingw-w64.cmake" >"$work/cmake.log" 2>&1 ||
    { cat "$work/cmake.log"; exit 1; }
cmake --build "$work/build" >"$work/build.log" 2>&1 || { cat "$work/build.log"; exit 1; }

# A Wine of our own, without a display and without its downloads, that leaves nothing behind.
# The two names below are our fakes, whatever Wine has under them.
export WINEPREFIX="$work/wine" WINEDEBUG=-all ISTHMUS_LOG=off
export WINEDLLOVERRIDES="mscoree,mshtml=;nvcuda,d3d11=n"
unset DISPLAY WAYLAND_DISPLAY

run() { # FOLDER PROGRAM
    status=0
    (cd "$work/build/$1" && timeout 120 "$wine" "./$2") >"$work/out" 2>"$work/err" || status=$?
    echo "== $2 under Wine: exit $status"
    tr -d '\r' <"$work/out"
    if [ "$status" -ne 0 ] && [ ! -s "$work/out" ]; then
        cat "$work/err"
        finish
        skip "wine cannot run a program here (exit $status)"
    fi
    [ "$status" -eq 0 ] || failed=1
}

finish() {
    wineserver -k 2>/dev/null || true
    rm -rf "$WINEPREFIX"
}

failed=0
run fakes test_calls.exe
run absent test_absent.exe
finish
exit "$failed"
