/* SPDX-License-Identifier: MIT */
/**
 * The words that CUDA adds to C and C++, for a compiler that knows no device code. There is no
 * __global__ here: a kernel needs NVIDIA's compiler, and should fail to compile without it.
 */
#ifndef ISTHMUS_CUDA_HOST_DEFINES_H
#define ISTHMUS_CUDA_HOST_DEFINES_H

/* Calling conventions: only Windows has special ones. */
#ifndef CUDARTAPI
#define CUDARTAPI
#endif
#ifndef CUDART_CB
#define CUDART_CB
#endif
#ifndef CUDAAPI
#define CUDAAPI
#endif
#ifndef CUDA_CB
#define CUDA_CB
#endif

/* Functions shared by host and device code are plain host functions here. */
#ifndef __host__
#define __host__
#endif
#ifndef __device__
#define __device__
#endif
#ifndef __forceinline__
#define __forceinline__ __inline__ __attribute__((always_inline))
#endif
#ifndef __align__
#define __align__(n) __attribute__((aligned(n)))
#endif

#endif
