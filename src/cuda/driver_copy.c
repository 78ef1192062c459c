/* SPDX-License-Identifier: MIT */
/*
 * The driver's one call for copies of every shape, as interop.h makes it. Its descriptor is no
 * part of our <cuda.h>, so it is laid out here.
 */
#define __CUDA_API_VERSION_INTERNAL
#include "cuda/copy.h"
#include "cuda/error.h"

#include <cuda.h>

/* CUmemorytype. */
enum { SIDE_HOST = 1, SIDE_DEVICE, SIDE_ARRAY, SIDE_UNIFIED };

struct driver_side {
    size_t x_bytes, y, z, level;
    unsigned type;
    const void *host;
    CUdeviceptr device;
    CUarray array;
    void *reserved;
    size_t pitch, height;
};

struct driver_copy {
    struct driver_side from, to;
    size_t width_bytes, height, depth;
};

_Static_assert(sizeof(struct driver_copy) == 200, "the driver's layout");

#pragma GCC visibility push(default)
CUresult CUDAAPI cuMemcpy3DAsync_v2(const struct driver_copy *copy, CUstream stream);
#pragma GCC visibility pop

static int check_side(const struct driver_side *side, const char *what)
{
    if (side->type < SIDE_HOST || side->type > SIDE_UNIFIED)
        return cu_refuse(CUDA_ERROR_INVALID_VALUE, "%s: memory type %u: there are 1 .. 4", what,
                         side->type);
    if (side->level || side->reserved)
        return cu_refuse(CUDA_ERROR_INVALID_VALUE, "%s: LOD and reserved fields must be 0",
                         what);
    return CUDA_SUCCESS;
}

/* Without rows a pitch may be missing: one row has none. */
static struct cu_side side_of(const struct driver_side *side, const struct driver_copy *copy)
{
    bool device = side->type == SIDE_DEVICE || side->type == SIDE_UNIFIED;
    size_t pitch = side->pitch ? side->pitch : copy->width_bytes;
    size_t height = side->height ? side->height : copy->height;
    if (side->type == SIDE_ARRAY)
        return (struct cu_side){.is_array = true,
                                .array = side->array,
                                .x = side->x_bytes,
                                .y = side->y,
                                .z = side->z};
    return (struct cu_side){
        .ptr = device ? (const void *)(uintptr_t)side->device : side->host,
        .pitch = pitch,
        .slice_pitch = pitch * height,
        .x = side->x_bytes,
        .y = side->y,
        .z = side->z,
    };
}

/* Host memory that is named as such is not asked about: the driver believes it, too. */
CUresult cuMemcpy3DAsync_v2(const struct driver_copy *copy, CUstream stream)
{
    if (!copy)
        return (CUresult)cu_refuse(CUDA_ERROR_INVALID_VALUE, "the copy's descriptor is NULL");
    int code = check_side(&copy->to, "the destination");
    if (!code)
        code = check_side(&copy->from, "the source");
    if (code)
        return (CUresult)code;
    struct cu_side to = side_of(&copy->to, copy), from = side_of(&copy->from, copy);
    struct cu_box box = {copy->width_bytes, copy->height, copy->depth};
    return (CUresult)cu_copy_run(&to, &from, &box, CU_DEFAULT, stream, 1);
}
