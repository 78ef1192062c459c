/* SPDX-License-Identifier: MIT */
/* Every form of cudaMemset. */
#include "cuda/runtime/runtime.h"

RT_SYNC(cudaMemset, istcu_memset, (void *devPtr, int value, size_t count), devPtr, value, count)

RT_ASYNC(cudaMemsetAsync, istcu_memset,
         (void *devPtr, int value, size_t count, cudaStream_t stream), devPtr, value, count)

RT_SYNC(cudaMemset2D, istcu_memset_2d,
        (void *devPtr, size_t pitch, int value, size_t width, size_t height), devPtr, pitch,
        value, width, height)

RT_ASYNC(cudaMemset2DAsync, istcu_memset_2d,
         (void *devPtr, size_t pitch, int value, size_t width, size_t height,
          cudaStream_t stream),
         devPtr, pitch, value, width, height)

RT_SYNC(cudaMemset3D, istcu_memset_3d,
        (struct cudaPitchedPtr pitchedDevPtr, int value, struct cudaExtent extent),
        rt_pitched(pitchedDevPtr), value, rt_extent(extent))

RT_ASYNC(cudaMemset3DAsync, istcu_memset_3d,
         (struct cudaPitchedPtr pitchedDevPtr, int value, struct cudaExtent extent,
          cudaStream_t stream),
         rt_pitched(pitchedDevPtr), value, rt_extent(extent))
