/* SPDX-License-Identifier: MIT */
/*
 * Imports of CUDA: memory and semaphores, by handle, number and name, through both interfaces.
 */
#include "monkey.h"

/* Either a handle or a name, seldom both or none. */
struct source {
    void *handle;
    const void *name;
};

static struct source pick_source(struct worker *w)
{
    struct source s = {NULL, NULL};
    if (one_in(&w->rng, 3))
        s.name = monkey_names[below(&w->rng, NAMES)];
    else
        s.handle = (void *)pick_handle(w);
    if (one_in(&w->rng, 40))
        s.name = s.handle;
    return s;
}

static unsigned import_by_runtime(struct worker *w, struct source s, bool kmt,
                                  unsigned long long size, uintptr_t *out)
{
    struct cudaExternalMemoryHandleDesc desc;
    cudaExternalMemory_t memory = NULL;
    memset(&desc, 0, sizeof(desc));
    desc.type = kmt ? cudaExternalMemoryHandleTypeD3D11ResourceKmt
                    : cudaExternalMemoryHandleTypeD3D11Resource;
    desc.handle.win32.handle = s.handle;
    desc.handle.win32.name = s.name;
    desc.size = size;
    desc.flags = one_in(&w->rng, 20) ? 0 : cudaExternalMemoryDedicated;
    unsigned code = cudaImportExternalMemory(&memory, &desc);
    *out = (uintptr_t)memory;
    return code;
}

static unsigned import_by_driver(struct source s, bool kmt, unsigned long long size,
                                 uintptr_t *out)
{
    CUDA_EXTERNAL_MEMORY_HANDLE_DESC desc;
    CUexternalMemory memory = NULL;
    memset(&desc, 0, sizeof(desc));
    desc.type = kmt ? CU_EXTERNAL_MEMORY_HANDLE_TYPE_D3D11_RESOURCE_KMT
                    : CU_EXTERNAL_MEMORY_HANDLE_TYPE_D3D11_RESOURCE;
    desc.handle.win32.handle = s.handle;
    desc.handle.win32.name = s.name;
    desc.size = size;
    desc.flags = CUDA_EXTERNAL_MEMORY_DEDICATED;
    unsigned code = cuImportExternalMemory(&memory, &desc);
    *out = (uintptr_t)memory;
    return code;
}

static void do_import_memory(struct worker *w)
{
    static const unsigned long long sizes[] = {256, 4096, 65600, 1024, 16384, 0, 1ULL << 40};
    struct source s = pick_source(w);
    bool kmt = s.handle && ((uintptr_t)s.handle & 2) && !one_in(&w->rng, 10);
    unsigned long long size = sizes[below(&w->rng, 7)];
    uintptr_t made = 0;
    unsigned code = one_in(&w->rng, 2) ? import_by_runtime(w, s, kmt, size, &made)
                                       : import_by_driver(s, kmt, size, &made);
    ALLOW(w, code, 0, cudaErrorInvalidValue, cudaErrorInvalidResourceHandle,
          cudaErrorOperatingSystem);
    MUST(w, (code == 0) == (made != 0));
    if (made)
        made = atomic_exchange(SLOT(w, memories), made);
    if (made)
        ALLOW(w, cudaDestroyExternalMemory((cudaExternalMemory_t)made), 0,
              cudaErrorInvalidResourceHandle);
}

/* Destroyed behind the back of those who have read the slot. */
static void do_destroy_memory(struct worker *w)
{
    uintptr_t memory = atomic_load(SLOT(w, memories));
    ALLOW(w, cudaDestroyExternalMemory((cudaExternalMemory_t)memory), 0,
          memory ? cudaErrorInvalidResourceHandle : cudaErrorInvalidValue);
}

static unsigned import_semaphore(struct worker *w, struct source s, unsigned type,
                                 uintptr_t *out)
{
    if (one_in(&w->rng, 2)) {
        CUDA_EXTERNAL_SEMAPHORE_HANDLE_DESC desc;
        memset(&desc, 0, sizeof(desc));
        desc.type = (CUexternalSemaphoreHandleType)type;
        desc.handle.win32.handle = s.handle;
        desc.handle.win32.name = s.name;
        return cuImportExternalSemaphore((CUexternalSemaphore *)out, &desc);
    }
    struct cudaExternalSemaphoreHandleDesc desc;
    memset(&desc, 0, sizeof(desc));
    desc.type = (enum cudaExternalSemaphoreHandleType)type;
    desc.handle.win32.handle = s.handle;
    desc.handle.win32.name = s.name;
    return cudaImportExternalSemaphore((cudaExternalSemaphore_t *)out, &desc);
}

static void do_import_semaphore(struct worker *w)
{
    static const unsigned mutex_types[] = {cudaExternalSemaphoreHandleTypeKeyedMutex,
                                           cudaExternalSemaphoreHandleTypeKeyedMutexKmt};
    struct source s = pick_source(w);
    bool mutex = one_in(&w->rng, 2), kmt = ((uintptr_t)s.handle & 2) != 0;
    unsigned type = mutex ? mutex_types[kmt] : cudaExternalSemaphoreHandleTypeD3D11Fence;
    uintptr_t made = 0;
    unsigned code = import_semaphore(w, s, type, &made);
    ALLOW(w, code, 0, cudaErrorInvalidValue, cudaErrorInvalidResourceHandle,
          cudaErrorOperatingSystem);
    MUST(w, (code == 0) == (made != 0));
    unsigned index = below(&w->rng, SEMAPHORES / 2) + (mutex ? SEMAPHORES / 2 : 0);
    if (made)
        made = atomic_exchange(&world.semaphores[index], made);
    if (made)
        ALLOW(w, cudaDestroyExternalSemaphore((cudaExternalSemaphore_t)made), 0,
              cudaErrorInvalidResourceHandle);
}

static void do_destroy_semaphore(struct worker *w)
{
    uintptr_t semaphore = atomic_load(SLOT(w, semaphores));
    ALLOW(w, cudaDestroyExternalSemaphore((cudaExternalSemaphore_t)semaphore), 0,
          semaphore ? cudaErrorInvalidResourceHandle : cudaErrorInvalidValue);
}

/* Up to three semaphores at a time, of both kinds. */
static void do_wait(struct worker *w)
{
    cudaExternalSemaphore_t semaphores[3];
    struct cudaExternalSemaphoreWaitParams params[3];
    unsigned count = one_in(&w->rng, 3) ? 1 + below(&w->rng, 3) : 1;
    memset(params, 0, sizeof(params));
    for (unsigned i = 0; i < count; i++) {
        semaphores[i] = (cudaExternalSemaphore_t)atomic_load(SLOT(w, semaphores));
        params[i].params.fence.value = below(&w->rng, FENCE_TOP);
        params[i].params.keyedMutex.key = below(&w->rng, 2);
        params[i].params.keyedMutex.timeoutMs = below(&w->rng, 4);
    }
    ALLOW(w, cudaWaitExternalSemaphoresAsync(semaphores, params, count, pick_stream(w)), 0,
          cudaErrorInvalidResourceHandle, cudaErrorTimeout, cudaErrorOperatingSystem);
}

static void do_signal(struct worker *w)
{
    cudaExternalSemaphore_t semaphores[3];
    struct cudaExternalSemaphoreSignalParams params[3];
    unsigned count = one_in(&w->rng, 3) ? 1 + below(&w->rng, 3) : 1;
    memset(params, 0, sizeof(params));
    for (unsigned i = 0; i < count; i++) {
        semaphores[i] = (cudaExternalSemaphore_t)atomic_load(SLOT(w, semaphores));
        params[i].params.fence.value = below(&w->rng, FENCE_TOP);
        params[i].params.keyedMutex.key = below(&w->rng, 2);
    }
    ALLOW(w, cudaSignalExternalSemaphoresAsync(semaphores, params, count, pick_stream(w)), 0,
          cudaErrorInvalidResourceHandle);
}

const struct operation cuda_ops[] = {
    {"cuda.import_memory", do_import_memory, 14},
    {"cuda.destroy_memory", do_destroy_memory, 1},
    {"cuda.import_semaphore", do_import_semaphore, 14},
    {"cuda.destroy_semaphore", do_destroy_semaphore, 1},
    {"cuda.wait", do_wait, 10},
    {"cuda.signal", do_signal, 12},
    {NULL, NULL, 0},
};
