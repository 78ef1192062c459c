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

/* A block's third dimension counts towards x (src/device/nvidia/kernel_ptx.h). */
static bool covers(const struct launch *launch, uint32_t width, uint32_t height, uint32_t depth)
{
    return (uint64_t)launch->grid[0] * launch->block[0] * launch->block[2] >= width &&
           (uint64_t)launch->grid[1] * launch->block[1] >= height && launch->grid[2] >= depth;
}

/* NULL: outside of the surface, or not on a multiple of the unit. */
static char *cell(const struct array *array, unsigned unit, size_t x, size_t y, size_t z)
{
    size_t run;
    if (x % unit || x + unit > array->shape.row_bytes || y >= array->shape.rows ||
        z >= array->shape.slices)
        return NULL;
    return array_cell(array, x, y, z, &run);
}

static bool store(const struct array *array, const struct fill *fill, size_t x, size_t y,
                  size_t z)
{
    char *at = cell(array, fill->unit, x, y, z);
    if (at)
        memcpy(at, fill->value, fill->unit);
    return at;
}

static void let_go(const struct array *array)
{
    pthread_mutex_lock(&fake_lock);
    backing_unref(array->backing);
    pthread_mutex_unlock(&fake_lock);
}

static CUresult run_fill(const struct launch *launch, struct form form)
{
    struct fill fill;
    struct array array;
    memcpy(&fill, launch->params, sizeof(fill));
    if (!fill.unit || fill.unit > 16 || fill.unit & (fill.unit - 1) ||
        !hold_array(fill.surface, &form, &array))
        return CUDA_ERROR_LAUNCH_FAILED;
    bool good = covers(launch, fill.width, fill.height, fill.depth);
    for (uint32_t k = 0; k < fill.depth; k++)
        for (uint32_t j = 0; j < fill.height; j++)
            for (uint32_t i = 0; i < fill.width && good; i++)
                good = store(&array, &fill, fill.x + (size_t)i * fill.step,
                             form.rows ? fill.y + j : 0, form.slices ? fill.z + k : 0);
    let_go(&array);
    return good ? CUDA_SUCCESS : CUDA_ERROR_LAUNCH_FAILED;
}

/* src/device/nvidia/copy_ptx.h */
struct copy {
    uint64_t src, dst;
    uint32_t sx, sy, sz, dx, dy, dz, width, height, depth, unit;
};

static bool move(const struct array *dst, const struct array *src, const struct copy *c,
                 const struct form *to, const struct form *from, const uint32_t at[3])
{
    size_t x = (size_t)at[0] * c->unit;
    const char *found =
        cell(src, c->unit, c->sx + x, c->sy + at[1], from->slices ? c->sz + at[2] : 0);
    char *place = cell(dst, c->unit, c->dx + x, c->dy + at[1], to->slices ? c->dz + at[2] : 0);
    if (found && place)
        memmove(place, found, c->unit);
    return found && place;
}

static CUresult run_copy(const struct launch *launch, struct form from, struct form to)
{
    struct copy c;
    struct array src, dst;
    memcpy(&c, launch->params, sizeof(c));
    if ((c.unit != 4 && c.unit != 8 && c.unit != 16) || !hold_array(c.src, &from, &src))
        return CUDA_ERROR_LAUNCH_FAILED;
    bool held = hold_array(c.dst, &to, &dst);
    bool good = held && covers(launch, c.width, c.height, c.depth);
    for (uint32_t k = 0; k < c.depth; k++)
        for (uint32_t j = 0; j < c.height; j++)
            for (uint32_t i = 0; i < c.width && good; i++)
                good = move(&dst, &src, &c, &to, &from, (const uint32_t[3]){i, j, k});
    let_go(&src);
    if (held)
        let_go(&dst);
    return good ? CUDA_SUCCESS : CUDA_ERROR_LAUNCH_FAILED;
}

static const struct form flat = {true, false, false};
static const struct form deep = {true, true, false};
static const struct form layered = {true, true, true};

#define COPY(name, from, to)                          \
    static CUresult name(const struct launch *launch) \
    {                                                 \
        return run_copy(launch, from, to);            \
    }
COPY(copy_2d_2d, flat, flat)
COPY(copy_2d_3d, flat, deep)
COPY(copy_2d_layered, flat, layered)
COPY(copy_3d_2d, deep, flat)
COPY(copy_3d_3d, deep, deep)
COPY(copy_3d_layered, deep, layered)
COPY(copy_layered_2d, layered, flat)
COPY(copy_layered_3d, layered, deep)
COPY(copy_layered_layered, layered, layered)

/* tests/gpu/gpu_frame.c: rows of an array, one after the other. */
static CUresult run_read(const struct launch *launch)
{
    struct {
        uint64_t from, to;
        uint32_t width, height;
    } p;
    struct array array;
    memcpy(&p, launch->params, sizeof(p));
    if (!hold_array(p.from, &flat, &array))
        return CUDA_ERROR_LAUNCH_FAILED;
    pthread_mutex_lock(&fake_lock);
    char *to = memory_at(p.to, (size_t)p.width * p.height * 16);
    pthread_mutex_unlock(&fake_lock);
    bool good = to && covers(launch, p.width, p.height, 1);
    for (size_t i = 0; good && i < (size_t)p.width * p.height; i++) {
        const char *found = cell(&array, 16, i % p.width * 16, i / p.width, 0);
        good = found;
        if (found)
            memcpy(to + i * 16, found, 16);
    }
    let_go(&array);
    return good ? CUDA_SUCCESS : CUDA_ERROR_LAUNCH_FAILED;
}

/* What tests lose a GPU with (tests/nvidia/world.h). */
static CUresult trap(const struct launch *launch)
{
    (void)launch;
    return CUDA_ERROR_LAUNCH_FAILED;
}

static CUresult bad_address(const struct launch *launch)
{
    (void)launch;
    return CUDA_ERROR_ILLEGAL_ADDRESS;
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
    let_go(&from);
    if (held)
        let_go(&to);
    return good ? CUDA_SUCCESS : CUDA_ERROR_LAUNCH_FAILED;
}

#define FILL_PARAMS                           \
    {                                         \
        8, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4 \
    }

#define COPY_PARAMS                        \
    {                                      \
        8, 8, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4 \
    }

static const struct kernel kernels[] = {
    {"ist_fill_1d", 13, FILL_PARAMS, fill_1d},
    {"ist_fill_2d", 13, FILL_PARAMS, fill_2d},
    {"ist_fill_3d", 13, FILL_PARAMS, fill_3d},
    {"ist_fill_1d_layered", 13, FILL_PARAMS, fill_1d_layered},
    {"ist_fill_2d_layered", 13, FILL_PARAMS, fill_2d_layered},
    {"ist_copy_2d_2d", 12, COPY_PARAMS, copy_2d_2d},
    {"ist_copy_2d_3d", 12, COPY_PARAMS, copy_2d_3d},
    {"ist_copy_2d_layered", 12, COPY_PARAMS, copy_2d_layered},
    {"ist_copy_3d_2d", 12, COPY_PARAMS, copy_3d_2d},
    {"ist_copy_3d_3d", 12, COPY_PARAMS, copy_3d_3d},
    {"ist_copy_3d_layered", 12, COPY_PARAMS, copy_3d_layered},
    {"ist_copy_layered_2d", 12, COPY_PARAMS, copy_layered_2d},
    {"ist_copy_layered_3d", 12, COPY_PARAMS, copy_layered_3d},
    {"ist_copy_layered_layered", 12, COPY_PARAMS, copy_layered_layered},
    {"ist_test_read", 4, {8, 8, 4, 4}, run_read},
    {"ist_test_trap", 0, {0}, trap},
    {"ist_test_bad_address", 0, {0}, bad_address},
    {"edge", 4, {8, 8, 4, 4}, run_edge},
};

const struct kernel *kernel_find(const char *name)
{
    for (size_t i = 0; i < sizeof(kernels) / sizeof(kernels[0]); i++)
        if (strcmp(kernels[i].name, name) == 0)
            return &kernels[i];
    return NULL;
}
