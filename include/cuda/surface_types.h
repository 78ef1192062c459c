/* SPDX-License-Identifier: MIT */
/** The type of a surface object; see texture_types.h. */
#ifndef ISTHMUS_CUDA_SURFACE_TYPES_H
#define ISTHMUS_CUDA_SURFACE_TYPES_H

/** What a kernel's access outside the surface does. */
enum cudaSurfaceBoundaryMode {
    cudaBoundaryModeZero = 0,
    cudaBoundaryModeClamp = 1,
    cudaBoundaryModeTrap = 2
};

enum cudaSurfaceFormatMode { cudaFormatModeForced = 0, cudaFormatModeAuto = 1 };

typedef unsigned long long cudaSurfaceObject_t;

#endif
