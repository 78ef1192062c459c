/* SPDX-License-Identifier: MIT */
/*
 * What our device's kernels do (src/device/nvidia/fill_ptx.h), and the demo's, done on the
 * host: the same parameters, the same threads, and a store outside of its surface traps.
 */
#include <stdlib.h>
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

/* tools/demo/edge_ptx.h: the filter of the demo. */
struct edge {
    uint64_t from, to;
    uint32_t width, height;
};

static uint32_t pixel(const struct array *array, int64_t x, int64_t y, const struct edge *edge)
{
    uint32_t value;
    size_t run;
    x = x < 0 ? 0 : x >= edge->width ? (int64_t)edge->width - 1 : x;
    y = y < 0 ? 0 : y >= edge->height ? (int64_t)edge->height - 1 : y;
    memcpy(&value, array_cell(array, (size_t)x * 4, (size_t)y, 0, &run), 4);
    return value;
}

static int brightness(const struct array *array, int64_t x, int64_t y, const struct edge *edge)
{
    uint32_t p = pixel(array, x, y, edge);
    return (int)((77 * (p & 0xff) + 150 * (p >> 8 & 0xff) + 29 * (p >> 16 & 0xff)) >> 8);
}

static uint32_t edge_at(const struct array *from, int64_t x, int64_t y, const struct edge *edge)
{
    int sum[3], fall[3];
    for (int i = 0; i < 3; i++) {
        int above = brightness(from, x + i - 1, y - 1, edge);
        int below = brightness(from, x + i - 1, y + 1, edge);
        sum[i] = above + 2 * brightness(from, x + i - 1, y, edge) + below;
        fall[i] = below - above;
    }
    int across = abs(sum[2] - sum[0]), down = abs(fall[0] + 2 * fall[1] + fall[2]);
    int large = across > down ? across : down, small = across > down ? down : across;
    int length = large - (large >> 3) + (small >> 1);
    length = length > large ? length : large;
    length = length > 255 ? 255 : length;
    return (pixel(from, x, y, edge) & 0xff000000U) | (uint32_t)length * 0x010101U;
}

static bool fits(const struct array *array, const struct edge *edge)
{
    return (size_t)edge->width * 4 <= array->shape.row_bytes &&
           edge->height <= array->shape.rows;
}

static CUresult run_edge(const struct launch *launch)
{
    const struct form flat = {true, false, false};
    struct edge edge;
    struct array from, to;
    memcpy(&edge, launch->params, sizeof(edge));
    if (!hold_array(edge.from, &flat, &from))
        return CUDA_ERROR_LAUNCH_FAILED;
    bool held = hold_array(edge.to, &flat, &to);
    bool good = held && fits(&from, &edge) && fits(&to, &edge);
    uint32_t width = threads(launch, 0, edge.width), height = threads(launch, 1, edge.height);
    for (uint32_t y = 0; good && y < height; y++)
        for (uint32_t x = 0; x < width; x++) {
            uint32_t value = edge_at(&from, x, y, &edge);
            size_t run;
            memcpy(array_cell(&to, (size_t)x * 4, y, 0, &run), &value, 4);
        }
    pthread_mutex_lock(&fake_lock);
    backing_unref(from.backing);
    if (held)
        backing_unref(to.backing);
    pthread_mutex_unlock(&fake_lock);
    return good ? CUDA_SUCCESS : CUDA_ERROR_LAUNCH_FAILED;
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
    {"edge", 4, {8, 8, 4, 4}, run_edge},
};

const struct kernel *kernel_find(const char *name)
{
    for (size_t i = 0; i < sizeof(kernels) / sizeof(kernels[0]); i++)
        if (strcmp(kernels[i].name, name) == 0)
            return &kernels[i];
    return NULL;
}
