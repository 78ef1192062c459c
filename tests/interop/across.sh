#!/bin/sh
# SPDX-License-Identifier: MIT
#
# across.sh PROGRAM: runs across.c with a runtime folder and a broker of its own, which must have
# nothing left afterwards. Every scenario prints a line.

set -u
folder=$(mktemp -d) || exit 1
trap 'rm -rf "$folder"' EXIT
export ISTHMUS_RUNTIME_DIR="$folder" ISTHMUS_BROKER_IDLE_MS=300 ISTHMUS_LOG=off
unset ISTHMUS_BROKER
"$1" >"$folder/out" || { cat "$folder/out"; exit 1; }
cat "$folder/out"
[ "$(grep -c '^ok  ' "$folder/out")" -eq 12 ]
