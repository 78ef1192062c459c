/* SPDX-License-Identifier: MIT */
/*
 * What the tests over the fake driver share: D3D11 on its first GPU, and a thread with that
 * GPU's primary context. CMake sets ISTHMUS_DEVICE=nvidia and two GPUs.
 */
#ifndef TESTS_REAL_RIG_GPU_H
#define TESTS_REAL_RIG_GPU_H

#include "../d3d_rig.h"

#include "cuda_driver.h"
#include "fakecuda.h"

#define CU(call) CHECK_EQ(call, CUDA_SUCCESS)

/* The thread gets the primary context of a GPU; the reference stays for the process. */
static inline void gpu_context(int ordinal)
{
    CUcontext context = NULL;
    CU(cuInit(0));
    CU(cuDevicePrimaryCtxRetain(&context, ordinal));
    CU(cuCtxSetCurrent(context));
}

static inline CUstream gpu_stream(void)
{
    CUstream stream = NULL;
    CU(cuStreamCreate(&stream, CU_STREAM_NON_BLOCKING));
    return stream;
}

/* What is kept for the process: devices, contexts, the service streams. */
static inline void gpu_warm_up(void)
{
    gpu_context(0);
    struct d3d d = d3d_new();
    ID3D11Resource *buffer = d3d_buffer(&d, 4096, MISC_NT);
    ID3D11Fence *fence = d3d_fence(&d, 0);
    d3d_signal(&d, fence, 1);
    ID3D11Fence_Release(fence);
    ID3D11Resource_Release(buffer);
    d3d_finish(&d);
}

#endif
