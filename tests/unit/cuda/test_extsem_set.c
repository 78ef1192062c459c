/* SPDX-License-Identifier: MIT */
/* The semaphores of one call: few and many, and a mistake anywhere stops all of it. */
#include "d3d_rig.h"

#define MANY 20 /* more than a call keeps on the stack */

static void make(const struct d3d *d, ID3D11Fence **fences, CUexternalSemaphore *all)
{
    for (unsigned i = 0; i < MANY; i++) {
        fences[i] = d3d_fence(d, 0);
        all[i] = import_fence(fences[i]);
    }
}

static void end(ID3D11Fence **fences, const CUexternalSemaphore *all)
{
    for (unsigned i = 0; i < MANY; i++) {
        CHECK_EQ(cuDestroyExternalSemaphore(all[i]), CUDA_SUCCESS);
        ID3D11Fence_Release(fences[i]);
    }
}

TEST(many_semaphores_in_one_call)
{
    struct d3d d = d3d_new();
    ID3D11Fence *fences[MANY];
    CUexternalSemaphore all[MANY];
    signal_params params[MANY];
    memset(params, 0, sizeof(params));
    make(&d, fences, all);
    for (unsigned i = 0; i < MANY; i++)
        params[i].params.fence.value = i + 1;
    CHECK_EQ(cuSignalExternalSemaphoresAsync(all, params, MANY, NULL), CUDA_SUCCESS);
    OK(cudaStreamSynchronize(NULL));
    for (unsigned i = 0; i < MANY; i++)
        CHECK_EQ(ID3D11Fence_GetCompletedValue(fences[i]), i + 1);
    end(fences, all);
    d3d_finish(&d);
}

TEST(one_mistake_stops_the_call_before_it_begins)
{
    struct d3d d = d3d_new();
    ID3D11Fence *fences[MANY];
    CUexternalSemaphore all[MANY], wrong[MANY];
    signal_params params[MANY];
    memset(params, 0, sizeof(params));
    make(&d, fences, all);
    for (unsigned i = 0; i < MANY; i++)
        params[i].params.fence.value = 1;
    memcpy(wrong, all, sizeof(all));
    wrong[MANY - 1] = NULL;
    REFUSED(cuSignalExternalSemaphoresAsync(wrong, params, MANY, NULL), 400, "extSemArray[19]");
    wrong[MANY - 1] = (CUexternalSemaphore)0x1230; /* here nobody else has semaphores */
    REFUSED(cuSignalExternalSemaphoresAsync(wrong, params, MANY, NULL), 400, "no CUDA handle");
    params[MANY - 1].flags = 1;
    REFUSED(cuSignalExternalSemaphoresAsync(all, params, MANY, NULL), 1, "paramsArray[19]");
    OK(cudaStreamSynchronize(NULL));
    for (unsigned i = 0; i < MANY; i++)
        CHECK_EQ(ID3D11Fence_GetCompletedValue(fences[i]), 0);
    end(fences, all);
    d3d_finish(&d);
}
