/* SPDX-License-Identifier: MIT */
/** make_cudaExtent(), make_cudaPos() and make_cudaPitchedPtr(). */
#ifndef ISTHMUS_CUDA_DRIVER_FUNCTIONS_H
#define ISTHMUS_CUDA_DRIVER_FUNCTIONS_H

#include "driver_types.h"

/** @w in elements for arrays, in bytes for linear memory. */
static inline struct cudaExtent make_cudaExtent(size_t w, size_t h, size_t d)
{
    struct cudaExtent extent;
    extent.width = w;
    extent.height = h;
    extent.depth = d;
    return extent;
}

static inline struct cudaPos make_cudaPos(size_t x, size_t y, size_t z)
{
    struct cudaPos pos;
    pos.x = x;
    pos.y = y;
    pos.z = z;
    return pos;
}

/** @p pitch bytes from row to row, @xsz bytes wide, @ysz rows high. */
static inline struct cudaPitchedPtr make_cudaPitchedPtr(void *d, size_t p, size_t xsz,
                                                        size_t ysz)
{
    struct cudaPitchedPtr pitched;
    pitched.ptr = d;
    pitched.pitch = p;
    pitched.xsize = xsz;
    pitched.ysize = ysz;
    return pitched;
}

#endif
