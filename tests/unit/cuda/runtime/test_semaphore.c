/* SPDX-License-Identifier: MIT */
/*
 * Signal and wait with arrays of parameters: the stride of each form, and nothing read behind
 * the last element.
 */
#include "rig.h"

enum { MANY = 11 }; /* more than the runtime keeps on its stack */

void test_warm_up(void)
{
    struct rig rig = rig_new();
    rig_finish(&rig);
}

struct fences {
    struct rig rig;
    struct edge edge;
    ID3D11Fence *fence[MANY];
    cudaExternalSemaphore_t semaphore[MANY];
};

static struct fences fences_new(void)
{
    struct fences f;
    f.rig = rig_new();
    f.edge = edge_new();
    for (int i = 0; i < MANY; i++) {
        HANDLE handle = NULL;
        cudaExternalSemaphoreHandleDesc *desc = edge_place(&f.edge, sizeof(*desc));
        f.fence[i] = rig_fence(&f.rig, 0, &handle);
        f.semaphore[i] = NULL;
        desc->type = cudaExternalSemaphoreHandleTypeD3D11Fence;
        desc->handle.win32.handle = handle;
        CHECK_EQ(cudaImportExternalSemaphore(&f.semaphore[i], desc), cudaSuccess);
        CHECK(CloseHandle(handle));
    }
    return f;
}

static void fences_finish(struct fences *f)
{
    for (int i = 0; i < MANY; i++) {
        CHECK_EQ(cudaDestroyExternalSemaphore(f->semaphore[i]), cudaSuccess);
        CHECK_EQ(ID3D11Fence_Release(f->fence[i]), 0);
    }
    edge_finish(&f->edge);
    rig_finish(&f->rig);
}

static void check_values(const struct fences *f, int count, UINT64 first)
{
    CHECK_EQ(cudaDeviceSynchronize(), cudaSuccess);
    for (int i = 0; i < count; i++)
        CHECK_EQ(ID3D11Fence_GetCompletedValue(f->fence[i]), first + (UINT64)i);
}

TEST(each_element_reaches_its_fence)
{
    struct fences f = fences_new();
    cudaExternalSemaphoreSignalParams *signal = edge_place(&f.edge, MANY * sizeof(*signal));
    for (int i = 0; i < MANY; i++)
        signal[i].params.fence.value = 100 + (unsigned)i;
    CHECK_EQ(cudaSignalExternalSemaphoresAsync(f.semaphore, signal, 2, 0), cudaSuccess);
    check_values(&f, 2, 100);
    CHECK_EQ(cudaSignalExternalSemaphoresAsync(f.semaphore, signal, MANY, 0), cudaSuccess);
    check_values(&f, MANY, 100);

    cudaExternalSemaphoreWaitParams *wait = edge_place(&f.edge, MANY * sizeof(*wait));
    for (int i = 0; i < MANY; i++)
        wait[i].params.fence.value = 100 + (unsigned)i;
    CHECK_EQ(cudaWaitExternalSemaphoresAsync(f.semaphore, wait, MANY, 0), cudaSuccess);
    CHECK_EQ(cudaDeviceSynchronize(), cudaSuccess);
    fences_finish(&f);
}

TEST(flags_are_looked_at_where_this_form_has_them)
{
    struct fences f = fences_new();
    cudaExternalSemaphoreSignalParams signal[2];
    cudaExternalSemaphoreWaitParams wait[2];
    memset(signal, 0, sizeof(signal));
    memset(wait, 0, sizeof(wait));
    signal[1].flags = 4;
    wait[1].flags = 4;
    CHECK_EQ(cudaSignalExternalSemaphoresAsync(f.semaphore, signal, 2, 0),
             cudaErrorInvalidValue);
    CHECK_EQ(cudaWaitExternalSemaphoresAsync(f.semaphore, wait, 2, 0), cudaErrorInvalidValue);
    memset(&signal[1].reserved, 0xff, sizeof(signal[1].reserved));
    signal[1].flags = 0;
    signal[0].params.fence.value = signal[1].params.fence.value = 3;
    CHECK_EQ(cudaSignalExternalSemaphoresAsync(f.semaphore, signal, 2, 0), cudaSuccess);
    CHECK_EQ(cudaDeviceSynchronize(), cudaSuccess);
    CHECK_EQ(ID3D11Fence_GetCompletedValue(f.fence[1]), 3);
    fences_finish(&f);
}

TEST(nothing_and_null_answer_1)
{
    struct fences f = fences_new();
    cudaExternalSemaphoreSignalParams signal[2];
    cudaExternalSemaphore_t broken[2] = {f.semaphore[0], NULL};
    memset(signal, 0, sizeof(signal));
    signal[0].params.fence.value = 9;
    CHECK_EQ(cudaSignalExternalSemaphoresAsync(f.semaphore, signal, 0, 0),
             cudaErrorInvalidValue);
    CHECK_EQ(cudaSignalExternalSemaphoresAsync(NULL, signal, 1, 0), cudaErrorInvalidValue);
    CHECK_EQ(cudaSignalExternalSemaphoresAsync(f.semaphore, NULL, 1, 0), cudaErrorInvalidValue);
    CHECK_EQ(cudaSignalExternalSemaphoresAsync(broken, signal, 2, 0),
             cudaErrorInvalidResourceHandle);
    CHECK_EQ(cudaDeviceSynchronize(), cudaSuccess);
    CHECK_EQ(ID3D11Fence_GetCompletedValue(f.fence[0]), 0);
    fences_finish(&f);
}

/* The mutex of a new texture, as an external semaphore. */
static cudaExternalSemaphore_t import_mutex(const struct rig *rig, ID3D11Texture2D **texture)
{
    cudaExternalSemaphore_t semaphore = NULL;
    cudaExternalSemaphoreHandleDesc desc;
    HANDLE handle = NULL;
    *texture = rig_texture(rig, 8, 8, 1, NULL, &handle);
    memset(&desc, 0, sizeof(desc));
    desc.type = cudaExternalSemaphoreHandleTypeKeyedMutex;
    desc.handle.win32.handle = handle;
    CHECK_EQ(cudaImportExternalSemaphore(&semaphore, &desc), cudaSuccess);
    CHECK(CloseHandle(handle));
    return semaphore;
}

TEST(key_and_timeout_reach_a_keyed_mutex)
{
    struct rig rig = rig_new();
    ID3D11Texture2D *texture = NULL;
    cudaExternalSemaphore_t mutex = import_mutex(&rig, &texture);
    cudaExternalSemaphoreWaitParams wait;
    cudaExternalSemaphoreSignalParams signal;
    memset(&wait, 0, sizeof(wait));
    memset(&signal, 0, sizeof(signal));
    signal.params.keyedMutex.key = 7;
    CHECK_EQ(cudaWaitExternalSemaphoresAsync(&mutex, &wait, 1, 0), cudaSuccess);
    CHECK_EQ(cudaSignalExternalSemaphoresAsync(&mutex, &signal, 1, 0), cudaSuccess);
    CHECK_EQ(cudaDeviceSynchronize(), cudaSuccess);

    wait.params.keyedMutex.key = 5;
    wait.params.keyedMutex.timeoutMs = 10;
    CHECK_EQ(cudaWaitExternalSemaphoresAsync(&mutex, &wait, 1, 0), cudaErrorTimeout);
    CHECK_EQ(cudaGetLastError(), cudaErrorTimeout);
    wait.params.keyedMutex.key = 7;
    CHECK_EQ(cudaWaitExternalSemaphoresAsync(&mutex, &wait, 1, 0), cudaSuccess);
    CHECK_EQ(cudaSignalExternalSemaphoresAsync(&mutex, &signal, 1, 0), cudaSuccess);
    CHECK_EQ(cudaDeviceSynchronize(), cudaSuccess);
    CHECK_EQ(cudaDestroyExternalSemaphore(mutex), cudaSuccess);
    CHECK_EQ(ID3D11Texture2D_Release(texture), 0);
    rig_finish(&rig);
}

#if CUDART_VERSION < 13000

/* The plain names of version 12, which the header hides behind its macros. */
cudaError_t signal_v1(const cudaExternalSemaphore_t *semaphores,
                      const struct cudaExternalSemaphoreSignalParams_v1 *params, unsigned count,
                      cudaStream_t stream) __asm__("cudaSignalExternalSemaphoresAsync");
cudaError_t wait_v1(const cudaExternalSemaphore_t *semaphores,
                    const struct cudaExternalSemaphoreWaitParams_v1 *params, unsigned count,
                    cudaStream_t stream) __asm__("cudaWaitExternalSemaphoresAsync");

TEST(the_short_forms_have_their_own_stride_and_flags)
{
    struct fences f = fences_new();
    struct cudaExternalSemaphoreSignalParams_v1 *signal =
        edge_place(&f.edge, MANY * sizeof(*signal));
    for (int i = 0; i < MANY; i++)
        signal[i].params.fence.value = 50 + (unsigned)i;
    CHECK_EQ(signal_v1(f.semaphore, signal, MANY, 0), cudaSuccess);
    check_values(&f, MANY, 50);
    signal[MANY - 1].flags = 8;
    CHECK_EQ(signal_v1(f.semaphore, signal, MANY, 0), cudaErrorInvalidValue);

    struct cudaExternalSemaphoreWaitParams_v1 *wait = edge_place(&f.edge, MANY * sizeof(*wait));
    for (int i = 0; i < MANY; i++)
        wait[i].params.fence.value = 50 + (unsigned)i;
    CHECK_EQ(wait_v1(f.semaphore, wait, MANY, cudaStreamPerThread), cudaSuccess);
    CHECK_EQ(cudaStreamSynchronize(cudaStreamPerThread), cudaSuccess);
    wait[MANY - 1].flags = 8;
    CHECK_EQ(wait_v1(f.semaphore, wait, MANY, 0), cudaErrorInvalidValue);
    fences_finish(&f);
}

TEST(the_short_forms_reach_a_keyed_mutex)
{
    struct rig rig = rig_new();
    ID3D11Texture2D *texture = NULL;
    cudaExternalSemaphore_t mutex = import_mutex(&rig, &texture);
    struct cudaExternalSemaphoreWaitParams_v1 wait;
    struct cudaExternalSemaphoreSignalParams_v1 signal;
    memset(&wait, 0, sizeof(wait));
    memset(&signal, 0, sizeof(signal));
    signal.params.keyedMutex.key = 9;
    CHECK_EQ(wait_v1(&mutex, &wait, 1, 0), cudaSuccess);
    CHECK_EQ(signal_v1(&mutex, &signal, 1, 0), cudaSuccess);
    CHECK_EQ(cudaDeviceSynchronize(), cudaSuccess);
    wait.params.keyedMutex.key = 8;
    wait.params.keyedMutex.timeoutMs = 10;
    CHECK_EQ(wait_v1(&mutex, &wait, 1, 0), cudaErrorTimeout);
    wait.params.keyedMutex.key = 9;
    CHECK_EQ(wait_v1(&mutex, &wait, 1, 0), cudaSuccess);
    CHECK_EQ(cudaDestroyExternalSemaphore(mutex), cudaSuccess);
    CHECK_EQ(ID3D11Texture2D_Release(texture), 0);
    rig_finish(&rig);
}

#endif
