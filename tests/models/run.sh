#!/bin/sh
# SPDX-License-Identifier: MIT
# Checks the models with spin: those of the code must hold, those with a seeded bug must not.
#   run.sh FOLDER    FOLDER is where the checkers are built; exit 77 without spin
set -eu

here=$(cd "$(dirname "$0")" && pwd)
command -v spin > /dev/null || { echo "spin is not installed: skipped"; exit 77; }
mkdir -p "${1:-.}"
cd "${1:-.}"
failed=0

# check WANTED MODEL [-DFLAG...]: WANTED is holds or fails.
check() {
    wanted=$1 model=$2
    shift 2
    folder=$model$(printf '%s' "$*" | tr -dc 'A-Z_0-9')
    mkdir -p "$folder"
    (
        cd "$folder"
        cp "$here/$model.pml" model.pml
        spin -a "$@" model.pml > spin.log 2>&1 || { cat spin.log; exit 1; }
        ${CC:-cc} -O1 -w -DSAFETY -DCOLLAPSE -DVECTORSZ=2048 -o pan pan.c
        ./pan -m200000 > pan.log 2>&1 || true
    )
    found="gives no verdict"
    grep -q "assertion violated" "$folder/pan.log" && found=fails
    grep -q "errors: 0" "$folder/pan.log" && found=holds
    grep -q "max search depth too small" "$folder/pan.log" && found="is too deep"
    states=$(awk '/states, stored/ { print $1; exit }' "$folder/pan.log")
    word=ok
    [ "$found" = "$wanted" ] || { word=FAIL failed=1; }
    echo "$word: $model $*: $found, as it $([ $word = ok ] && echo should || echo "should not"): $states states"
    [ $word = ok ] || head -20 "$folder/pan.log"
}

# The protocol alone loses no wake-up; with deaths it needs the slices, and then nobody hangs.
check holds kmutex
check holds kmutex -DKILLS=1 -DSLICES=1
check holds kmutex -DKILLS=2 -DSLICES=1
check fails kmutex -DKILLS=1 # killed between the release and its wake-up: why there are slices
check fails kmutex -DBUG_NO_MARK
check fails kmutex -DBUG_NO_COMPARE
check fails kmutex -DBUG_NO_SEQUENCE
check fails kmutex -DKILLS=1 -DSLICES=1 -DBUG_NO_PENDING

check holds handle
check holds handle -DKILLS=1
check holds handle -DKILLS=2
check holds handle -DKILLS=3
check fails handle -DBUG_NAME_ONLY
check fails handle -DKILLS=1 -DBUG_NO_SECOND_LOOK

check holds pull
check holds pull -DKILLS=1
check holds pull -DKILLS=2
check holds pull -DKILLS=3
check fails pull -DBUG_CLOSE_FIRST
check fails pull -DBUG_KEEP
exit $failed
