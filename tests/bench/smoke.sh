#!/bin/sh
# SPDX-License-Identifier: MIT
# Two cheap rows, one of them with another process: the table, the JSON and the plot are whole.
#   smoke.sh ISTHMUS PYTHON3 FOLDER
set -eu
isthmus=$1 python=$2
folder=$(mktemp -d "$3/smoke-XXXXXX")
trap 'rm -rf "$folder"' EXIT

"$isthmus" bench --only 'mutex' --json "$folder/a.json" --svg "$folder/a.svg" > "$folder/table"
"$isthmus" bench --only 'fds' --json "$folder/b.json" >> "$folder/table"
cat "$folder/table"
grep -q '^mutex .* one cpu' "$folder/table"
grep -q '^fds .* one cpu' "$folder/table"

"$python" - "$folder" <<'EOF'
import json, sys, xml.dom.minidom
for name, row in (("a", "mutex"), ("b", "fds")):
    with open(f"{sys.argv[1]}/{name}.json", encoding="utf-8") as file:
        run = json.load(file)
    assert [r["row"] for r in run["rows"]] == [row], run
    found = run["rows"][0]
    assert found["repetitions"] >= 7 and found["cpus"] == "one", found
    for key in ("ours", "floor", "ratio"):
        figure = found[key]
        assert 0 < figure["p10"] <= figure["median"] <= figure["p90"], found
xml.dom.minidom.parse(f"{sys.argv[1]}/a.svg")
EOF

status=0
"$isthmus" bench --only 'no such row' 2> "$folder/error" || status=$?
test "$status" -eq 1
grep -q "no row matches 'no such row'" "$folder/error"
