/* SPDX-License-Identifier: MIT */
/* The slots that all threads share, from their making to their end. */
#include "monkey.h"

struct world world;

/* One prefix, two spellings of one name, and two that differ by the directory only. */
const WCHAR *const monkey_names[NAMES] = {L"monkey-a",         L"MONKEY-A", L"Local\\monkey-b",
                                          L"Global\\monkey-b", L"monkey-c", L"monkey-\u00e9"};

struct com com_borrow(struct com_slot *slot)
{
    pthread_mutex_lock(&slot->lock);
    struct com com = slot->com;
    if (com.object)
        IUnknown_AddRef(com.object);
    pthread_mutex_unlock(&slot->lock);
    return com;
}

struct com com_swap(struct com_slot *slot, struct com fresh)
{
    pthread_mutex_lock(&slot->lock);
    struct com before = slot->com;
    slot->com = fresh;
    pthread_mutex_unlock(&slot->lock);
    return before;
}

void com_release(struct com com)
{
    if (com.object)
        IUnknown_Release(com.object);
}

void handle_discard(uintptr_t handle)
{
    DWORD flags;
    /* Another thread may protect it between the two calls: try until nobody has it. */
    while (handle && GetHandleInformation((HANDLE)handle, &flags)) {
        SetHandleInformation((HANDLE)handle, HANDLE_FLAG_PROTECT_FROM_CLOSE, 0);
        if (CloseHandle((HANDLE)handle))
            return;
    }
}

void mapping_discard(struct mapping *mapping)
{
    if (!mapping)
        return;
    ALLOW(NULL, cudaFree(mapping->ptr), cudaSuccess);
    free(mapping);
}

static void device_make(struct monkey_device *d)
{
    ID3D11Multithread *multithread = NULL;
    ALLOW(NULL,
          D3D11CreateDevice(NULL, D3D_DRIVER_TYPE_HARDWARE, NULL, 0, NULL, 0, D3D11_SDK_VERSION,
                            &d->device, NULL, &d->context),
          S_OK);
    ALLOW(NULL,
          ID3D11Device_QueryInterface(d->device, &IID_ID3D11Device5, (void **)&d->device5),
          S_OK);
    ALLOW(NULL,
          ID3D11DeviceContext_QueryInterface(d->context, &IID_ID3D11DeviceContext4,
                                             (void **)&d->context4),
          S_OK);
    ALLOW(NULL,
          ID3D11DeviceContext_QueryInterface(d->context, &IID_ID3D11Multithread,
                                             (void **)&multithread),
          S_OK);
    ID3D11Multithread_SetMultithreadProtected(multithread, TRUE);
    ID3D11Multithread_Release(multithread);
}

static void device_close(struct monkey_device *d)
{
    ID3D11DeviceContext4_Release(d->context4);
    ID3D11DeviceContext_Release(d->context);
    ID3D11Device5_Release(d->device5);
    MUST(NULL, ID3D11Device_Release(d->device) == 0);
}

static void slots_make(struct com_slot *slots, size_t count)
{
    for (size_t i = 0; i < count; i++)
        pthread_mutex_init(&slots[i].lock, NULL);
}

void world_make(void)
{
    for (unsigned i = 0; i < DEVICES; i++)
        device_make(&world.devices[i]);
    device_make(&world.janitor);
    slots_make(world.resources, RESOURCES);
    slots_make(world.fences, FENCES);
    cells_make();
}

static void end_coms(struct com_slot *slots, size_t count)
{
    for (size_t i = 0; i < count; i++)
        com_release(com_swap(&slots[i], (struct com){.object = NULL}));
}

/* The value of each slot is ended by `end`, which may find it dead already. */
static void end_slots(_Atomic uintptr_t *slots, size_t count, int (*end)(uintptr_t handle))
{
    for (size_t i = 0; i < count; i++) {
        uintptr_t handle = atomic_exchange(&slots[i], 0);
        if (handle)
            ALLOW(NULL, end(handle), 0, 400);
    }
}

static int end_memory(uintptr_t handle)
{
    return (int)cudaDestroyExternalMemory((cudaExternalMemory_t)handle);
}

static int end_semaphore(uintptr_t handle)
{
    return (int)cudaDestroyExternalSemaphore((cudaExternalSemaphore_t)handle);
}

static int end_array(uintptr_t handle)
{
    return (int)cudaFreeMipmappedArray((cudaMipmappedArray_t)handle);
}

static int end_stream(uintptr_t handle)
{
    return (int)cudaStreamDestroy((cudaStream_t)handle);
}

static int end_event(uintptr_t handle)
{
    return (int)cudaEventDestroy((cudaEvent_t)handle);
}

void world_end(void)
{
    for (unsigned i = 0; i < HANDLES; i++)
        handle_discard(atomic_exchange(&world.handles[i], 0));
    end_slots(world.streams, STREAMS, end_stream);
    for (unsigned i = 0; i < MAPPINGS; i++)
        mapping_discard(atomic_exchange(&world.mappings[i], NULL));
    end_slots(world.memories, MEMORIES, end_memory);
    end_slots(world.arrays, ARRAYS, end_array);
    end_coms(world.resources, RESOURCES);
    end_slots(world.semaphores, SEMAPHORES, end_semaphore);
    end_slots(world.cuda_events, CUDA_EVENTS, end_event);
    end_coms(world.fences, FENCES);
    cells_end();
}

void world_close(void)
{
    for (unsigned i = 0; i < DEVICES; i++)
        device_close(&world.devices[i]);
    device_close(&world.janitor);
}
