/* SPDX-License-Identifier: MIT */
/* What a run found, for people (table, plot) and for programs (JSON). */
#ifndef ISTHMUS_TOOLS_BENCH_REPORT_BENCH_H
#define ISTHMUS_TOOLS_BENCH_REPORT_BENCH_H

#include "bench/bench.h"

#include <stdio.h>

/* One measured row. */
struct line {
    const struct row *row;
    struct result result;
};

enum verdict { GOOD, OVER, NO_TARGET };

enum verdict verdict_of(const struct line *line);

void table_head(FILE *out);
void table_line(FILE *out, const struct line *line);

void write_json(FILE *out, const struct line *lines, size_t count);

/* Bars of ours beside the floor, on a logarithmic scale. */
void write_svg(FILE *out, const struct line *lines, size_t count);

#endif
