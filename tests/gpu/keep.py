#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Makes docs/measurements/<GPU>-<date>.json and .md of what scripts/test-gpu left in OUT.

    keep.py OUT FOLDER
"""
import glob
import json
import os
import re
import sys

CLEARS = {"default": "unset", "kernel": "kernel", "copy": "copy"}


def load(path):
    try:
        with open(path, encoding="utf-8") as file:
            return json.load(file)
    except (OSError, ValueError):
        return None


def machine(out):
    """A line for each GPU, then date, kernel and CPUs."""
    with open(os.path.join(out, "gpu"), encoding="utf-8") as file:
        lines = file.read().splitlines()
    gpus = [line.split(", ") for line in lines if ", " in line]
    if not gpus or len(lines) < len(gpus) + 3:
        sys.exit("keep: " + out + "/gpu names no GPU: nothing is kept")
    date, kernel, cpus = lines[len(gpus):len(gpus) + 3]
    gpu = gpus[0][0] if len(gpus) == 1 else "%d x %s" % (len(gpus), gpus[0][0])
    return {"gpu": gpu, "driver": gpus[0][1], "date": date, "kernel": kernel,
            "cpus": int(cpus)}


def figures(out):
    rows = []
    for name in ("one", "pair", "pair-mps"):
        rows += load(os.path.join(out, name + ".json")) or []
    for clear, words in CLEARS.items():
        for row in load(os.path.join(out, "frame-" + clear + ".json")) or []:
            rows.append(dict(row, name=row["name"] + ", clear " + words))
    return rows


def conformance(out, major):
    """The groups' results as one."""
    whole = None
    for path in sorted(glob.glob(os.path.join(out, "conformance%d-*.json" % major))):
        part = load(path)
        if not part:
            continue
        if whole is None:
            whole = part
            continue
        whole["cases"] += part["cases"]
        whole["seconds"] = round(whole["seconds"] + part["seconds"], 1)
        whole["groups"].update(part["groups"])
        for result, count in part["counts"].items():
            whole["counts"][result] += count
        for mark, counts in part["marks"].items():
            mine = whole["marks"].setdefault(mark, dict.fromkeys(counts, 0))
            for result, count in counts.items():
                mine[result] += count
    return whole


def steps(out):
    rows = []
    with open(os.path.join(out, "summary"), encoding="utf-8") as file:
        for line in file:
            found = re.match(r"(\S+) +(pass|skip|FAIL \(\d+\)|TIME OUT|CUT OFF) +(\d+) s +(.*)",
                             line)
            if found:
                rows.append(dict(zip(("step", "result", "seconds", "words"), found.groups())))
    return rows


def bench(out):
    """What isthmus bench said, a line a row."""
    text = ["", "## isthmus bench --device nvidia", "",
            "What needs no GPU's work: handles, names, a keyed mutex between processes. Times "
            "in µs.", "", "| Row | Ours | Floor | Ours / floor | Target |",
            "|---|--:|--:|--:|--:|"]
    for row in (load(os.path.join(out, "bench.json")) or {}).get("rows", []):
        text.append("| %s: %s | %.3f | %.3f | %.2f | %s |" % (
            row["row"], row["what"], row["ours"]["median"] / 1e3, row["floor"]["median"] / 1e3,
            row["ratio"]["median"], number(row["target"])))
    return text if len(text) > 7 else []


def number(value):
    return "%.2f" % value if value else ""


def page(facts, rows, ran, results, more):
    text = ["# %s, %s" % (facts["gpu"], facts["date"][:10]), "",
            "Driver %(driver)s, Linux %(kernel)s, %(cpus)d CPUs. Units and rows: "
            "[README](README.md)." % facts, "",
            "| Row | Ours | Unit | Floor | Ours / floor | Target |",
            "|---|--:|---|--:|--:|--:|"]
    for row in rows:
        ratio = row["ours"] / row["floor"] if row["floor"] else 0
        text.append("| %s | %s | %s | %s | %s | %s |" % (
            row["name"], number(row["ours"]), row["unit"].replace("us", "µs"),
            number(row["floor"]), "%.3f" % ratio if ratio else "", number(row["target"])))
    text += more + ["", "## Conformance", ""]
    for major, result in results.items():
        text.append("NVIDIA's runtime %d: " % major + ", ".join(
            "%d %s" % (count, word) for word, count in result["counts"].items()) + ".")
        text += ["- %s %s: %s" % (case["id"], case["result"], case["reason"] or
                                  "; ".join(case["different"]))
                 for case in result["cases"] if case["result"] != "pass"] + [""]
    text += ["## Steps", "", "| Step | Result | Seconds | |", "|---|---|--:|---|"]
    text += ["| %(step)s | %(result)s | %(seconds)s | %(words)s |" % row for row in ran]
    return "\n".join(text) + "\n"


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    out, folder = sys.argv[1:]
    facts, rows, ran = machine(out), figures(out), steps(out)
    results = {major: found for major in (13, 12) if (found := conformance(out, major))}
    name = re.sub(r"[^A-Za-z0-9]+", "-", facts["gpu"]).strip("-") + "-" + facts["date"][:10]
    path = os.path.join(folder, name)
    with open(path + ".json", "w", encoding="utf-8") as file:
        json.dump(dict(facts, figures=rows, steps=ran,
                       conformance={str(m): r for m, r in results.items()},
                       bench=load(os.path.join(out, "bench.json"))), file, indent=1)
        file.write("\n")
    with open(path + ".md", "w", encoding="utf-8") as file:
        file.write(page(facts, rows, ran, results, bench(out)))
    print(path + ".json and .md")


main()
