/* SPDX-License-Identifier: MIT */
/* The table: one line a row, as wide as a terminal that is not too narrow. */
#include "bench/report_bench.h"

#include <string.h>

enum verdict verdict_of(const struct line *line)
{
    const struct row *row = line->row;
    double found = row->floor ? line->result.ratio.median : line->result.ours.median;
    return row->target == 0 ? NO_TARGET : found <= row->target ? GOOD : OVER;
}

static const char *const placement_words[] = {"one cpu", "same cpu", "other cpu", "all cpus"};

/* Three digits that count, in the unit that fits. */
static void put_amount(FILE *out, double amount, const char *unit)
{
    static const struct {
        double from, by;
        const char *unit;
    } scales[] = {{1e9, 1e9, "s"}, {1e6, 1e6, "ms"}, {1e3, 1e3, "us"}, {0, 1, "ns"}};
    if (strcmp(unit, "ns") != 0) {
        fprintf(out, "%8.0f %-2.2s", amount, unit);
        return;
    }
    size_t i = 0;
    while (amount < scales[i].from && scales[i].from > 0)
        i++;
    fprintf(out, "%8.3g %-2s", amount / scales[i].by, scales[i].unit);
}

void table_head(FILE *out)
{
    fprintf(out, "%-18s %11s %11s %8s %-15s %7s %-9s %s\n", "row", "ours", "floor", "ratio",
            "  spread", "target", "on", "");
}

static void put_spread(char *out, size_t size, const struct line *line)
{
    const struct figure *r = &line->result.ratio;
    out[0] = '\0';
    if (line->row->floor)
        snprintf(out, size, "%.3g..%.3g", r->low, r->high);
}

void table_line(FILE *out, const struct line *line)
{
    static const char *const words[] = {[GOOD] = "ok", [OVER] = "OVER", [NO_TARGET] = ""};
    char spread[32], target[16] = "";
    const struct row *row = line->row;
    put_spread(spread, sizeof(spread), line);
    if (row->target != 0)
        snprintf(target, sizeof(target), "%.3g", row->target);
    fprintf(out, "%-18s", row->name);
    put_amount(out, line->result.ours.median, row->unit);
    if (row->floor)
        put_amount(out, line->result.floor.median, row->unit);
    else
        fprintf(out, "%11s", "");
    if (row->floor)
        fprintf(out, " %8.3g   %-13s", line->result.ratio.median, spread);
    else
        fprintf(out, " %8s   %-13s", "", "");
    fprintf(out, " %7s %-9s %s\n", target, placement_words[row->placement],
            words[verdict_of(line)]);
    if (line->result.note[0])
        fprintf(out, "%-18s   %s\n", "", line->result.note);
}
