/* SPDX-License-Identifier: MIT */
/*
 * Releases what the monkey waits for. It finds each fence that anybody may wait for: in the
 * slots, in the hands of the workers, behind handles and imports. It signals through a device
 * and a stream of its own, which nothing can block.
 */
#include "monkey.h"

#include <time.h>

static pthread_t janitor;
static atomic_bool stop;
static cudaStream_t janitor_stream;

/* By its own device's context: a fence must be of the device that signals it. */
static void signal_handle(HANDLE handle)
{
    ID3D11Fence *fence = NULL;
    if (ID3D11Device5_OpenSharedFence(world.janitor.device5, handle, &IID_ID3D11Fence,
                                      (void **)&fence) != S_OK)
        return;
    ALLOW(NULL, ID3D11DeviceContext4_Signal(world.janitor.context4, fence, JANITOR_VALUE),
          S_OK);
    ID3D11Fence_Release(fence);
}

static void signal_slot(struct com_slot *slot)
{
    HANDLE handle = NULL;
    struct com com = com_borrow(slot);
    if (com.object && com.shared) {
        ALLOW(NULL,
              ID3D11Fence_CreateSharedHandle((ID3D11Fence *)com.object, NULL, GENERIC_ALL, NULL,
                                             &handle),
              S_OK);
        signal_handle(handle);
        MUST(NULL, CloseHandle(handle));
    }
    com_release(com);
}

/* Fences only: a keyed mutex would be released with a key that nobody asks for. */
static void signal_semaphore(uintptr_t handle)
{
    struct cudaExternalSemaphoreSignalParams params;
    cudaExternalSemaphore_t semaphore = (cudaExternalSemaphore_t)handle;
    memset(&params, 0, sizeof(params));
    params.params.fence.value = JANITOR_VALUE;
    ALLOW(NULL, cudaSignalExternalSemaphoresAsync(&semaphore, &params, 1, janitor_stream),
          cudaSuccess, cudaErrorInvalidResourceHandle);
}

static void *clean(void *unused)
{
    struct timespec pause = {0, 5000000};
    while (!atomic_load(&stop)) {
        for (unsigned i = 0; i < FENCES; i++)
            signal_slot(&world.fences[i]);
        for (unsigned i = 0; i < options.threads; i++)
            signal_slot(&workers[i].holds);
        for (unsigned i = 0; i < HANDLES; i++)
            signal_handle((HANDLE)atomic_load(&world.handles[i]));
        for (unsigned i = 0; i < SEMAPHORES / 2; i++)
            signal_semaphore(atomic_load(&world.semaphores[i]));
        nanosleep(&pause, NULL);
    }
    return unused;
}

void janitor_start(void)
{
    ALLOW(NULL, cudaStreamCreateWithFlags(&janitor_stream, cudaStreamNonBlocking), cudaSuccess);
    pthread_create(&janitor, NULL, clean, NULL);
}

void janitor_stop(void)
{
    atomic_store(&stop, true);
    pthread_join(janitor, NULL);
    ALLOW(NULL, cudaStreamDestroy(janitor_stream), cudaSuccess);
}
