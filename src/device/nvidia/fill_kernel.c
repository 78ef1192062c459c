/* SPDX-License-Identifier: MIT */
/* Clears of arrays by our own kernel. */
#include "device/nvidia/nvidia.h"

#define WIDE 16U     /* bytes of the widest store */
#define WIDE_ROW 64U /* rows shorter than that are not worth a second launch */

/* The kernel's parameters, in its order. */
struct parameters {
    CUsurfObject surface;
    uint32_t x, step, y, z, width, height, depth, unit;
    uint32_t value[4];
};

bool nv_kernel_fits(const struct nv_plane *plane, size_t x, size_t row_bytes)
{
    unsigned unit = plane->shape.unit;
    return plane->shape.desc.Flags & CUDA_ARRAY3D_SURFACE_LDST && x % unit == 0 &&
           row_bytes % unit == 0;
}

static enum ist_status launch(struct gpu_stream *s, enum nv_geometry geometry,
                              struct parameters *p)
{
    void *list[] = {&p->surface,  &p->x,        &p->step,    &p->y,    &p->z,
                    &p->width,    &p->height,   &p->depth,   &p->unit, &p->value[0],
                    &p->value[1], &p->value[2], &p->value[3]};
    struct nv_grid g = nv_kernel_grid(p->width, p->height);
    return NV_CALL(s->nv, "the clear of a texture", launch, s->nv->fill[geometry], g.grid_x,
                   g.grid_y, p->depth, g.block_x, g.block_y, g.block_z, 0, s->cu, list, NULL);
}

/* The pattern, and the fill that it starts with. */
struct job {
    struct gpu_stream *stream;
    enum nv_geometry geometry;
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
        .geometry = nv_plane_geometry(plane),
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
