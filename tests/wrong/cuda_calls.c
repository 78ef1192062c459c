/* SPDX-License-Identifier: MIT */
/*
 * The eight functions by each of their names: the runtime's (of the CUDA version that this file
 * is compiled for, and CUDA 12's short forms), the driver's, and both with _ptsz. No state.
 */
/* The names as they are exported, not as macros have them. */
#define __CUDA_API_VERSION_INTERNAL
#include "world.h"

#include <string.h>

/* Long or short, with and without _ptsz: only the exported name tells them apart. */
typedef cudaError_t signal_function(const cudaExternalSemaphore_t *, const void *, unsigned,
                                    cudaStream_t);
#define NAMED(function, symbol) extern signal_function function __asm__(symbol)

#if ISTHMUS_CUDART_MAJOR >= 13
NAMED(signal_long, "cudaSignalExternalSemaphoresAsync");
NAMED(signal_long_ptsz, "cudaSignalExternalSemaphoresAsync_ptsz");
NAMED(wait_long, "cudaWaitExternalSemaphoresAsync");
NAMED(wait_long_ptsz, "cudaWaitExternalSemaphoresAsync_ptsz");
#else
NAMED(signal_long, "cudaSignalExternalSemaphoresAsync_v2");
NAMED(signal_long_ptsz, "cudaSignalExternalSemaphoresAsync_v2_ptsz");
NAMED(wait_long, "cudaWaitExternalSemaphoresAsync_v2");
NAMED(wait_long_ptsz, "cudaWaitExternalSemaphoresAsync_v2_ptsz");
NAMED(signal_short, "cudaSignalExternalSemaphoresAsync");
NAMED(signal_short_ptsz, "cudaSignalExternalSemaphoresAsync_ptsz");
NAMED(wait_short, "cudaWaitExternalSemaphoresAsync");
NAMED(wait_short_ptsz, "cudaWaitExternalSemaphoresAsync_ptsz");
#endif
NAMED(signal_driver, "cuSignalExternalSemaphoresAsync");
NAMED(signal_driver_ptsz, "cuSignalExternalSemaphoresAsync_ptsz");
NAMED(wait_driver, "cuWaitExternalSemaphoresAsync");
NAMED(wait_driver_ptsz, "cuWaitExternalSemaphoresAsync_ptsz");

bool api_has(enum api api, enum function function)
{
    bool streams = function == SIGNAL || function == WAIT;
    switch (api) {
    case RUNTIME:
    case DRIVER: return function <= DESTROY_SEMAPHORE;
    case RUNTIME_PTSZ:
    case DRIVER_PTSZ: return streams;
    case RUNTIME_SHORT:
    case RUNTIME_SHORT_PTSZ: return streams && ISTHMUS_CUDART_MAJOR < 13;
    default: return function > DESTROY_SEMAPHORE;
    }
}

static void set_reserved(unsigned *reserved, const struct call *call)
{
    if (call->reserved)
        reserved[call->reserved - 1] = 0xdead;
}

static int import_memory(const struct call *c, enum api api, void **out)
{
    struct cudaExternalMemoryHandleDesc r;
    CUDA_EXTERNAL_MEMORY_HANDLE_DESC d;
    memset(&r, 0, sizeof(r));
    memset(&d, 0, sizeof(d));
    r.type = (enum cudaExternalMemoryHandleType)c->type;
    d.type = (CUexternalMemoryHandleType)c->type;
    r.handle.win32.handle = d.handle.win32.handle = world_handle(c->handle);
    r.handle.win32.name = d.handle.win32.name = world_name(c->name);
    r.size = d.size = c->size;
    r.flags = d.flags = c->flags;
    set_reserved(d.reserved, c);
#if ISTHMUS_CUDART_MAJOR >= 13
    set_reserved(r.reserved, c);
#endif
    return api == RUNTIME
               ? (int)cudaImportExternalMemory((cudaExternalMemory_t *)out,
                                               c->no_desc ? NULL : &r)
               : (int)cuImportExternalMemory((CUexternalMemory *)out, c->no_desc ? NULL : &d);
}

static int map_buffer(const struct call *c, enum api api, void **out)
{
    struct cudaExternalMemoryBufferDesc r;
    CUDA_EXTERNAL_MEMORY_BUFFER_DESC d;
    memset(&r, 0, sizeof(r));
    memset(&d, 0, sizeof(d));
    r.offset = d.offset = c->offset;
    r.size = d.size = c->size;
    r.flags = d.flags = c->flags;
    set_reserved(d.reserved, c);
#if ISTHMUS_CUDART_MAJOR >= 13
    set_reserved(r.reserved, c);
#endif
    void *memory = world_memory(c->memory);
    return api == RUNTIME
               ? (int)cudaExternalMemoryGetMappedBuffer(out, memory, c->no_desc ? NULL : &r)
               : (int)cuExternalMemoryGetMappedBuffer((CUdeviceptr *)out, memory,
                                                      c->no_desc ? NULL : &d);
}

/* One format in the words of both APIs. */
struct texel_words {
    int bits[4];
    enum cudaChannelFormatKind kind;
    CUarray_format format;
    unsigned channels;
};

static const struct texel_words texels[] = {
    [T_U8X4] = {{8, 8, 8, 8}, cudaChannelFormatKindUnsigned, CU_AD_FORMAT_UNSIGNED_INT8, 4},
    [T_UNORM8X4] = {{8, 8, 8, 8},
                    cudaChannelFormatKindUnsignedNormalized8X4,
                    CU_AD_FORMAT_UNORM_INT8X4,
                    4},
    [T_U8X1] = {{8, 0, 0, 0}, cudaChannelFormatKindUnsigned, CU_AD_FORMAT_UNSIGNED_INT8, 1},
    [T_U8X2] = {{8, 8, 0, 0}, cudaChannelFormatKindUnsigned, CU_AD_FORMAT_UNSIGNED_INT8, 2},
    [T_U8X3] = {{8, 8, 8, 0}, cudaChannelFormatKindUnsigned, CU_AD_FORMAT_UNSIGNED_INT8, 3},
    [T_U16X4] = {{16, 16, 16, 16},
                 cudaChannelFormatKindUnsigned,
                 CU_AD_FORMAT_UNSIGNED_INT16,
                 4},
    [T_F32X1] = {{32, 0, 0, 0}, cudaChannelFormatKindFloat, CU_AD_FORMAT_FLOAT, 1},
    [T_NONE] = {{0, 0, 0, 0}, cudaChannelFormatKindUnsigned, CU_AD_FORMAT_UNSIGNED_INT8, 0},
    [T_BITS_24] = {{24, 0, 0, 0}, cudaChannelFormatKindUnsigned, (CUarray_format)0, 1},
    [T_GAP] = {{8, 0, 8, 0}, cudaChannelFormatKindUnsigned, (CUarray_format)0, 2},
    [T_UNKNOWN] = {{8, 8, 8, 8}, cudaChannelFormatKindNone, (CUarray_format)0, 4},
};

static int map_array(const struct call *c, enum api api, void **out)
{
    const struct texel_words *t = &texels[c->texel];
    struct cudaExternalMemoryMipmappedArrayDesc r;
    CUDA_EXTERNAL_MEMORY_MIPMAPPED_ARRAY_DESC d;
    memset(&r, 0, sizeof(r));
    memset(&d, 0, sizeof(d));
    r.formatDesc =
        (struct cudaChannelFormatDesc){t->bits[0], t->bits[1], t->bits[2], t->bits[3], t->kind};
    d.arrayDesc.Format = t->format;
    d.arrayDesc.NumChannels = t->channels;
    r.extent.width = d.arrayDesc.Width = c->width;
    r.extent.height = d.arrayDesc.Height = c->height;
    r.extent.depth = d.arrayDesc.Depth = c->depth;
    r.flags = d.arrayDesc.Flags = c->flags;
    r.numLevels = d.numLevels = c->levels;
    r.offset = d.offset = c->offset;
    set_reserved(d.reserved, c);
#if ISTHMUS_CUDART_MAJOR >= 13
    set_reserved(r.reserved, c);
#endif
    void *memory = world_memory(c->memory);
    return api == RUNTIME
               ? (int)cudaExternalMemoryGetMappedMipmappedArray((cudaMipmappedArray_t *)out,
                                                                memory, c->no_desc ? NULL : &r)
               : (int)cuExternalMemoryGetMappedMipmappedArray((CUmipmappedArray *)out, memory,
                                                              c->no_desc ? NULL : &d);
}

static int import_semaphore(const struct call *c, enum api api, void **out)
{
    struct cudaExternalSemaphoreHandleDesc r;
    CUDA_EXTERNAL_SEMAPHORE_HANDLE_DESC d;
    memset(&r, 0, sizeof(r));
    memset(&d, 0, sizeof(d));
    r.type = (enum cudaExternalSemaphoreHandleType)c->type;
    d.type = (CUexternalSemaphoreHandleType)c->type;
    r.handle.win32.handle = d.handle.win32.handle = world_handle(c->handle);
    r.handle.win32.name = d.handle.win32.name = world_name(c->name);
    r.flags = d.flags = c->flags;
    set_reserved(d.reserved, c);
#if ISTHMUS_CUDART_MAJOR >= 13
    set_reserved(r.reserved, c);
#endif
    return api == RUNTIME ? (int)cudaImportExternalSemaphore((cudaExternalSemaphore_t *)out,
                                                             c->no_desc ? NULL : &r)
                          : (int)cuImportExternalSemaphore((CUexternalSemaphore *)out,
                                                           c->no_desc ? NULL : &d);
}

static signal_function *stream_function(enum function function, enum api api)
{
    bool signal = function == SIGNAL;
    switch (api) {
    case RUNTIME: return signal ? signal_long : wait_long;
    case RUNTIME_PTSZ: return signal ? signal_long_ptsz : wait_long_ptsz;
#if ISTHMUS_CUDART_MAJOR < 13
    case RUNTIME_SHORT: return signal ? signal_short : wait_short;
    case RUNTIME_SHORT_PTSZ: return signal ? signal_short_ptsz : wait_short_ptsz;
#endif
    case DRIVER_PTSZ: return signal ? signal_driver_ptsz : wait_driver_ptsz;
    default: return signal ? signal_driver : wait_driver;
    }
}

/* The four layouts that two elements of parameters may have. */
union parameters {
    struct cudaExternalSemaphoreSignalParams signal[2];
    struct cudaExternalSemaphoreWaitParams wait[2];
#if ISTHMUS_CUDART_MAJOR < 13
    struct cudaExternalSemaphoreSignalParams_v1 signal_short[2];
    struct cudaExternalSemaphoreWaitParams_v1 wait_short[2];
#endif
};

static void fill_parameters(union parameters *p, const struct call *c, bool is_short)
{
    memset(p, 0, sizeof(*p));
    for (unsigned i = 0; i < 2; i++) {
        unsigned flags = i == c->flagged ? c->flags : 0;
#if ISTHMUS_CUDART_MAJOR < 13
        if (is_short && c->function == SIGNAL) {
            p->signal_short[i].params.fence.value = c->value;
            p->signal_short[i].params.keyedMutex.key = c->value;
            p->signal_short[i].flags = flags;
        } else if (is_short) {
            p->wait_short[i].params.fence.value = c->value;
            p->wait_short[i].params.keyedMutex.key = c->value;
            p->wait_short[i].params.keyedMutex.timeoutMs = c->timeout;
            p->wait_short[i].flags = flags;
        }
#endif
        if (!is_short && c->function == SIGNAL) {
            p->signal[i].params.fence.value = c->value;
            p->signal[i].params.keyedMutex.key = c->value;
            p->signal[i].flags = flags;
        } else if (!is_short) {
            p->wait[i].params.fence.value = c->value;
            p->wait[i].params.keyedMutex.key = c->value;
            p->wait[i].params.keyedMutex.timeoutMs = c->timeout;
            p->wait[i].flags = flags;
        }
    }
}

static int in_stream(const struct call *c, enum api api)
{
    cudaExternalSemaphore_t semaphores[2] = {world_semaphore(c->semaphore[0]),
                                             world_semaphore(c->semaphore[1])};
    union parameters params;
    fill_parameters(&params, c, api == RUNTIME_SHORT || api == RUNTIME_SHORT_PTSZ);
    return (int)stream_function(c->function, api)(c->no_semaphores ? NULL : semaphores,
                                                  c->no_params ? NULL : &params, c->count,
                                                  world_stream(c->stream));
}

int64_t cuda_call_make(const struct call *c, enum api api, void **out)
{
    switch (c->function) {
    case IMPORT_MEMORY: return import_memory(c, api, out);
    case MAP_BUFFER: return map_buffer(c, api, out);
    case MAP_ARRAY: return map_array(c, api, out);
    case IMPORT_SEMAPHORE: return import_semaphore(c, api, out);
    case SIGNAL:
    case WAIT: return in_stream(c, api);
    case DESTROY_MEMORY:
        return api == RUNTIME ? (int)cudaDestroyExternalMemory(world_memory(c->memory))
                              : (int)cuDestroyExternalMemory(world_memory(c->memory));
    default:
        return api == RUNTIME
                   ? (int)cudaDestroyExternalSemaphore(world_semaphore(c->semaphore[0]))
                   : (int)cuDestroyExternalSemaphore(world_semaphore(c->semaphore[0]));
    }
}

/* A held mutex is held again, an acquired one free with key 0. */
static void undo_in_stream(const struct call *call)
{
    struct call back = *call;
    back.value = 0;
    back.flags = 0;
    back.function = call->function == SIGNAL ? WAIT : SIGNAL;
    if (call->semaphore[0] == S_MUTEX || call->semaphore[0] == S_HELD)
        (void)cuda_call_make(&back, DRIVER, NULL);
    cudaDeviceSynchronize();
}

static void undo_d3d(const struct call *call, void *out)
{
    switch (call->function) {
    case ACQUIRE: IDXGIKeyedMutex_ReleaseSync(world_mutex(call->object), 0); break;
    case RELEASE: IDXGIKeyedMutex_AcquireSync(world_mutex(call->object), 0, 0); break;
    case CREATE_SHARED_HANDLE:
    case FENCE_HANDLE:
    case DUPLICATE: CloseHandle(out); break;
    case CREATE_TEXTURE:
    case QUERY_MUTEX:
    case OPEN_RESOURCE:
    case OPEN_RESOURCE1:
    case OPEN_BY_NAME:
    case CREATE_FENCE:
    case OPEN_FENCE: IUnknown_Release((IUnknown *)out); break;
    default: break;
    }
}

void call_undo(const struct call *call, void *out)
{
    switch (call->function) {
    case IMPORT_MEMORY: cuDestroyExternalMemory(out); break;
    case MAP_BUFFER: cudaFree(out); break;
    case MAP_ARRAY: cudaFreeMipmappedArray(out); break;
    case IMPORT_SEMAPHORE: cuDestroyExternalSemaphore(out); break;
    case SIGNAL:
    case WAIT: undo_in_stream(call); break;
    default: undo_d3d(call, out);
    }
}

int64_t call_make(const struct call *call, enum api api, void **out)
{
    if (call->no_out)
        out = NULL;
    return api == D3D ? d3d_call_make(call, out) : cuda_call_make(call, api, out);
}
