/* SPDX-License-Identifier: MIT */
/* Fills of memory that CUDA knows. */
#include "cuda/copy.h"
#include "cuda/error.h"
#include "cuda/istcu.h"
#include "cuda/stream.h"

/* The host may look at pinned memory right away, so the synchronous call waits for it. */
static int check_and_fill(struct cu_side *side, const struct cu_box *box, int value,
                          struct cu_stream *s, int async)
{
    int code = cu_side_find(side, box, "the memory to set");
    if (code)
        return code;
    if (!cu_side_is_device(side))
        return cu_refuse(CUDA_ERROR_INVALID_VALUE,
                         "the memory to set at %p is none that CUDA knows", side->ptr);
    code = cu_stream_order(s);
    if (code)
        return code;
    struct fill fill = {
        .dst = side->place,
        .row_bytes = box->width,
        .rows = box->height,
        .slices = box->depth,
        .pattern = {(unsigned char)value},
        .pattern_bytes = 1,
    };
    code = cu_code(queue_fill(s->queue, &fill));
    bool wait = !async && cu_memory_type(side->memory) == CU_HOST;
    return !code && wait ? cu_stream_drain(s) : code;
}

static int fill(struct cu_side side, struct cu_box box, int value, void *stream, int async)
{
    struct cu_stream *s;
    int code = cu_enter();
    if (!code)
        code = cu_stream_get(stream, &s);
    if (code)
        return code;
    if (box.width && box.height && box.depth)
        code = check_and_fill(&side, &box, value, s, async);
    cu_side_drop(&side);
    cu_unref(&s->object);
    return code;
}

int istcu_memset(void *ptr, int value, size_t count, void *stream, int async)
{
    struct cu_side side = {.ptr = ptr};
    return fill(side, (struct cu_box){count, 1, 1}, value, stream, async);
}

int istcu_memset_2d(void *ptr, size_t pitch, int value, size_t width, size_t height,
                    void *stream, int async)
{
    struct cu_side side = {.ptr = ptr, .pitch = pitch};
    return fill(side, (struct cu_box){width, height, 1}, value, stream, async);
}

int istcu_memset_3d(struct istcu_pitched ptr, int value, struct istcu_extent extent,
                    void *stream, int async)
{
    struct cu_side side = {.ptr = ptr.ptr, .pitch = ptr.pitch};
    if (__builtin_mul_overflow(ptr.pitch, ptr.ysize, &side.slice_pitch))
        return cu_refuse(CUDA_ERROR_INVALID_VALUE, "%zu rows at a pitch of %zu bytes overflow",
                         ptr.ysize, ptr.pitch);
    return fill(side, (struct cu_box){extent.width, extent.height, extent.depth}, value, stream,
                async);
}
