#!/bin/sh
# SPDX-License-Identifier: MIT
# What counts as worse, and what is only noise.
#   compare.sh BENCH-COMPARE FOLDER
set -eu
compare=$1
folder=$(mktemp -d "$2/compare-XXXXXX")
trap 'rm -rf "$folder"' EXIT

# run FILE ROW:MEDIAN:LOW:HIGH...: a run with these ratios; @ROW has a figure and no floor.
run() {
    file=$1
    shift
    {
        printf '{"rows": ['
        comma=
        for row; do
            key=ratio
            case $row in @*) key=ours row=${row#@} ;; esac
            name=${row%%:*} rest=${row#*:}
            median=${rest%%:*} rest=${rest#*:}
            printf '%s{"row": "%s", "%s": {"median": %s, "p10": %s, "p90": %s}}' "$comma" \
                "$name" "$key" "$median" "${rest%%:*}" "${rest#*:}"
            comma=', '
        done
        printf ']}\n'
    } > "$folder/$file"
}

# expect CODE PATTERN BASE NEW
expect() {
    status=0
    "$compare" "$folder/$3" "$folder/$4" > "$folder/out" 2>&1 || status=$?
    if [ "$status" -ne "$1" ] || ! grep -q "$2" "$folder/out"; then
        echo "$3 and $4: exit code $status, $1 was wanted, with '$2' in:"
        cat "$folder/out"
        exit 1
    fi
}

run base a:1.0:0.9:1.1 @b:500:480:520
run same a:1.05:0.95:1.15 @b:510:490:530
run worse a:1.5:1.3:1.6 @b:500:480:520
run slower a:1.0:0.9:1.1 @b:900:850:950
run noisy a:1.5:0.8:2.5 @b:500:480:520
run better a:0.5:0.45:0.55 @b:500:480:520
run other c:1.0:0.9:1.1
printf 'no json\n' > "$folder/broken"

expect 0 '2 rows compared, 0 got worse' base same
expect 1 '^a .*+50% WORSE' base worse
expect 1 '^b .*+80% WORSE' base slower
expect 0 '0 got worse' base noisy
expect 0 '^a .*-50% better' base better
expect 0 '0 rows compared' base other
expect 2 'broken' base broken
expect 2 'nothing' base nothing
echo "8 comparisons answered as they should"
