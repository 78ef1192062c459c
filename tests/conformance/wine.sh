#!/bin/sh
# SPDX-License-Identifier: MIT
#
# wine.sh PROGRAM.exe WORKDIR: the Windows program starts, lists its cases, and a run on a
# machine without D3D11 hardware or CUDA skips each with a reason. Exit 77 where there is no
# Wine. What a run makes lies in a folder of its own below WORKDIR, which goes with it.

set -eu

program=$1 work=$2

skip() {
    echo "skipped: $1"
    exit 77
}

fail() {
    echo "wine: $1"
    exit 1
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

wine=$(find_wine) || skip "no wine64 (packages wine, wine64)"
folder=$(mktemp -d "$work/wine-XXXXXX")
cd "$folder"

# A Wine of our own, without a display and without its downloads, that leaves nothing behind.
export WINEPREFIX="$folder/wine" WINEDEBUG=-all WINEDLLOVERRIDES="mscoree,mshtml="
unset DISPLAY WAYLAND_DISPLAY
finish() {
    wineserver -k 2>/dev/null || /usr/lib/wine/wineserver64 -k 2>/dev/null || true
    cd "$work"
    rm -rf "$folder"
}
trap finish EXIT

status=0
timeout 150 "$wine" "$program" --list >list.txt 2>wine.log || status=$?
if [ "$status" -ne 0 ]; then
    cat wine.log
    skip "wine cannot run a program here (exit $status)"
fi
cases=$(grep -c '^[A-Z][0-9]' list.txt)
[ "$cases" -ge 115 ] || fail "only $cases cases in the list, 115 are given"

# Some of each group, not all: a process start takes long here.
status=0
timeout 150 "$wine" "$program" --filter '[A-G]1' --json exe.json >table.txt 2>wine.log ||
    status=$?
cat table.txt
[ "$status" -eq 0 ] || fail "exit $status"
grep -q '"system": "Windows' exe.json || fail "the JSON does not name the Windows build"
grep -q '"skip": 7' exe.json || fail "not every case was skipped"
[ "$(grep -c '"result": "skip"' exe.json)" -eq "$(grep -c '"reason": "' exe.json)" ] ||
    fail "a skip has no reason"
echo "wine: $cases cases listed, 7 skipped with reasons"
