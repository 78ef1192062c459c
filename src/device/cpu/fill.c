/* SPDX-License-Identifier: MIT */
/* Fills boxes with a pattern. Each row starts with the first byte of the pattern. */
#include "device/cpu/cpu.h"

#include <string.h>

static bool is_uniform(const struct fill *fill)
{
    return fill->pattern_bytes == 1 ||
           memcmp(fill->pattern, fill->pattern + 1, fill->pattern_bytes - 1) == 0;
}

static void fill_rows(struct cpu_place at, const struct fill *fill, size_t row_bytes,
                      size_t rows)
{
    bool uniform = is_uniform(fill);
    for (size_t y = 0; y < rows; y++) {
        if (uniform)
            memset(at.base + y * at.row_pitch, fill->pattern[0], row_bytes);
        else
            cpu_repeat(at.base + y * at.row_pitch, row_bytes, fill->pattern,
                       fill->pattern_bytes);
    }
}

void cpu_fill(struct device *dev, const struct fill *fill)
{
    (void)dev;
    struct cpu_place at = cpu_place_resolve(&fill->dst);
    size_t row_bytes = fill->row_bytes;
    size_t rows = fill->rows;
    if (!row_bytes || !rows || !fill->slices)
        return;

    /* Contiguous rows are one row, if the pattern goes on across their ends. */
    if (rows > 1 && at.row_pitch == row_bytes && row_bytes % fill->pattern_bytes == 0) {
        row_bytes *= rows;
        rows = 1;
    }
    for (size_t z = 0; z < fill->slices; z++, at.base += at.slice_pitch)
        fill_rows(at, fill, row_bytes, rows);
}
