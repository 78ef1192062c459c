/* SPDX-License-Identifier: MIT */
/*
 * What our device's kernels do (src/device/nvidia/fill_ptx.h), done on the host: the same
 * parameters, the same threads, and a store outside of its surface traps.
 */
#include <string.h>

#include "kernel.h"

struct fill {
    uint64_t surface;
    uint32_t x, step, y, z, width, height, depth, unit, value[4];
};

/* What a surface of the entry's shape has. */
struct form {
    bool rows, slices, layered;
};

static bool hold_array(uint64_t handle, const struct form *form, struct array *out)
{
    bool good = false;
    pthread_mutex_lock(&fake_lock);
    const struct surface *surface = object_find(FAKECUDA_SURFACE, (uintptr_t)handle);
    const struct array *array = surface ? object_find(FAKECUDA_ARRAY, surface->array) : NULL;
    if (surface && !array)
        array = object_find(FAKECUDA_LEVEL, surface->array);
    if (array) {
        bool layered = array->desc.Flags & CUDA_ARRAY3D_LAYERED;
        good = layered == form->layered && (array->desc.Height != 0) == form->rows &&
               (array->desc.Depth != 0) == form->slices;
        *out = *array;
    }
    if (good)
        backing_ref(out->backing);
    pthread_mutex_unlock(&fake_lock);
    return good;
}

/* The threads that there are, of those that the kernel lets through. */
static uint32_t threads(const struct launch *launch, int axis, uint32_t wanted)
{
    uint64_t there = (uint64_t)launch->grid[axis] * launch->block[axis];
    return wanted < there ? wanted : (uint32_t)there;
}

static bool store(const struct array *array, const struct fill *fill, size_t x, size_t y,
                  size_t z)
{
    size_t run;
    if (x % fill->unit || x + fill->unit > array->shape.row_bytes || y >= array->shape.rows ||
        z >= array->shape.slices)
        return false;
    memcpy(array_cell(array, x, y, z, &run), fill->value, fill->unit);
    return true;
}

static CUresult run_fill(const struct launch *launch, struct form form)
{
    struct fill fill;
    struct array array;
    memcpy(&fill, launch->params, sizeof(fill));
    if (!fill.unit || fill.unit > 16 || fill.unit & (fill.unit - 1) ||
        !hold_array(fill.surface, &form, &array))
        return CUDA_ERROR_LAUNCH_FAILED;
    bool good = true;
    uint32_t width = threads(launch, 0, fill.width), depth = threads(launch, 2, fill.depth);
    uint32_t height = fill.height; /* a thread goes on with the rows that nobody began with */
    for (uint32_t k = 0; k < depth; k++)
        for (uint32_t j = 0; j < height; j++)
            for (uint32_t i = 0; i < width && good; i++)
                good = store(&array, &fill, fill.x + (size_t)i * fill.step,
                             form.rows ? fill.y + j : 0, form.slices ? fill.z + k : 0);
    pthread_mutex_lock(&fake_lock);
    backing_unref(array.backing);
    pthread_mutex_unlock(&fake_lock);
    return good ? CUDA_SUCCESS : CUDA_ERROR_LAUNCH_FAILED;
}

static CUresult fill_1d(const struct launch *launch)
{
    return run_fill(launch, (struct form){false, false, false});
}

static CUresult fill_2d(const struct launch *launch)
{
    return run_fill(launch, (struct form){true, false, false});
}

static CUresult fill_3d(const struct launch *launch)
{
    return run_fill(launch, (struct form){true, true, false});
}

static CUresult fill_1d_layered(const struct launch *launch)
{
    return run_fill(launch, (struct form){false, true, true});
}

static CUresult fill_2d_layered(const struct launch *launch)
{
    return run_fill(launch, (struct form){true, true, true});
}

#define FILL_PARAMS                           \
    {                                         \
        8, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4 \
    }

static const struct kernel kernels[] = {
    {"ist_fill_1d", 13, FILL_PARAMS, fill_1d},
    {"ist_fill_2d", 13, FILL_PARAMS, fill_2d},
    {"ist_fill_3d", 13, FILL_PARAMS, fill_3d},
    {"ist_fill_1d_layered", 13, FILL_PARAMS, fill_1d_layered},
    {"ist_fill_2d_layered", 13, FILL_PARAMS, fill_2d_layered},
};

const struct kernel *kernel_find(const char *name)
{
    for (size_t i = 0; i < sizeof(kernels) / sizeof(kernels[0]); i++)
        if (strcmp(kernels[i].name, name) == 0)
            return &kernels[i];
    return NULL;
}
