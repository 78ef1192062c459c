/* SPDX-License-Identifier: MIT */
/*
 * Copies to, from and between arrays in two dimensions, and the old forms that count bytes over
 * the ends of rows: those are cut into boxes.
 */
#include "cuda/copy.h"
#include "cuda/error.h"
#include "cuda/istcu.h"

int istcu_memcpy_2d_to_array(void *dst, size_t x, size_t y, const void *src, size_t src_pitch,
                             size_t width, size_t height, int kind, void *stream, int async)
{
    struct cu_side to = {.is_array = true, .array = dst, .x = x, .y = y};
    struct cu_side from = {.ptr = src, .pitch = src_pitch};
    struct cu_box box = {width, height, 1};
    return cu_copy_run(&to, &from, &box, kind, stream, async);
}

int istcu_memcpy_2d_from_array(void *dst, size_t dst_pitch, const void *src, size_t x, size_t y,
                               size_t width, size_t height, int kind, void *stream, int async)
{
    struct cu_side to = {.ptr = dst, .pitch = dst_pitch};
    struct cu_side from = {.is_array = true, .array = src, .x = x, .y = y};
    struct cu_box box = {width, height, 1};
    return cu_copy_run(&to, &from, &box, kind, stream, async);
}

int istcu_memcpy_2d_array_to_array(void *dst, size_t dst_x, size_t dst_y, const void *src,
                                   size_t src_x, size_t src_y, size_t width, size_t height,
                                   int kind, void *stream, int async)
{
    struct cu_side to = {.is_array = true, .array = dst, .x = dst_x, .y = dst_y};
    struct cu_side from = {.is_array = true, .array = src, .x = src_x, .y = src_y};
    struct cu_box box = {width, height, 1};
    return cu_copy_run(&to, &from, &box, kind, stream, async);
}

/* One side of a copy that counts bytes: where it stands, and how long its rows are. */
struct cursor {
    bool is_array;
    const void *array;
    const unsigned char *ptr; /* memory goes on without rows */
    size_t x, y;
    size_t row_bytes, rows; /* of the array */
};

/* Looks up how long the rows are, and whether all bytes lie before the array's end. */
static int cursor_start(struct cursor *c, size_t count, const char *what)
{
    struct cu_array *a;
    if (!c->is_array)
        return CUDA_SUCCESS;
    int code = cu_array_get(c->array, &a);
    if (code)
        return code;
    c->row_bytes = a->row_bytes;
    c->rows = a->rows;
    cu_unref(&a->object);
    size_t whole = c->row_bytes * c->rows; /* of a live array: no overflow */
    if (c->x >= c->row_bytes || c->y >= c->rows || count > whole - (c->y * c->row_bytes + c->x))
        return cu_refuse(CUDA_ERROR_INVALID_VALUE,
                         "%s: %zu bytes from (%zu, %zu) on go beyond the array of %zu bytes x "
                         "%zu rows",
                         what, count, c->x, c->y, c->row_bytes, c->rows);
    return CUDA_SUCCESS;
}

/* How many of `count` bytes lie in this side's row. */
static size_t cursor_room(const struct cursor *c, size_t count)
{
    size_t room = c->is_array ? c->row_bytes - c->x : count;
    return room < count ? room : count;
}

/* Past the end of a row the next one begins; memory has no rows. */
static void cursor_advance(struct cursor *c, size_t bytes)
{
    if (!c->is_array) {
        c->ptr += bytes;
        return;
    }
    c->y += (c->x + bytes) / c->row_bytes;
    c->x = (c->x + bytes) % c->row_bytes;
}

/* The cursor as one side of a box; memory is contiguous, so its pitch is the box's width. */
static struct cu_side cursor_side(const struct cursor *c, size_t pitch)
{
    return (struct cu_side){.is_array = c->is_array,
                            .array = c->array,
                            .ptr = c->ptr,
                            .pitch = pitch,
                            .x = c->x,
                            .y = c->y};
}

/* The largest box that lies in whole rows of both sides from here on. */
static struct cu_box next_box(const struct cursor *to, const struct cursor *from, size_t count)
{
    size_t row = cursor_room(to, cursor_room(from, count));
    struct cu_box box = {row, 1, 1};
    bool whole = (!to->is_array || (!to->x && to->row_bytes == row)) &&
                 (!from->is_array || (!from->x && from->row_bytes == row));
    if (whole && row)
        box.height = count / row;
    return box;
}

/* Box by box: at most the rest of a row, whole rows, the start of a row; or row by row. */
static int copy_bytes(struct cursor to, struct cursor from, size_t count, int kind,
                      void *stream, int async)
{
    int code = cu_enter();
    if (!code)
        code = cursor_start(&to, count, "the destination");
    if (!code)
        code = cursor_start(&from, count, "the source");
    while (!code && count) {
        struct cu_box box = next_box(&to, &from, count);
        struct cu_side dst = cursor_side(&to, box.width), src = cursor_side(&from, box.width);
        code = cu_copy_run(&dst, &src, &box, kind, stream, async);
        size_t done = box.width * box.height;
        cursor_advance(&to, done);
        cursor_advance(&from, done);
        count -= done;
    }
    return code;
}

int istcu_memcpy_to_array(void *dst, size_t x, size_t y, const void *src, size_t count,
                          int kind, void *stream, int async)
{
    struct cursor to = {.is_array = true, .array = dst, .x = x, .y = y}, from = {.ptr = src};
    return copy_bytes(to, from, count, kind, stream, async);
}

int istcu_memcpy_from_array(void *dst, const void *src, size_t x, size_t y, size_t count,
                            int kind, void *stream, int async)
{
    struct cursor to = {.ptr = dst}, from = {.is_array = true, .array = src, .x = x, .y = y};
    return copy_bytes(to, from, count, kind, stream, async);
}

int istcu_memcpy_array_to_array(void *dst, size_t dst_x, size_t dst_y, const void *src,
                                size_t src_x, size_t src_y, size_t count, int kind,
                                void *stream, int async)
{
    struct cursor to = {.is_array = true, .array = dst, .x = dst_x, .y = dst_y};
    struct cursor from = {.is_array = true, .array = src, .x = src_x, .y = src_y};
    return copy_bytes(to, from, count, kind, stream, async);
}
