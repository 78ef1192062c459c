/* SPDX-License-Identifier: MIT */
/*
 * Mipmapped arrays and their levels, made by CUDA or mapped from D3D11. A level is an array
 * with a handle of its own, made when it is first asked for; it keeps the whole alive for
 * running work.
 */
#include "core/session.h"
#include "cuda/array.h"
#include "cuda/error.h"
#include "cuda/stream.h"

/* In place of a level's handle once the whole was destroyed: no level is made any more. */
#define LEVEL_ENDED ((void *)1)

static void mipmapped_destroy(struct cu_object *object)
{
    struct cu_mipmapped *m = container_of(object, struct cu_mipmapped, object);
    object_drop_by(&m->resource->object, m->holder, m);
    free(m);
}

int cu_mipmapped_add(const struct cu_mipmapped *made, void **out)
{
    struct cu_mipmapped *m = calloc(1, sizeof(*m));
    if (!m)
        return cu_refuse(CUDA_ERROR_OUT_OF_MEMORY, "no memory to describe a mipmapped array");
    cu_object_init(&m->object, CU_MIPMAPPED, mipmapped_destroy);
    m->resource = made->resource;
    m->holder = made->holder;
    m->format = made->format;
    m->desc = made->desc;
    m->levels = made->levels;
    m->first_row = made->first_row;
    live_name_holder(&m->resource->object, m->holder, m);
    void *handle = cu_handle_add(&m->object);
    if (!handle) {
        free(m);
        return cu_refuse(CUDA_ERROR_OUT_OF_MEMORY, "no further mipmapped array: the table is "
                                                   "full");
    }
    *out = handle;
    return CUDA_SUCCESS;
}

int istcu_mipmapped_create(void **out, const struct istcu_array_desc *desc, unsigned levels)
{
    struct cu_mipmapped made = {.holder = HOLDER_IMPORT};
    int code = cu_enter();
    if (code)
        return code;
    if (!out || !desc)
        return cu_refuse_out("cudaMallocMipmappedArray");
    code = cu_array_make(desc, levels ? levels : 1, &made.resource, &made.format);
    if (code)
        return code;
    made.desc = *desc;
    made.levels = made.resource->layout.levels;
    code = cu_mipmapped_add(&made, out);
    if (code)
        object_drop(&made.resource->object, HOLDER_IMPORT);
    return code;
}

/* Handles of levels die with the whole; those that the program destroyed are dead already. */
int istcu_mipmapped_destroy(void *mipmapped)
{
    struct cu_object *object;
    int code = cu_enter();
    if (!code)
        code = cu_handle_remove(mipmapped, CU_MIPMAPPED, &object);
    if (code)
        return code;
    struct cu_mipmapped *m = container_of(object, struct cu_mipmapped, object);
    for (unsigned i = 0; i < m->levels; i++) {
        void *last = exchange_acq_rel(&m->level[i], LEVEL_ENDED);
        struct cu_object *level = cu_handle_end(last, CU_ARRAY);
        if (level)
            cu_streams_retire(level);
    }
    cu_streams_retire(object);
    return CUDA_SUCCESS;
}

/* A side that is not there stays 0, one that is never gets below 1. */
static size_t shrink(size_t side, unsigned level)
{
    return !side ? 0 : side >> level ? side >> level : 1;
}

/* What one level looks like: layers do not get fewer, everything else is halved. */
static struct istcu_array_desc level_desc(const struct istcu_array_desc *whole, unsigned level)
{
    struct istcu_array_desc d = *whole;
    d.width = shrink(d.width, level);
    d.height = shrink(d.height, level);
    if (!(d.flags & (CUDA_ARRAY3D_LAYERED | CUDA_ARRAY3D_CUBEMAP)))
        d.depth = shrink(d.depth, level);
    return d;
}

/* The program may have destroyed it. */
static bool is_live(const void *handle)
{
    struct cu_object *object;
    bool live = cu_handle_is_live(handle, CU_ARRAY, &object);
    if (live)
        cu_unref(object);
    return live;
}

static int refuse_ended(void)
{
    return cu_refuse(CUDA_ERROR_INVALID_HANDLE, "the mipmapped array was destroyed while its "
                                                "level was asked for");
}

/* In place of `before`, which is not live. Whoever comes second takes the first one's. */
static int new_level(struct cu_mipmapped *m, unsigned level, void *before, void **out)
{
    struct cu_array a = {.resource = m->resource, .parent = m, .format = m->format};
    a.level = level;
    a.first_row = m->first_row;
    a.desc = level_desc(&m->desc, level);
    void *handle;
    cu_ref(&m->object);
    int code = cu_array_add(&a, &handle);
    if (code) {
        cu_unref(&m->object);
        return code;
    }
    if (!cas_acq_rel(&m->level[level], &before, handle)) {
        cu_unref(cu_handle_end(handle, CU_ARRAY));
        if (before == LEVEL_ENDED)
            return refuse_ended();
        handle = before;
    }
    *out = handle;
    return CUDA_SUCCESS;
}

int istcu_mipmapped_level(void **out, const void *mipmapped, unsigned level)
{
    _cleanup_(cu_unrefp) struct cu_object *object = NULL;
    int code = cu_enter();
    if (!code && !out)
        code = cu_refuse_out("cudaGetMipmappedArrayLevel");
    if (!code)
        code = cu_handle_get(mipmapped, CU_MIPMAPPED, &object);
    if (code)
        return code;
    struct cu_mipmapped *m = container_of(object, struct cu_mipmapped, object);
    if (level >= m->levels)
        return cu_refuse(CUDA_ERROR_INVALID_VALUE, "level %u of %u: the last one is %u", level,
                         m->levels, m->levels - 1);
    void *known = load_acquire(&m->level[level]);
    if (known == LEVEL_ENDED)
        return refuse_ended();
    if (!is_live(known))
        return new_level(m, level, known, out);
    *out = known;
    return CUDA_SUCCESS;
}
