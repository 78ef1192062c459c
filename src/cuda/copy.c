/* SPDX-License-Identifier: MIT */
/*
 * The one way of every copy: both sides are found and checked, then the box goes to the
 * stream's queue. No state of its own.
 */
#include "cuda/copy.h"

#include "cuda/error.h"
#include "cuda/stream.h"

/* Nothing to copy is no mistake, whatever the pointers are: CUDA answers 0. */
static bool is_empty(const struct cu_box *box)
{
    return !box->width || !box->height || !box->depth;
}

/* Without a sum that could overflow. */
static bool fits(size_t at, size_t count, size_t limit)
{
    return at <= limit && count <= limit - at;
}

/* Arrays are found by handle, so their bounds are known to the byte. */
static int find_array(struct cu_side *side, const struct cu_box *box, const char *what)
{
    int code = cu_array_get(side->array, &side->found_array);
    if (code)
        return code;
    struct cu_array *a = side->found_array;
    if (!fits(side->x, box->width, a->row_bytes) || !fits(side->y, box->height, a->rows) ||
        !fits(side->z, box->depth, a->slices))
        return cu_refuse(CUDA_ERROR_INVALID_VALUE,
                         "%s: %zu bytes x %zu x %zu at (%zu, %zu, %zu) go beyond the array of "
                         "%zu bytes x %zu rows x %zu slices",
                         what, box->width, box->height, box->depth, side->x, side->y, side->z,
                         a->row_bytes, a->rows, a->slices);
    side->place = (struct place){
        .resource = a->resource,
        .level = a->level,
        .x = side->x,
        .y = a->first_row + side->y,
        .z = side->z,
    };
    return CUDA_SUCCESS;
}

/* From the first byte of memory to one past the last of the box. False: overflow. */
static bool measure(const struct cu_side *side, const struct cu_box *box, size_t *skip,
                    size_t *span)
{
    size_t y, z, rows, slices;
    if (__builtin_mul_overflow(side->y, side->pitch, &y) ||
        __builtin_mul_overflow(side->z, side->slice_pitch, &z) ||
        __builtin_add_overflow(y, z, skip) || __builtin_add_overflow(*skip, side->x, skip) ||
        __builtin_mul_overflow(box->height - 1, side->pitch, &rows) ||
        __builtin_mul_overflow(box->depth - 1, side->slice_pitch, &slices) ||
        __builtin_add_overflow(rows, slices, span) ||
        __builtin_add_overflow(*span, box->width, span))
        return false;
    uintptr_t end;
    return !__builtin_add_overflow((uintptr_t)side->ptr, *skip, &end) &&
           !__builtin_add_overflow(end, *span, &end);
}

/* A single row needs no pitch, and programs leave it 0 then. */
static int check_pitch(const struct cu_side *side, const struct cu_box *box, const char *what)
{
    if ((box->height > 1 || box->depth > 1) && side->pitch < box->width)
        return cu_refuse(CU_ERROR_PITCH, "%s: pitch %zu is smaller than the width of %zu bytes",
                         what, side->pitch, box->width);
    if (box->depth > 1 && side->slice_pitch / box->height < side->pitch)
        return cu_refuse(CUDA_ERROR_INVALID_VALUE,
                         "%s: slices of %zu rows at a pitch of %zu bytes do not fit into %zu "
                         "bytes from slice to slice",
                         what, box->height, side->pitch, side->slice_pitch);
    return CUDA_SUCCESS;
}

/* Memory that CUDA does not know is the program's own: nobody can check its range. */
static int find_memory(struct cu_side *side, const struct cu_box *box, const char *what)
{
    size_t skip, span;
    if (!side->ptr)
        return cu_refuse(CUDA_ERROR_INVALID_VALUE, "%s: the pointer is NULL", what);
    int code = check_pitch(side, box, what);
    if (code)
        return code;
    if (!measure(side, box, &skip, &span))
        return cu_refuse(CUDA_ERROR_INVALID_VALUE,
                         "%s: %zu bytes x %zu x %zu at %p go beyond the address space", what,
                         box->width, box->height, box->depth, side->ptr);

    uintptr_t at = (uintptr_t)side->ptr;
    side->memory = cu_pointer_find(side->ptr);
    struct cu_memory *m = side->memory;
    if (m && !fits(at - m->start + skip, span, m->size))
        return cu_refuse(CUDA_ERROR_INVALID_VALUE,
                         "%s: %zu bytes from %p + %zu on go beyond the %zu bytes at %p", what,
                         span, side->ptr, skip, m->size, (void *)m->start);
    side->place = (struct place){
        .memory = (unsigned char *)(at + skip),
        .row_pitch = side->pitch,
        .slice_pitch = side->slice_pitch,
    };
    return CUDA_SUCCESS;
}

int cu_side_find(struct cu_side *side, const struct cu_box *box, const char *what)
{
    return side->is_array ? find_array(side, box, what) : find_memory(side, box, what);
}

void cu_side_drop(struct cu_side *side)
{
    cu_unref(side->found_array);
    cu_unref(side->memory);
}

/* Pinned memory counts: the device reaches it, and so it may be called device memory. */
bool cu_side_is_device(const struct cu_side *side)
{
    return side->found_array || side->memory;
}

/* All but what only the device reaches; managed memory is on both sides. */
bool cu_side_is_host(const struct cu_side *side)
{
    return !side->found_array && (!side->memory || cu_memory_type(side->memory) != CU_DEVICE);
}

static int check_side(const struct cu_side *side, bool device, const char *what)
{
    if (device ? cu_side_is_device(side) : cu_side_is_host(side))
        return CUDA_SUCCESS;
    if (side->found_array)
        return cu_refuse(CU_ERROR_DIRECTION,
                         "the kind of the copy says that the %s is on the host, but it is an "
                         "array",
                         what);
    return cu_refuse(CUDA_ERROR_INVALID_VALUE,
                     "the kind of the copy says that the %s %p is on the %s, but it is %s",
                     what, side->ptr, device ? "device" : "host",
                     device ? "no memory that CUDA knows" : "device memory");
}

/*
 * CUDA calls a kind that does not fit the pointers undefined. A copy that works by chance on
 * one machine fails on the next, so it is refused.
 */
static int check_direction(const struct cu_side *dst, const struct cu_side *src, int kind)
{
    if (kind == CU_DEFAULT)
        return CUDA_SUCCESS;
    int code = check_side(dst, kind == CU_HOST_TO_DEVICE || kind == CU_DEVICE_TO_DEVICE,
                          "destination");
    if (code)
        return code;
    return check_side(src, kind == CU_DEVICE_TO_HOST || kind == CU_DEVICE_TO_DEVICE, "source");
}

/* Copies within the device do not hold up the host, as in CUDA. */
static int submit(const struct cu_side *dst, const struct cu_side *src,
                  const struct cu_box *box, struct cu_stream *s, int async)
{
    bool ordinary = !src->found_array && !src->memory;
    bool within = !cu_side_is_host(dst) && !cu_side_is_host(src);
    struct copy copy = {
        .dst = dst->place,
        .src = src->place,
        .row_bytes = box->width,
        .rows = box->height,
        .slices = box->depth,
    };
    int code =
        cu_code(queue_copy(s->queue, &copy,
                           async && ordinary ? COPY_SOURCE_TRANSIENT : COPY_SOURCE_STAYS));
    return code || async || within ? code : cu_stream_drain(s);
}

/* The stream is touched last: a refused copy leaves no trace in it. */
static int check_and_submit(struct cu_side *dst, struct cu_side *src, const struct cu_box *box,
                            int kind, struct cu_stream *s, int async)
{
    if (is_empty(box))
        return CUDA_SUCCESS;
    int code = cu_side_find(dst, box, "the destination");
    if (!code)
        code = cu_side_find(src, box, "the source");
    if (!code)
        code = check_direction(dst, src, kind);
    if (!code)
        code = cu_stream_order(s);
    return code ? code : submit(dst, src, box, s, async);
}

int cu_copy_run(struct cu_side *dst, struct cu_side *src, const struct cu_box *box, int kind,
                void *stream, int async)
{
    struct cu_stream *s;
    int code = cu_enter();
    if (code)
        return code;
    if (kind < CU_HOST_TO_HOST || kind > CU_DEFAULT)
        return cu_refuse(CU_ERROR_DIRECTION, "copy kind %d: there are 0 .. 4", kind);
    code = cu_stream_get(stream, &s);
    if (code)
        return code;
    code = check_and_submit(dst, src, box, kind, s, async);
    cu_side_drop(dst);
    cu_side_drop(src);
    cu_unref(&s->object);
    return code;
}
