/* SPDX-License-Identifier: MIT */
/* Semaphores that never get to the driver. What they do: test_semaphore_gpu.c. */
#include "rig_real.h"

TEST(what_would_crash_the_driver_never_gets_there)
{
    signal_params signal[2];
    wait_params wait[2];
    CUexternalSemaphore all[2];
    memset(signal, 0, sizeof(signal));
    memset(wait, 0, sizeof(wait));
    rig_recorder();
    rig_context();
    all[0] = foreign_semaphore();
    all[1] = NULL;
    recorder_forget();
    REFUSED(cuSignalExternalSemaphoresAsync(all, signal, 2, NULL), 400, "extSemArray[1]");
    REFUSED(cuWaitExternalSemaphoresAsync(all, wait, 2, NULL), 400, "extSemArray[1]");
    CHECK_EQ(cuSignalExternalSemaphoresAsync(all, signal, 0, NULL), 1);
    CHECK_EQ(cuSignalExternalSemaphoresAsync(NULL, signal, 1, NULL), 1);
    CHECK_EQ(cuSignalExternalSemaphoresAsync(all, NULL, 1, NULL), 1);
    CHECK_EQ(cuWaitExternalSemaphoresAsync(all, wait, 0, NULL), 1);
    CHECK_EQ(cuWaitExternalSemaphoresAsync(NULL, wait, 1, NULL), 1);
    CHECK_EQ(cuWaitExternalSemaphoresAsync(all, NULL, 1, NULL), 1);
    CHECK_EQ(cuDestroyExternalSemaphore(NULL), 1);
    CHECK_EQ(recorder_calls(NULL), 0);
    CHECK_EQ(cuDestroyExternalSemaphore(all[0]), CUDA_SUCCESS);
}

TEST(semaphores_of_d3d11_are_never_the_drivers)
{
    struct d3d d = d3d_new();
    ID3D11Fence *fence = d3d_fence(&d, 3);
    ID3D11Resource *resource = d3d_buffer(&d, 4096, MISC_MUTEX_NT);
    HANDLE handle = d3d_nt(resource, NULL);
    CUexternalSemaphore made[2], bad = (CUexternalSemaphore)0x99;
    semaphore_desc desc = semaphore_by(TYPE_FENCE, handle, NULL);
    rig_recorder();
    rig_context();
    made[0] = import_fence(fence);
    made[1] = import_semaphore(TYPE_MUTEX, handle);
    REFUSED(cuImportExternalSemaphore(&bad, &desc), 400, "a resource");
    desc = semaphore_by(TYPE_FENCE, NULL, NULL);
    CHECK_EQ(cuImportExternalSemaphore(&bad, &desc), 1);
    desc = semaphore_by(TYPE_FENCE, (HANDLE)0x44, NULL);
    desc.flags = 1;
    CHECK_EQ(cuImportExternalSemaphore(&bad, &desc), 1);
    CHECK_EQ(cuImportExternalSemaphore(NULL, &desc), 1);
    CHECK_EQ(cuImportExternalSemaphore(&bad, NULL), 1);
    CHECK(bad == (CUexternalSemaphore)0x99);
    CHECK_EQ(cuDestroyExternalSemaphore(made[0]), CUDA_SUCCESS);
    CHECK_EQ(cuDestroyExternalSemaphore(made[1]), CUDA_SUCCESS);
    CHECK_EQ(cuDestroyExternalSemaphore(made[0]), 400); /* stale, and still not the driver's */
    CHECK_EQ(recorder_calls(NULL), 0);
    CHECK(CloseHandle(handle));
    ID3D11Fence_Release(fence);
    ID3D11Resource_Release(resource);
    d3d_finish(&d);
}
