#!/bin/sh
# SPDX-License-Identifier: MIT
# `isthmus demo --processes 2` goes all eight ways, and leaves nothing in its runtime folder's
# broker. Usage: demo.sh ISTHMUS
set -u
folder=$(mktemp -d) || exit 1
trap 'rm -rf "$folder"' EXIT
export ISTHMUS_RUNTIME_DIR="$folder" ISTHMUS_BROKER_IDLE_MS=500
unset ISTHMUS_BROKER
out=$("$1" demo --processes 2 2>&1)
code=$?
echo "$out"
[ $code -eq 0 ] || exit 1
[ "$(echo "$out" | grep -c '  ok  ')" -eq 8 ] || exit 1
if "$1" ls --json 2>/dev/null | grep -q '"under_way"'; then
    echo "the broker still has objects"
    exit 1
fi
"$1" demo --processes 3 2>/dev/null && exit 1
"$1" demo --processes 2 in.png out.png 2>/dev/null && exit 1
exit 0
