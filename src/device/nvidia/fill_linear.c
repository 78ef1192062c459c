/* SPDX-License-Identifier: MIT */
/*
 * Fills of linear memory by the driver's own functions, which know elements of 1, 2 and 4
 * bytes. A longer pattern is written column by column: each of its elements is a column of a
 * picture whose rows are one pattern long.
 */
#include "device/nvidia/nvidia.h"

#include <string.h>

struct run {
    struct gpu_stream *stream;
    CUdeviceptr at;
    size_t pitch, width, rows; /* width in elements */
};

static enum ist_status set(const struct run *run, const unsigned char *value, unsigned bytes)
{
    static const char *const purpose = "a fill";
    struct gpu_stream *s = run->stream;
    bool one = run->rows == 1;
    uint16_t half;
    uint32_t word;
    memcpy(&half, value, bytes < sizeof(half) ? bytes : sizeof(half));
    memcpy(&word, value, bytes < sizeof(word) ? bytes : sizeof(word));
    if (bytes == 1)
        return one ? NV_CALL(s->nv, purpose, set_8, run->at, *value, run->width, s->cu)
                   : NV_CALL(s->nv, purpose, set_rows_8, run->at, run->pitch, *value,
                             run->width, run->rows, s->cu);
    if (bytes == 2)
        return one ? NV_CALL(s->nv, purpose, set_16, run->at, half, run->width, s->cu)
                   : NV_CALL(s->nv, purpose, set_rows_16, run->at, run->pitch, half, run->width,
                             run->rows, s->cu);
    return one ? NV_CALL(s->nv, purpose, set_32, run->at, word, run->width, s->cu)
               : NV_CALL(s->nv, purpose, set_rows_32, run->at, run->pitch, word, run->width,
                         run->rows, s->cu);
}

/* The largest element that address, pitch and both lengths are multiples of. */
static unsigned element(size_t mixed)
{
    return mixed % 4 == 0 ? 4 : mixed % 2 == 0 ? 2 : 1;
}

static enum ist_status fill_columns(struct gpu_stream *s, CUdeviceptr at, size_t bytes,
                                    const unsigned char *pattern, unsigned n)
{
    unsigned e = element(at | bytes | n);
    enum ist_status status = IST_OK;
    for (unsigned i = 0; i < n && i < bytes && status == IST_OK; i += e) {
        struct run run = {s, at + i, n, 1, (bytes - i + n - 1) / n};
        status = set(&run, pattern + i, e);
    }
    return status;
}

unsigned nv_pattern_period(const unsigned char *pattern, unsigned bytes)
{
    for (unsigned n = 1; n < bytes; n *= 2) {
        if (bytes % n == 0 && memcmp(pattern, pattern + n, bytes - n) == 0)
            return n;
    }
    return bytes;
}

enum ist_status nv_fill_linear(struct gpu_stream *s, CUdeviceptr at, size_t row_pitch,
                               size_t row_bytes, size_t rows, const unsigned char *pattern,
                               unsigned pattern_bytes)
{
    unsigned n = nv_pattern_period(pattern, pattern_bytes);
    if (row_pitch == row_bytes && row_bytes % n == 0) {
        row_bytes *= rows;
        rows = 1;
    }
    size_t pitch = rows == 1 ? 0 : row_pitch;
    if (n <= 4 && n != 3 && element(at | pitch | row_bytes) >= n) {
        struct run run = {s, at, row_pitch, row_bytes / n, rows};
        return set(&run, pattern, n);
    }
    enum ist_status status = IST_OK;
    for (size_t y = 0; y < rows && status == IST_OK; y++)
        status = fill_columns(s, at + y * row_pitch, row_bytes, pattern, n);
    return status;
}
