#!/bin/sh
# SPDX-License-Identifier: MIT
#
# run.sh CASE PROGRAM: what ISTHMUS_LEAKS and ISTHMUS_SITES print when PROGRAM ends.

set -eu

case=$1 program=$2
unset ISTHMUS_LEAKS ISTHMUS_SITES
ISTHMUS_LOG=error
# The leaks of this program are its purpose.
ASAN_OPTIONS=${ASAN_OPTIONS-}:detect_leaks=0
export ISTHMUS_LOG ASAN_OPTIONS
errors=$(mktemp)
output=$(mktemp)
trap 'rm -f "$errors" "$output"' EXIT

fail() {
    echo "leaks.$case: $1; standard error was:"
    cat "$errors"
    exit 1
}

# run STATUS ARGUMENT...
run() {
    wanted=$1
    shift
    found=0
    "$program" "$@" >"$output" 2>"$errors" || found=$?
    [ "$found" -eq "$wanted" ] || fail "exit status $found, wanted $wanted"
}

# says COUNT PATTERN: so many lines fit
says() {
    found=$(grep -cE -- "$2" "$errors" || true)
    [ "$found" -eq "$1" ] || fail "$found lines fit \"$2\", wanted $1"
}

silent() {
    [ ! -s "$errors" ] || fail "it was to say nothing"
}

# site COUNT FUNCTION: lines of sites whose innermost frame of the program is FUNCTION, whatever
# the compiler made of it (".isra.0")
site() {
    says "$1" "^        [0-9]+ at $2(\\.[a-z0-9.]+)?\\+0x[0-9a-f]+ \\(leak\\+0x[0-9a-f]+\\)"
}

case $case in
clean)
    ISTHMUS_LEAKS=1 run 0
    silent
    ;;
off)
    run 0 d3d11 cuda
    silent
    ISTHMUS_LEAKS=0 run 0 d3d11
    silent
    ;;
d3d11)
    ISTHMUS_LEAKS=1 run 0 d3d11
    says 1 '^isthmus: 1 object is alive$'
    says 1 '^1\. resource: 2D texture 64 x 32, R8G8B8A8_UNORM, 8192 bytes, shared by NT handle; '
    says 1 '^    NT handle 0x[0-9a-f]+, named "Left behind"$'
    says 1 '^    held by 1 COM object$'
    says 1 '^    held by 1 NT handle$'
    site 1 make_texture
    site 1 share
    says 2 ', from leak_d3d11\+0x[0-9a-f]+ \(leak\+0x[0-9a-f]+\), from main\+0x'
    ;;
cuda)
    ISTHMUS_LEAKS=1 run 0 cuda
    says 1 '^isthmus: 1 object is alive$'
    says 0 'COM object|NT handles?$'
    says 1 '^    held by 1 import$'
    says 1 '^    held by 1 mapping$'
    site 1 import_texture
    site 1 map_texture
    ;;
second)
    ISTHMUS_LEAKS=1 run 0 second
    says 1 '^    held by 1 import$'
    says 1 '^    held by 1 mapping$'
    says 1 'import_texture.*, from import_second'
    says 0 'import_first|not known'
    ;;
event)
    ISTHMUS_LEAKS=1 run 0 event
    says 1 '^1\. event: manual reset, set; '
    says 1 '^    held by 1 NT handle$'
    site 1 leak_event
    says 0 'not known|COM object'
    ;;
sites)
    ISTHMUS_SITES=1 run 0 d3d11 report
    silent
    cp "$output" "$errors"
    says 1 '^1$'
    site 1 make_texture
    ;;
atexit)
    ISTHMUS_LEAKS=1 run 0 atexit destructor
    silent
    ;;
status)
    ISTHMUS_LEAKS=1 run 3 d3d11 status=3
    says 1 'object is alive'
    ;;
fork)
    ISTHMUS_LEAKS=1 run 0 fork
    says 1 'object is alive'
    ;;
closed)
    # The stream is gone, and the descriptor with it: nothing is printed, nothing breaks.
    ISTHMUS_LEAKS=1 run 0 closed
    silent
    ;;
threads)
    ISTHMUS_LEAKS=1 run 0 threads
    says 1 '^isthmus: 4 objects are alive$'
    site 4 make_texture
    site 4 share
    says 0 'not known'
    ;;
line)
    command -v addr2line >/dev/null || { echo "skipped: no addr2line"; exit 77; }
    ISTHMUS_LEAKS=1 run 0 d3d11
    hint=$(sed -n 's/^File and line: //p' "$errors")
    [ -n "$hint" ] || fail "no line for addr2line"
    sh -c "$hint" >>"$errors" 2>&1
    says 1 '^make_texture at .*leak\.c:[0-9]+$'
    says 1 '^share at .*leak\.c:[0-9]+$'
    ;;
esac
