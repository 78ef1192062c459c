#!/bin/sh
# SPDX-License-Identifier: MIT
#
# run.sh PROGRAM: runs the cases of cases.c and checks what the runner makes of each: in the
# table, in the JSON and in its exit code.

set -eu

program=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
bad=0

fail() {
    echo "self: $1"
    bad=1
}

# wants FILE PATTERN...: each pattern is in the file.
wants() {
    file=$1
    shift
    for pattern; do
        grep -q -e "$pattern" "$file" || fail "no '$pattern' in $(basename "$file")"
    done
}

status=0
mkdir "$work/tmp"
TMPDIR="$work/tmp" "$program" --timeout 10 --json "$work/json" \
    >"$work/table" 2>"$work/errors" || status=$?
[ "$status" -eq 1 ] || fail "exit code $status after failures, wanted 1"
# Nothing stays: no folder, and no process, not even of a case that crashed or hung.
[ -z "$(ls -A "$work/tmp")" ] || fail "a runtime folder is left"
! grep -q 'left running' "$work/errors" || fail "a process is left"

# One word for each case, in the order of their numbers.
awk '$1 ~ /^Z[0-9]+$/ { print $1, $2, $3 }' "$work/table" >"$work/results"
cat >"$work/wanted" <<'END'
Z1 T pass
Z2 T+P FAIL
Z3 D FAIL
Z4 D FAIL
Z5 G skip
Z6 G todo
Z7 P FAIL
Z8 P FAIL
Z9 P FAIL
Z10 P FAIL
Z11 P FAIL
Z12 P FAIL
Z13 P pass
Z14 P pass
Z15 P FAIL
Z16 P FAIL
Z17 P FAIL
END
diff -u "$work/wanted" "$work/results" || fail "results differ"

wants "$work/table" \
    'cases.c:[0-9]*: round 1: E_FAIL is E_FAIL (0x80004005), wanted E_INVALIDARG (0x80070057)' \
    'cudaErrorTimeout (0x38d), wanted cudaSuccess (0x0)' \
    '0x1234 is 4660 (0x1234), wanted 4661 (0x1235)' \
    '1 of 8 bytes differ, the first at 7: 0x68, wanted 0x58' \
    'because: because "quoted" \\ and a$' '^ *second line$' \
    'known gap: not built yet' \
    'passes although it is marked as a known gap (it was built meanwhile)' \
    'seen before' 'crashed: Aborted' 'hung: not over after 10 s' \
    'left behind: objects 0 -> 1' 'seen in a thread' 'and the case goes on' \
    'its process ended before the case did' 'not as Windows: for a reason' \
    'in the process failing: cases.c:[0-9]*: 0x77 is 119 (0x77), wanted 120 (0x78)' \
    'the process failing says "this", wanted "that"' \
    'the process failing says "too much" at its end' \
    'the process failing: it ended with code 5' \
    'the process crashing says nothing' \
    'the process crashing had ended before it was killed' \
    '^group Z  *17  *3  *12  *1  *1$' '^T  tested or measured  *2  *1  *1  *0  *0$' \
    '^17 cases: 3 passed, 12 failed, 1 todo, 1 skipped'
! grep -q 'never reached' "$work/table" || fail "REQUIRE did not leave the case"

wants "$work/json" '"suite": "isthmus-conformance"' '"device": "Isthmus CPU device' \
    '"counts": {"pass": 3, "fail": 12, "todo": 1, "skip": 1}' \
    '"Z": {"pass": 3, "fail": 12, "todo": 1, "skip": 1}' \
    '"id": "Z5", "name": "Z5_skips"' \
    '"reason": "because \\"quoted\\" \\\\ and a\\nsecond line"' \
    '"differs": "for a reason"' '"mark": "T+P"'
if command -v python3 >/dev/null; then
    python3 -c 'import json, sys; assert len(json.load(open(sys.argv[1]))["cases"]) == 17' \
        "$work/json" || fail "the JSON cannot be read"
fi

# Filters, the list, and exit codes.
"$program" --filter 'Z1' >"$work/one" || fail "a passing case is exit code 0"
wants "$work/one" '^1 cases: 1 passed'
"$program" --filter '*_skips' >"$work/one" || fail "a skip is no failure"
[ "$("$program" --list --filter 'Z[1-3]' | wc -l)" -eq 3 ] || fail "--list with a class"
[ "$("$program" --list --filter 'Z1?' | wc -l)" -eq 8 ] || fail "--list with a question mark"
[ "$("$program" --list | head -n 1 | cut -c1-15)" = "Z1    T    Z1_p" ] || fail "--list sorts"
status=0
"$program" --filter 'nothing' >"$work/none" 2>&1 || status=$?
[ "$status" -eq 1 ] || fail "a filter that fits nothing is exit code $status, wanted 1"
status=0
"$program" --wrong >"$work/none" 2>&1 || status=$?
[ "$status" -eq 2 ] || fail "a wrong option is exit code $status, wanted 2"
status=0
"$program" --filter Z1 --json "$work/no/such/folder" >"$work/none" 2>&1 || status=$?
[ "$status" -eq 1 ] || fail "a JSON that cannot be written is exit code $status, wanted 1"

[ "$bad" -eq 0 ] || { cat "$work/table" "$work/errors"; exit 1; }
echo "self: 17 endings, each seen for what it is"
