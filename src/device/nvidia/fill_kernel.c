/* SPDX-License-Identifier: MIT */
/*
 * Clears of arrays by our own kernel. Without it (an old GPU, no compiler in the driver) fills
 * go by copies. What is loaded is written once, before the context is published.
 */
#include "device/nvidia/fill_ptx.h"
#include "device/nvidia/nvidia.h"

#include "base/log.h"

#include <string.h>

#define BLOCK_X 32U
#define BLOCK_Y 8U
#define ROWS 4U      /* of each thread */
#define WIDE 16U     /* bytes of the widest store */
#define WIDE_ROW 64U /* rows shorter than that are not worth a second launch */

enum geometry {
    GEOMETRY_1D,
    GEOMETRY_2D,
    GEOMETRY_3D,
    GEOMETRY_1D_LAYERED,
    GEOMETRY_2D_LAYERED
};

static const char *const names[NV_GEOMETRIES] = {
    [GEOMETRY_1D] = "ist_fill_1d",
    [GEOMETRY_2D] = "ist_fill_2d",
    [GEOMETRY_3D] = "ist_fill_3d",
    [GEOMETRY_1D_LAYERED] = "ist_fill_1d_layered",
    [GEOMETRY_2D_LAYERED] = "ist_fill_2d_layered",
};

/* The kernel's parameters, in its order. */
struct parameters {
    CUsurfObject surface;
    uint32_t x, step, y, z, width, height, depth, unit;
    uint32_t value[4];
};

static enum ist_status load(struct nvidia *nv)
{
    enum ist_status status =
        NV_CALL(nv, "the clear of textures", module_load, &nv->module, fill_ptx);
    if (status != IST_OK) {
        nv->module = NULL;
        return status;
    }
    for (unsigned i = 0; i < NV_GEOMETRIES && status == IST_OK; i++)
        status = NV_CALL(nv, "the clear of textures", module_function, &nv->fill[i], nv->module,
                         names[i]);
    return status;
}

/* ISTHMUS_NVIDIA_CLEAR=copy or =kernel takes that way for all textures: for measuring. */
void nv_kernel_load(struct nvidia *nv)
{
    const char *way = getenv("ISTHMUS_NVIDIA_CLEAR");
    nv->linear_clears = !way || !*way;
    if (way && strcmp(way, "copy") == 0)
        return;
    if (load(nv) == IST_OK)
        return;
    if (nv->module)
        driver.module_unload(nv->module);
    nv->module = NULL;
    log_line(LOG_WARN, "device", "%s: textures are cleared by copies, which is slower: %s",
             nv->device.description, status_reason());
}

bool nv_kernel_fits(const struct nv_plane *plane, size_t x, size_t row_bytes)
{
    unsigned unit = plane->shape.unit;
    return plane->shape.desc.Flags & CUDA_ARRAY3D_SURFACE_LDST && x % unit == 0 &&
           row_bytes % unit == 0;
}

static enum geometry geometry_of(const CUDA_ARRAY3D_DESCRIPTOR *desc)
{
    bool layered = desc->Flags & CUDA_ARRAY3D_LAYERED;
    if (!desc->Height)
        return layered ? GEOMETRY_1D_LAYERED : GEOMETRY_1D;
    if (layered)
        return GEOMETRY_2D_LAYERED;
    return desc->Depth ? GEOMETRY_3D : GEOMETRY_2D;
}

static unsigned blocks(uint32_t threads, uint32_t block)
{
    return (threads + block - 1) / block;
}

static enum ist_status launch(struct gpu_stream *s, enum geometry geometry,
                              struct parameters *p)
{
    void *list[] = {&p->surface,  &p->x,        &p->step,    &p->y,    &p->z,
                    &p->width,    &p->height,   &p->depth,   &p->unit, &p->value[0],
                    &p->value[1], &p->value[2], &p->value[3]};
    return NV_CALL(s->nv, "the clear of a texture", launch, s->nv->fill[geometry],
                   blocks(p->width, BLOCK_X), blocks(p->height, BLOCK_Y * ROWS), p->depth,
                   BLOCK_X, BLOCK_Y, 1, 0, s->cu, list, NULL);
}

/* The pattern, and the fill that it starts with. */
struct job {
    struct gpu_stream *stream;
    enum geometry geometry;
    struct parameters p; /* but for what a run sets */
    size_t start;        /* x of the fill */
    const unsigned char *pattern;
    unsigned pattern_bytes;
};

static unsigned common_multiple(unsigned a, unsigned b)
{
    unsigned multiple = a;
    while (multiple % b)
        multiple += a;
    return multiple;
}

/*
 * Bytes x to end of each row by stores of `unit` bytes. If the pattern is not over with one of
 * them (12 bytes and 16 are over together after 48), each kind of store is a launch.
 */
static enum ist_status run(struct job *job, size_t x, size_t end, unsigned unit)
{
    struct parameters *p = &job->p;
    enum ist_status status = IST_OK;
    p->unit = unit;
    p->step = common_multiple(job->pattern_bytes, unit);
    for (unsigned i = 0; i < p->step && x + i < end && status == IST_OK; i += unit) {
        size_t phase = x + i - job->start;
        unsigned char *value = (unsigned char *)p->value;
        for (unsigned b = 0; b < unit; b++)
            value[b] = job->pattern[(phase + b) % job->pattern_bytes];
        p->x = (uint32_t)(x + i);
        p->width = (uint32_t)((end - x - i + p->step - 1) / p->step);
        status = launch(job->stream, job->geometry, p);
    }
    return status;
}

/* The middle of each row by wide stores, what is left at its ends by those of an element. */
enum ist_status nv_kernel_fill(struct gpu_stream *s, const struct nv_plane *plane,
                               CUsurfObject surface, const struct nv_fill_box *box,
                               const unsigned char *pattern, unsigned pattern_bytes)
{
    struct job job = {
        .stream = s,
        .geometry = geometry_of(&plane->shape.desc),
        .p = {.surface = surface,
              .y = (uint32_t)box->y,
              .z = (uint32_t)box->z,
              .height = (uint32_t)box->rows,
              .depth = (uint32_t)box->slices},
        .start = box->x,
        .pattern = pattern,
        .pattern_bytes = pattern_bytes,
    };
    unsigned unit = plane->shape.unit;
    size_t end = box->x + box->row_bytes;
    size_t wide = align_up(box->x, WIDE), wide_end = end - end % WIDE;
    if (unit == WIDE || box->row_bytes < WIDE_ROW)
        return run(&job, box->x, end, unit);
    enum ist_status status = run(&job, box->x, wide, unit);
    if (status == IST_OK)
        status = run(&job, wide, wide_end, WIDE);
    return status == IST_OK ? run(&job, wide_end, end, unit) : status;
}
