/* SPDX-License-Identifier: MIT */
/*
 * What the cases of CUDA's side share: descriptors, imports, streams, and a gate that holds a
 * context or a stream up. "Kernels" are copies and fills: they run on every device.
 */
#ifndef ISTHMUS_CONFORMANCE_GROUP_G_H
#define ISTHMUS_CONFORMANCE_GROUP_G_H

#include "conformance.h"

#define LONG_MS 20000 /* for what must come: only a hang takes so long */
#define QUIET_MS 60   /* for what must not come */
#define FOR_EVER 0xffffffffu

#define FENCE_SHARED ((UINT)D3D11_FENCE_FLAG_SHARED)

#define MEMORY_NT cudaExternalMemoryHandleTypeD3D11Resource
#define MEMORY_KMT cudaExternalMemoryHandleTypeD3D11ResourceKmt
#define SEMAPHORE_FENCE cudaExternalSemaphoreHandleTypeD3D11Fence
#define SEMAPHORE_MUTEX cudaExternalSemaphoreHandleTypeKeyedMutex
#define SEMAPHORE_MUTEX_KMT cudaExternalSemaphoreHandleTypeKeyedMutexKmt

typedef struct cudaExternalMemoryHandleDesc memory_desc;
typedef struct cudaExternalMemoryBufferDesc range_desc;
typedef struct cudaExternalMemoryMipmappedArrayDesc array_desc;
typedef struct cudaExternalSemaphoreHandleDesc semaphore_desc;
typedef struct cudaExternalSemaphoreSignalParams signal_params;
typedef struct cudaExternalSemaphoreWaitParams wait_params;

/* ---- Descriptors ---- */

static inline memory_desc memory_by(enum cudaExternalMemoryHandleType type, HANDLE handle,
                                    const void *name, unsigned long long size)
{
    memory_desc desc;
    memset(&desc, 0, sizeof(desc));
    desc.type = type;
    desc.handle.win32.handle = handle;
    desc.handle.win32.name = name;
    desc.size = size;
    desc.flags = cudaExternalMemoryDedicated;
    return desc;
}

static inline semaphore_desc semaphore_by(enum cudaExternalSemaphoreHandleType type,
                                          HANDLE handle, const void *name)
{
    semaphore_desc desc;
    memset(&desc, 0, sizeof(desc));
    desc.type = type;
    desc.handle.win32.handle = handle;
    desc.handle.win32.name = name;
    return desc;
}

static inline struct cudaChannelFormatDesc channels_of(int x, int y, int z, int w,
                                                       enum cudaChannelFormatKind kind)
{
    struct cudaChannelFormatDesc desc = {x, y, z, w, kind};
    return desc;
}

static inline array_desc array_of(struct cudaChannelFormatDesc channels, size_t width,
                                  size_t height, size_t depth, unsigned levels, unsigned flags)
{
    array_desc desc;
    memset(&desc, 0, sizeof(desc));
    desc.formatDesc = channels;
    desc.extent.width = width;
    desc.extent.height = height;
    desc.extent.depth = depth;
    desc.numLevels = levels;
    desc.flags = flags;
    return desc;
}

/* The one that describes a tex. */
static inline array_desc array_of_tex(void)
{
    return array_of(channels_of(8, 8, 8, 8, cudaChannelFormatKindUnsigned), TEX_SIDE, TEX_SIDE,
                    0, 1, 0);
}

/* ---- Imports ---- */

static inline cudaError_t try_memory(enum cudaExternalMemoryHandleType type, HANDLE handle,
                                     unsigned long long size, cudaExternalMemory_t *out)
{
    memory_desc desc = memory_by(type, handle, NULL, size);
    return cudaImportExternalMemory(out, &desc);
}

static inline cudaExternalMemory_t import_memory(enum cudaExternalMemoryHandleType type,
                                                 HANDLE handle, unsigned long long size)
{
    cudaExternalMemory_t memory = NULL;
    REQUIRE_CUDA(try_memory(type, handle, size, &memory), cudaSuccess);
    return memory;
}

static inline cudaError_t try_semaphore(enum cudaExternalSemaphoreHandleType type,
                                        HANDLE handle, cudaExternalSemaphore_t *out)
{
    semaphore_desc desc = semaphore_by(type, handle, NULL);
    return cudaImportExternalSemaphore(out, &desc);
}

static inline cudaExternalSemaphore_t import_semaphore(
    enum cudaExternalSemaphoreHandleType type, HANDLE handle)
{
    cudaExternalSemaphore_t semaphore = NULL;
    REQUIRE_CUDA(try_semaphore(type, handle, &semaphore), cudaSuccess);
    return semaphore;
}

/* The handle is closed at once, as the guide does. */
static inline cudaExternalSemaphore_t import_fence(ID3D11Fence *fence)
{
    HANDLE handle = fence_handle(fence, NULL);
    cudaExternalSemaphore_t semaphore = import_semaphore(SEMAPHORE_FENCE, handle);
    EXPECT_TRUE(CloseHandle(handle));
    return semaphore;
}

static inline cudaError_t try_range(cudaExternalMemory_t memory, unsigned long long offset,
                                    unsigned long long size, void **out)
{
    range_desc desc;
    memset(&desc, 0, sizeof(desc));
    desc.offset = offset;
    desc.size = size;
    return cudaExternalMemoryGetMappedBuffer(out, memory, &desc);
}

static inline void *map_range(cudaExternalMemory_t memory, unsigned long long offset,
                              unsigned long long size)
{
    void *ptr = NULL;
    REQUIRE_CUDA(try_range(memory, offset, size, &ptr), cudaSuccess);
    return ptr;
}

static inline cudaMipmappedArray_t map_array(cudaExternalMemory_t memory, array_desc desc)
{
    cudaMipmappedArray_t array = NULL;
    REQUIRE_CUDA(cudaExternalMemoryGetMappedMipmappedArray(&array, memory, &desc), cudaSuccess);
    return array;
}

static inline cudaArray_t level_of(cudaMipmappedArray_t array, unsigned level)
{
    cudaArray_t found = NULL;
    REQUIRE_CUDA(cudaGetMipmappedArrayLevel(&found, array, level), cudaSuccess);
    return found;
}

/* ---- Semaphores in streams: the value is the fence's or the key ---- */

static inline signal_params signal_with(unsigned long long value)
{
    signal_params params;
    memset(&params, 0, sizeof(params));
    params.params.fence.value = value;
    params.params.keyedMutex.key = value;
    return params;
}

static inline wait_params wait_with(unsigned long long value, unsigned timeout_ms)
{
    wait_params params;
    memset(&params, 0, sizeof(params));
    params.params.fence.value = value;
    params.params.keyedMutex.key = value;
    params.params.keyedMutex.timeoutMs = timeout_ms;
    return params;
}

static inline cudaError_t cuda_signal(cudaExternalSemaphore_t semaphore,
                                      unsigned long long value, cudaStream_t stream)
{
    signal_params params = signal_with(value);
    return cudaSignalExternalSemaphoresAsync(&semaphore, &params, 1, stream);
}

static inline cudaError_t cuda_wait(cudaExternalSemaphore_t semaphore, unsigned long long value,
                                    unsigned timeout_ms, cudaStream_t stream)
{
    wait_params params = wait_with(value, timeout_ms);
    return cudaWaitExternalSemaphoresAsync(&semaphore, &params, 1, stream);
}

/* ---- Streams and host memory ---- */

static inline cudaStream_t new_stream(void)
{
    cudaStream_t stream = NULL;
    REQUIRE_CUDA(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking), cudaSuccess);
    return stream;
}

static inline void end_stream(cudaStream_t stream)
{
    EXPECT_CUDA(cudaStreamSynchronize(stream), cudaSuccess);
    EXPECT_CUDA(cudaStreamDestroy(stream), cudaSuccess);
}

/* The stream still holds work after a while. */
static inline bool stream_waits(cudaStream_t stream)
{
    sleep_ms(QUIET_MS);
    return cudaStreamQuery(stream) == cudaErrorNotReady;
}

/* Pinned, so that a copy to it does not make the caller wait. */
static inline unsigned char *new_host(size_t size)
{
    void *ptr = NULL;
    REQUIRE_CUDA(cudaMallocHost(&ptr, size), cudaSuccess);
    memset(ptr, 0xcc, size);
    return ptr;
}

/* Expects the pattern of write_buffer() behind a mapping. */
static inline bool expect_range(const void *ptr, size_t size, unsigned seed)
{
    unsigned char *wanted = new_host(size), *found = new_host(size);
    fill_pattern(wanted, size, seed);
    EXPECT_CUDA(cudaMemcpy(found, ptr, size, cudaMemcpyDeviceToHost), cudaSuccess);
    bool same = EXPECT_BYTES(found, wanted, size);
    EXPECT_CUDA(cudaFreeHost(wanted), cudaSuccess);
    EXPECT_CUDA(cudaFreeHost(found), cudaSuccess);
    return same;
}

/* Expects the pattern of write_tex() behind a mapping of a tex. */
static inline bool expect_array(cudaMipmappedArray_t array, unsigned seed)
{
    static unsigned char wanted[TEX_BYTES], found[TEX_BYTES];
    fill_pattern(wanted, TEX_BYTES, seed);
    memset(found, 0xcc, TEX_BYTES);
    EXPECT_CUDA(cudaMemcpy2DFromArray(found, TEX_SIDE * 4, level_of(array, 0), 0, 0,
                                      TEX_SIDE * 4, TEX_SIDE, cudaMemcpyDeviceToHost),
                cudaSuccess);
    return EXPECT_BYTES(found, wanted, TEX_BYTES);
}

/* ---- A gate: a shared fence that a second device opens ---- */

struct gate {
    struct rig opener;
    ID3D11Fence *here, *there;
    cudaExternalSemaphore_t semaphore;
};

static inline void gate_make(struct gate *gate, const struct rig *rig)
{
    rig_open(&gate->opener);
    gate->here = rig_fence(rig, 0, FENCE_SHARED);
    HANDLE handle = fence_handle(gate->here, NULL);
    gate->there = open_fence(&gate->opener, handle);
    EXPECT_TRUE(CloseHandle(handle));
    REQUIRE_TRUE(gate->there);
    gate->semaphore = import_fence(gate->here);
}

/* What comes next in the context, or in the stream, waits for gate_open(). */
static inline void gate_context(const struct gate *gate, const struct rig *rig)
{
    EXPECT_HR(ID3D11DeviceContext4_Wait(rig->context4, gate->here, 1), S_OK);
}

static inline void gate_stream(const struct gate *gate, cudaStream_t stream)
{
    EXPECT_CUDA(cuda_wait(gate->semaphore, 1, 0, stream), cudaSuccess);
}

static inline void gate_open(const struct gate *gate)
{
    EXPECT_HR(ID3D11DeviceContext4_Signal(gate->opener.context4, gate->there, 1), S_OK);
    ID3D11DeviceContext_Flush(gate->opener.context);
}

static inline void gate_end(struct gate *gate)
{
    EXPECT_CUDA(cudaDestroyExternalSemaphore(gate->semaphore), cudaSuccess);
    release(gate->here);
    release(gate->there);
    rig_close(&gate->opener);
}

/* ---- A buffer with a keyed mutex, on both sides ---- */

#define SHARED_BYTES 4096

struct locked {
    struct rig rig;
    ID3D11Buffer *buffer;
    IDXGIKeyedMutex *mutex;
    cudaExternalMemory_t memory;
    cudaExternalSemaphore_t semaphore;
    void *ptr;
    cudaStream_t stream;
};

static inline void locked_open(struct locked *l)
{
    rig_open(&l->rig);
    l->buffer = rig_buffer(&l->rig, SHARED_BYTES, KEYED);
    l->mutex = keyed_mutex(l->buffer);
    REQUIRE_TRUE(l->mutex);
    HANDLE kmt = kmt_handle(l->buffer);
    l->memory = import_memory(MEMORY_KMT, kmt, SHARED_BYTES);
    l->semaphore = import_semaphore(SEMAPHORE_MUTEX_KMT, kmt);
    l->ptr = map_range(l->memory, 0, SHARED_BYTES);
    l->stream = new_stream();
}

static inline void locked_close(struct locked *l)
{
    end_stream(l->stream);
    EXPECT_CUDA(cudaFree(l->ptr), cudaSuccess);
    EXPECT_CUDA(cudaDestroyExternalMemory(l->memory), cudaSuccess);
    if (l->semaphore)
        EXPECT_CUDA(cudaDestroyExternalSemaphore(l->semaphore), cudaSuccess);
    release(l->mutex);
    EXPECT_EQ(release(l->buffer), 0);
    rig_close(&l->rig);
}

/* One more semaphore over the same mutex. */
static inline cudaExternalSemaphore_t locked_import(const struct locked *l)
{
    return import_semaphore(SEMAPHORE_MUTEX_KMT, kmt_handle(l->buffer));
}

#endif
