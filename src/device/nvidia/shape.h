/* SPDX-License-Identifier: MIT */
/*
 * As what arrays a texture lies in memory: its format's bytes are what counts, because arrays
 * of elements of one size are laid out alike whatever their channels (H100, driver 580.159.04,
 * 2026-11-21). Pure functions.
 */
#ifndef ISTHMUS_DEVICE_NVIDIA_SHAPE_H
#define ISTHMUS_DEVICE_NVIDIA_SHAPE_H

#include "core/place.h"
#include "device/nvidia/cuda_abi.h"

#define NV_PLANES 2
#define NV_SHAPE_ATTEMPTS 5 /* how often the estimate of the size grows */

struct nv_plane_shape {
    CUDA_ARRAY3D_DESCRIPTOR desc;
    unsigned unit; /* bytes of an element */
    unsigned levels;
    size_t first_row; /* of the layout's level 0: where the plane begins */
    size_t rows;      /* of level 0; a texture of one plane has no end: SIZE_MAX */
    uint64_t offset;  /* in the memory */
};

struct nv_shape {
    unsigned planes;
    struct nv_plane_shape plane[NV_PLANES];
};

/* r's description, format and layout are set. IST_NOT_SUPPORTED: no array can hold it. */
enum ist_status nv_shape_compute(const struct resource *r, struct nv_shape *out) MUST_CHECK;

/*
 * How much memory the arrays need: the driver pads to tiles and does not say how many, so this
 * is an estimate, and a larger one for each further attempt. The same in every process.
 */
uint64_t nv_shape_bytes(const struct nv_shape *shape, unsigned attempt);

#endif
