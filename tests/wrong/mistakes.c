/* SPDX-License-Identifier: MIT */
/* table */
/*
 * Every mistake once: a call that is right, with one field changed, and what must be answered.
 * Codes: the oracle table of the real driver, what Windows was seen to answer, section 3.5 of
 * the contract, in this order. Each base is run unchanged as well, and must succeed: so it is
 * the one field that is refused.
 */
#include "call.h"

#include <stddef.h>

#define MEMORY_NT 6
#define MEMORY_KMT 7
#define FENCE 5
#define MUTEX 7
#define MUTEX_KMT 8

#define MISC_SHARED 0x2u
#define MISC_KEYED 0x100u
#define MISC_NT 0x800u
#define BIND_SRV 0x8u
#define ALL_ACCESS 0x10000000u

/* CUDA's array flags. */
#define LAYERED 1u
#define CUBEMAP 4u
#define COLOR 0x20u

enum base {
    B_IMPORT,
    B_IMPORT_NAME,
    B_IMPORT_KMT,
    B_MAP_BUFFER,
    B_MAP_PART,
    B_MAP_ARRAY,
    B_MAP_MIPS,
    B_MAP_LAYERS,
    B_MAP_CUBE,
    B_MAP_3D,
    B_MAP_1D,
    B_MAP_TARGET,
    B_MAP_NV12,
    B_DESTROY_MEMORY,
    B_IMPORT_FENCE,
    B_IMPORT_FENCE_NAME,
    B_IMPORT_MUTEX,
    B_IMPORT_MUTEX_KMT,
    B_SIGNAL,
    B_SIGNAL_MUTEX,
    B_WAIT,
    B_WAIT_MUTEX,
    B_DESTROY_SEMAPHORE,
    B_TEXTURE,
    B_TEXTURE_KEYED,
    B_TEXTURE_UNSHARED,
    B_QUERY_MUTEX,
    B_GET_HANDLE,
    B_CREATE_HANDLE,
    B_OPEN,
    B_OPEN1,
    B_OPEN_NAME,
    B_CREATE_FENCE,
    B_FENCE_HANDLE,
    B_OPEN_FENCE,
    B_SET_EVENT,
    B_CONTEXT_SIGNAL,
    B_CONTEXT_WAIT,
    B_ACQUIRE,
    B_RELEASE,
    B_CLOSE, /* has no right form: a handle can be closed once */
    B_DUPLICATE,
};

#define ARRAY(m, ...)                                                \
    {                                                                \
        .function = MAP_ARRAY, .memory = m, .levels = 1, __VA_ARGS__ \
    }
#define IMPORTS(f, t, h)                      \
    {                                         \
        .function = f, .type = t, .handle = h \
    }
#define IN_STREAM(f, s, ...)                                                           \
    {                                                                                  \
        .function = f, .semaphore = {s}, .count = 1, .stream = STREAM_OWN, __VA_ARGS__ \
    }
#define TEXTURE(flags)                                                                         \
    {                                                                                          \
        .function = CREATE_TEXTURE, .misc = flags, .bind = BIND_SRV, .samples = 1, .levels = 1 \
    }

const struct call bases[] = {
    [B_IMPORT] = {.function = IMPORT_MEMORY,
                  .type = MEMORY_NT,
                  .handle = H_BUFFER_NT,
                  .size = 100000,
                  .flags = 1},
    [B_IMPORT_NAME] = {.function = IMPORT_MEMORY,
                       .type = MEMORY_NT,
                       .name = N_BUFFER,
                       .size = 100000,
                       .flags = 1},
    [B_IMPORT_KMT] = {.function = IMPORT_MEMORY,
                      .type = MEMORY_KMT,
                      .handle = H_BUFFER_KMT,
                      .size = 100000,
                      .flags = 1},
    [B_MAP_BUFFER] = {.function = MAP_BUFFER, .memory = M_BUFFER, .size = 100000},
    [B_MAP_PART] = {.function = MAP_BUFFER, .memory = M_PART, .size = 1000},
    [B_MAP_ARRAY] = ARRAY(M_TEXTURE, .width = 64, .height = 48),
    [B_MAP_MIPS] =
        {.function = MAP_ARRAY, .memory = M_MIPS, .width = 64, .height = 64, .levels = 7},
    [B_MAP_LAYERS] = ARRAY(M_LAYERS, .width = 32, .height = 16, .depth = 4, .flags = LAYERED),
    [B_MAP_CUBE] = ARRAY(M_CUBE, .width = 32, .height = 32, .depth = 6, .flags = CUBEMAP),
    [B_MAP_3D] = ARRAY(M_3D, .width = 16, .height = 16, .depth = 8),
    [B_MAP_1D] = ARRAY(M_1D, .width = 64),
    [B_MAP_TARGET] = ARRAY(M_TARGET, .width = 64, .height = 64, .flags = COLOR),
    [B_MAP_NV12] = ARRAY(M_NV12, .width = 64, .height = 64, .texel = T_U8X1),
    [B_DESTROY_MEMORY] = {.function = DESTROY_MEMORY, .memory = M_FRESH},
    [B_IMPORT_FENCE] = IMPORTS(IMPORT_SEMAPHORE, FENCE, H_FENCE_NT),
    [B_IMPORT_FENCE_NAME] = {.function = IMPORT_SEMAPHORE, .type = FENCE, .name = N_FENCE},
    [B_IMPORT_MUTEX] = IMPORTS(IMPORT_SEMAPHORE, MUTEX, H_MUTEX_NT),
    [B_IMPORT_MUTEX_KMT] = IMPORTS(IMPORT_SEMAPHORE, MUTEX_KMT, H_MUTEX_KMT),
    [B_SIGNAL] = IN_STREAM(SIGNAL, S_FENCE, .value = 9),
    [B_SIGNAL_MUTEX] = IN_STREAM(SIGNAL, S_HELD),
    [B_WAIT] = IN_STREAM(WAIT, S_FENCE, .value = 1),
    [B_WAIT_MUTEX] = IN_STREAM(WAIT, S_MUTEX),
    [B_DESTROY_SEMAPHORE] = {.function = DESTROY_SEMAPHORE, .semaphore = {S_FRESH}},
    [B_TEXTURE] = TEXTURE(MISC_SHARED | MISC_NT),
    [B_TEXTURE_KEYED] = TEXTURE(MISC_KEYED),
    [B_TEXTURE_UNSHARED] = TEXTURE(0),
    [B_QUERY_MUTEX] = {.function = QUERY_MUTEX, .object = O_MUTEX},
    [B_GET_HANDLE] = {.function = GET_SHARED_HANDLE, .object = O_TEXTURE_KMT},
    [B_CREATE_HANDLE] = {.function = CREATE_SHARED_HANDLE,
                         .object = O_TEXTURE_NT,
                         .access = ALL_ACCESS},
    [B_OPEN] = {.function = OPEN_RESOURCE, .handle = H_TEXTURE_KMT},
    [B_OPEN1] = {.function = OPEN_RESOURCE1, .handle = H_TEXTURE_NT},
    [B_OPEN_NAME] = {.function = OPEN_BY_NAME, .name = N_BUFFER, .access = ALL_ACCESS},
    [B_CREATE_FENCE] = {.function = CREATE_FENCE, .misc = 2},
    [B_FENCE_HANDLE] = {.function = FENCE_HANDLE, .object = O_FENCE, .access = ALL_ACCESS},
    [B_OPEN_FENCE] = {.function = OPEN_FENCE, .handle = H_FENCE_NT},
    [B_SET_EVENT] = {.function = SET_EVENT, .object = O_FENCE, .handle = H_EVENT, .value = 1},
    [B_CONTEXT_SIGNAL] = {.function = CONTEXT_SIGNAL, .object = O_FENCE, .value = 9},
    [B_CONTEXT_WAIT] = {.function = CONTEXT_WAIT, .object = O_FENCE, .value = 1},
    [B_ACQUIRE] = {.function = ACQUIRE, .object = O_MUTEX},
    [B_RELEASE] = {.function = RELEASE, .object = O_HELD},
    [B_CLOSE] = {.function = CLOSE, .handle = H_CLOSED_NT},
    [B_DUPLICATE] = {.function = DUPLICATE, .handle = H_TEXTURE_NT},
};
const unsigned base_count = sizeof(bases) / sizeof(bases[0]);

/* One field of a call and its new value. */
#define SET(member, v) \
    offsetof(struct call, member), sizeof(((struct call *)0)->member), (uint64_t)(v)
/* The same code with every API, with and without ISTHMUS_STRICT. */
#define CODE(c) c, c, c, c
#define RUNTIME_ONLY(c) c, NEVER, c, NEVER
#define DRIVER_ONLY(c) NEVER, c, NEVER, c
/* Allowed as on the real driver, but not with ISTHMUS_STRICT. */
#define STRICT(c) 0, 0, c, c

/* cudaError_t and CUresult have the same numbers. */
#define VALUE 1
#define CHANNELS 20
#define OS 304
#define HANDLE_ 400
#define UNSUPPORTED 801
#define TIMEOUT 909
/* HRESULT and Win32. */
#define E_ARG 0x80070057
#define E_CALL 0x887A0001
#define E_DENIED 0x80070005
#define E_IFACE 0x80004002
#define E_TAKEN 0x887A002C
#define E_NOFILE 0x80070002
#define W_HANDLE 6
#define W_PARAMETER 87

const struct mistake mistakes[] = {
    /* ---- cudaImportExternalMemory ---- */
    {"extMem_out NULL", B_IMPORT, SET(no_out, 1), CODE(VALUE), "extMem_out is NULL", NULL},
    {"memHandleDesc NULL", B_IMPORT, SET(no_desc, 1), CODE(VALUE), "memHandleDesc is NULL",
     NULL},
    {"handle NULL", B_IMPORT, SET(handle, H_NULL), CODE(VALUE), "handle and name are NULL",
     NULL},
    {"handle NULL, KMT type", B_IMPORT_KMT, SET(handle, H_NULL), CODE(VALUE),
     "handle and name are NULL", NULL},
    {"name NULL as the handle", B_IMPORT_NAME, SET(name, N_NULL), CODE(VALUE),
     "handle and name are NULL", NULL},
    {"handle and name", B_IMPORT, SET(name, N_BUFFER), CODE(VALUE), "exactly one",
     "both ways to name the resource at once"},
    {"name and handle", B_IMPORT_NAME, SET(handle, H_BUFFER_NT), CODE(VALUE), "exactly one",
     NULL},
    {"a name with a KMT handle", B_IMPORT_KMT, SET(name, N_BUFFER), CODE(VALUE), "name is set",
     NULL},
    {"size 0", B_IMPORT, SET(size, 0), CODE(VALUE), "size is 0", NULL},
    {"size one byte beyond the buffer", B_IMPORT, SET(size, 100001), STRICT(VALUE),
     "size 100001", NULL},
    {"size rounded up to the memory", B_IMPORT, SET(size, 131072), STRICT(VALUE), "size 131072",
     NULL},
    {"size one byte beyond the memory", B_IMPORT, SET(size, 131073), CODE(VALUE), "size 131073",
     NULL},
    {"size twice the buffer", B_IMPORT, SET(size, 200000), CODE(VALUE), "size 200000",
     "a guessed size: NVIDIA's driver takes it, and maps what belongs to others"},
    {"size 2^62", B_IMPORT, SET(size, 1ULL << 62), CODE(VALUE), "size 4611686018427387904",
     NULL},
    {"size 2^64 - 1", B_IMPORT, SET(size, UINT64_MAX), CODE(VALUE), "size 1844674", NULL},
    {"size beyond, KMT", B_IMPORT_KMT, SET(size, 131073), CODE(VALUE), "size 131073", NULL},
    {"size beyond, by name", B_IMPORT_NAME, SET(size, 131073), CODE(VALUE), "size 131073",
     NULL},
    {"flags 0", B_IMPORT, SET(flags, 0), CODE(VALUE),
     "flags 0x0 lack cudaExternalMemoryDedicated", "the flag that every D3D11 import needs"},
    {"flags 0, KMT", B_IMPORT_KMT, SET(flags, 0), CODE(VALUE), "Dedicated", NULL},
    {"flags 0, by name", B_IMPORT_NAME, SET(flags, 0), CODE(VALUE), "Dedicated", NULL},
    {"flags 2", B_IMPORT, SET(flags, 2), CODE(VALUE), "flags 0x2", NULL},
    {"flags 3", B_IMPORT, SET(flags, 3), CODE(VALUE), "flags 0x3", NULL},
    {"flags 0x80000001", B_IMPORT, SET(flags, 0x80000001), CODE(VALUE), "flags 0x80000001",
     NULL},
    {"reserved[0]", B_IMPORT, SET(reserved, 1), DRIVER_ONLY(VALUE), "reserved[0]", NULL},
    {"reserved[15]", B_IMPORT, SET(reserved, 16), DRIVER_ONLY(VALUE), "reserved[15]", NULL},

    /* ---- cudaExternalMemoryGetMappedBuffer ---- */
    {"devPtr NULL", B_MAP_BUFFER, SET(no_out, 1), CODE(VALUE), "devPtr is NULL", NULL},
    {"bufferDesc NULL", B_MAP_BUFFER, SET(no_desc, 1), CODE(VALUE), "bufferDesc is NULL", NULL},
    {"extMem NULL", B_MAP_BUFFER, SET(memory, M_NULL), CODE(VALUE), "NULL", NULL},
    {"extMem destroyed", B_MAP_BUFFER, SET(memory, M_DESTROYED), CODE(HANDLE_), "not live",
     NULL},
    {"extMem a semaphore", B_MAP_BUFFER, SET(memory, M_SEMAPHORE), CODE(HANDLE_),
     "external semaphore", NULL},
    {"extMem a stream", B_MAP_BUFFER, SET(memory, M_STREAM), CODE(HANDLE_), "a stream", NULL},
    {"extMem an address", B_MAP_BUFFER, SET(memory, M_POINTER), CODE(HANDLE_), "no CUDA handle",
     NULL},
    {"extMem made up", B_MAP_BUFFER, SET(memory, M_MADE_UP), CODE(HANDLE_), "0x1234", NULL},
    {"extMem a texture", B_MAP_BUFFER, SET(memory, M_TEXTURE), CODE(VALUE),
     "GetMappedMipmappedArray", "a texture read as linear memory"},
    {"size 0", B_MAP_BUFFER, SET(size, 0), CODE(VALUE), "mapped buffer of 0 bytes", NULL},
    {"size beyond", B_MAP_BUFFER, SET(size, 100001), CODE(VALUE), "100001 bytes", NULL},
    {"size 2^64 - 1", B_MAP_BUFFER, SET(size, UINT64_MAX), CODE(VALUE), "mapped buffer of",
     NULL},
    {"size beyond what was imported", B_MAP_PART, SET(size, 1001), CODE(VALUE),
     "external memory has 1000 bytes", NULL},
    {"offset and size beyond", B_MAP_BUFFER, SET(offset, 8), CODE(VALUE), "from 8 on",
     "an offset without a smaller size"},
    {"offset at the end", B_MAP_BUFFER, SET(offset, 100000), CODE(VALUE), "from 100000 on",
     NULL},
    {"offset and size that overflow", B_MAP_BUFFER, SET(offset, UINT64_MAX - 7), CODE(VALUE),
     "mapped buffer", NULL},
    {"offset unaligned", B_MAP_BUFFER, SET(offset, 1), CODE(VALUE), "offset 1:", NULL},
    {"flags 1", B_MAP_BUFFER, SET(flags, 1), CODE(VALUE), "flags 0x1", NULL},
    {"flags 0x80000000", B_MAP_BUFFER, SET(flags, 0x80000000), CODE(VALUE), "flags 0x80000000",
     NULL},
    {"reserved[0]", B_MAP_BUFFER, SET(reserved, 1), DRIVER_ONLY(VALUE), "reserved[0]", NULL},
    {"reserved[15]", B_MAP_BUFFER, SET(reserved, 16), DRIVER_ONLY(VALUE), "reserved[15]", NULL},

    /* ---- cudaExternalMemoryGetMappedMipmappedArray ---- */
    {"mipmap NULL", B_MAP_ARRAY, SET(no_out, 1), CODE(VALUE), "mipmap is NULL", NULL},
    {"mipmapDesc NULL", B_MAP_ARRAY, SET(no_desc, 1), CODE(VALUE), "mipmapDesc is NULL", NULL},
    {"extMem NULL", B_MAP_ARRAY, SET(memory, M_NULL), CODE(VALUE), "NULL", NULL},
    {"extMem destroyed", B_MAP_ARRAY, SET(memory, M_DESTROYED), CODE(HANDLE_), "not live",
     NULL},
    {"extMem a semaphore", B_MAP_ARRAY, SET(memory, M_SEMAPHORE), CODE(HANDLE_),
     "external semaphore", NULL},
    {"extMem a stream", B_MAP_ARRAY, SET(memory, M_STREAM), CODE(HANDLE_), "a stream", NULL},
    {"extMem an address", B_MAP_ARRAY, SET(memory, M_POINTER), CODE(HANDLE_), "no CUDA handle",
     NULL},
    {"extMem made up", B_MAP_ARRAY, SET(memory, M_MADE_UP), CODE(HANDLE_), "0x1234", NULL},
    {"extMem a buffer", B_MAP_ARRAY, SET(memory, M_BUFFER), CODE(VALUE), "GetMappedBuffer",
     NULL},
    {"memory imported with a smaller size", B_MAP_ARRAY, SET(memory, M_PART_TEXTURE),
     CODE(VALUE), "size 1000", NULL},
    {"width 0", B_MAP_ARRAY, SET(width, 0), CODE(VALUE), "0 x 48 x 0", NULL},
    {"width too small", B_MAP_ARRAY, SET(width, 63), CODE(VALUE), "63 x 48 x 0", NULL},
    {"width too large", B_MAP_ARRAY, SET(width, 65), CODE(VALUE), "65 x 48 x 0",
     "an extent that is not the texture's"},
    {"width 2^40", B_MAP_ARRAY, SET(width, 1ULL << 40), CODE(VALUE), "1099511627776 x 48",
     NULL},
    {"height 0", B_MAP_ARRAY, SET(height, 0), CODE(VALUE), "64 x 0 x 0", NULL},
    {"height too small", B_MAP_ARRAY, SET(height, 47), CODE(VALUE), "64 x 47", NULL},
    {"height too large", B_MAP_ARRAY, SET(height, 49), CODE(VALUE), "64 x 49", NULL},
    {"height of a 1D texture", B_MAP_1D, SET(height, 2), CODE(VALUE), "64 x 2", NULL},
    {"height 1 of a 1D texture", B_MAP_1D, SET(height, 1), STRICT(VALUE), "64 x 1", NULL},
    {"depth 1 of a 2D texture", B_MAP_ARRAY, SET(depth, 1), STRICT(VALUE), "64 x 48 x 1", NULL},
    {"depth 2 of a 2D texture", B_MAP_ARRAY, SET(depth, 2), CODE(VALUE), "64 x 48 x 2", NULL},
    {"depth too small", B_MAP_3D, SET(depth, 7), CODE(VALUE), "16 x 16 x 7", NULL},
    {"depth 0 of a 3D texture", B_MAP_3D, SET(depth, 0), CODE(VALUE), "16 x 16 x 0", NULL},
    {"layers too few", B_MAP_LAYERS, SET(depth, 3), CODE(VALUE), "32 x 16 x 3", NULL},
    {"layers 0", B_MAP_LAYERS, SET(depth, 0), CODE(VALUE), "32 x 16 x 0", NULL},
    {"layers without their flag", B_MAP_LAYERS, SET(flags, 0), CODE(VALUE), "cudaArrayLayered",
     NULL},
    {"layers as a cubemap", B_MAP_LAYERS, SET(flags, CUBEMAP), CODE(VALUE), "cubemap", NULL},
    {"a cubemap without its flag", B_MAP_CUBE, SET(flags, 0), CODE(VALUE), "cudaArrayLayered",
     NULL},
    {"a cubemap of 5 faces", B_MAP_CUBE, SET(depth, 5), CODE(VALUE), "32 x 32 x 5", NULL},
    {"a cubemap that is not square", B_MAP_CUBE, SET(height, 31), CODE(VALUE), "32 x 31", NULL},
    {"2D as a cubemap", B_MAP_ARRAY, SET(flags, CUBEMAP), CODE(VALUE), "cubemap", NULL},
    {"2D as layers of depth 0", B_MAP_ARRAY, SET(flags, LAYERED), CODE(VALUE), "layered", NULL},
    {"3D as layers", B_MAP_3D, SET(flags, LAYERED), CODE(VALUE), "layered", NULL},
    {"flags 0x1000", B_MAP_ARRAY, SET(flags, 0x1000), CODE(VALUE), "flags 0x1000", NULL},
    {"flags sparse", B_MAP_ARRAY, SET(flags, 0x40), CODE(VALUE), "flags 0x40", NULL},
    {"flags deferred mapping", B_MAP_ARRAY, SET(flags, 0x80), CODE(VALUE), "flags 0x80", NULL},
    {"a render target without color attachment", B_MAP_TARGET, SET(flags, 0), STRICT(VALUE),
     "cudaArrayColorAttachment", NULL},
    {"levels 0", B_MAP_ARRAY, SET(levels, 0), CODE(VALUE), "0 levels",
     "NVIDIA's driver corrupts its heap on this one"},
    {"levels too many", B_MAP_ARRAY, SET(levels, 2), CODE(VALUE), "2 levels", NULL},
    {"levels too few", B_MAP_MIPS, SET(levels, 6), CODE(VALUE), "6 levels", NULL},
    {"levels beyond the chain", B_MAP_MIPS, SET(levels, 8), CODE(VALUE), "8 levels", NULL},
    {"levels 2^32 - 1", B_MAP_MIPS, SET(levels, 0xffffffff), CODE(VALUE), "4294967295 levels",
     NULL},
    {"offset", B_MAP_ARRAY, SET(offset, 65536), CODE(VALUE), "offset 65536", NULL},
    {"offset 2^64 - 1", B_MAP_ARRAY, SET(offset, UINT64_MAX), CODE(VALUE), "offset 1844674",
     NULL},
    {"one channel for four", B_MAP_ARRAY, SET(texel, T_U8X1), CODE(VALUE), "R8G8B8A8_UNORM",
     NULL},
    {"two channels for four", B_MAP_ARRAY, SET(texel, T_U8X2), CODE(VALUE), "R8G8B8A8_UNORM",
     NULL},
    {"16 bits for 8", B_MAP_ARRAY, SET(texel, T_U16X4), CODE(VALUE), "R8G8B8A8_UNORM",
     "a format of other bits"},
    {"one float for four bytes", B_MAP_ARRAY, SET(texel, T_F32X1), CODE(VALUE),
     "R8G8B8A8_UNORM", NULL},
    {"three channels", B_MAP_ARRAY, SET(texel, T_U8X3), CHANNELS, VALUE, CHANNELS, VALUE,
     "channels", NULL},
    {"no channels", B_MAP_ARRAY, SET(texel, T_NONE), CHANNELS, VALUE, CHANNELS, VALUE,
     "channels", NULL},
    {"channel bits of 24", B_MAP_ARRAY, SET(texel, T_BITS_24), RUNTIME_ONLY(CHANNELS),
     "24, 0, 0, 0 bits", "three bytes as one channel"},
    {"channels with a gap", B_MAP_ARRAY, SET(texel, T_GAP), RUNTIME_ONLY(CHANNELS),
     "8, 0, 8, 0 bits", NULL},
    {"kind none, format 0", B_MAP_ARRAY, SET(texel, T_UNKNOWN), CHANNELS, VALUE, CHANNELS,
     VALUE, "format", NULL},
    {"blue first, read as red first", B_MAP_TARGET, SET(memory, M_BGRA), STRICT(VALUE),
     "B8G8R8A8_UNORM", NULL},
    {"a planar texture as four channels", B_MAP_NV12, SET(texel, T_U8X4), CODE(VALUE), "NV12",
     NULL},
    {"reserved[0]", B_MAP_ARRAY, SET(reserved, 1), DRIVER_ONLY(VALUE), "reserved[0]", NULL},
    {"reserved[15]", B_MAP_ARRAY, SET(reserved, 16), DRIVER_ONLY(VALUE), "reserved[15]", NULL},

    /* ---- cudaDestroyExternalMemory ---- */
    {"NULL", B_DESTROY_MEMORY, SET(memory, M_NULL), CODE(VALUE), "NULL", NULL},
    {"twice", B_DESTROY_MEMORY, SET(memory, M_DESTROYED), CODE(HANDLE_), "destroyed before",
     "an import that ended already"},
    {"a semaphore", B_DESTROY_MEMORY, SET(memory, M_SEMAPHORE), CODE(HANDLE_),
     "external semaphore", NULL},
    {"a stream", B_DESTROY_MEMORY, SET(memory, M_STREAM), CODE(HANDLE_), "a stream", NULL},
    {"an address", B_DESTROY_MEMORY, SET(memory, M_POINTER), CODE(HANDLE_), "no CUDA handle",
     NULL},
    {"made up", B_DESTROY_MEMORY, SET(memory, M_MADE_UP), CODE(HANDLE_), "0x1234", NULL},

    /* ---- cudaImportExternalSemaphore ---- */
    {"extSem_out NULL", B_IMPORT_FENCE, SET(no_out, 1), CODE(VALUE), "extSem_out is NULL",
     NULL},
    {"semHandleDesc NULL", B_IMPORT_FENCE, SET(no_desc, 1), CODE(VALUE),
     "semHandleDesc is NULL", NULL},
    {"handle NULL", B_IMPORT_FENCE, SET(handle, H_NULL), CODE(VALUE),
     "handle and name are NULL", NULL},
    {"handle NULL, mutex", B_IMPORT_MUTEX, SET(handle, H_NULL), CODE(VALUE),
     "handle and name are NULL", NULL},
    {"handle NULL, KMT mutex", B_IMPORT_MUTEX_KMT, SET(handle, H_NULL), CODE(VALUE),
     "handle and name are NULL", NULL},
    {"handle and name", B_IMPORT_FENCE, SET(name, N_FENCE), CODE(VALUE), "exactly one", NULL},
    {"handle and name, mutex", B_IMPORT_MUTEX, SET(name, N_MUTEX), CODE(VALUE), "exactly one",
     NULL},
    {"a name with a KMT handle", B_IMPORT_MUTEX_KMT, SET(name, N_MUTEX), CODE(VALUE),
     "name is set", NULL},
    {"flags 1", B_IMPORT_FENCE, SET(flags, 1), CODE(VALUE), "flags 0x1", NULL},
    {"flags 2", B_IMPORT_FENCE, SET(flags, 2), CODE(VALUE), "flags 0x2", NULL},
    {"flags 0x80000000", B_IMPORT_MUTEX, SET(flags, 0x80000000), CODE(VALUE),
     "flags 0x80000000", NULL},
    {"flags 1, KMT mutex", B_IMPORT_MUTEX_KMT, SET(flags, 1), CODE(VALUE), "flags 0x1", NULL},
    {"flags 1, by name", B_IMPORT_FENCE_NAME, SET(flags, 1), CODE(VALUE), "flags 0x1", NULL},
    {"reserved[0]", B_IMPORT_FENCE, SET(reserved, 1), DRIVER_ONLY(VALUE), "reserved[0]", NULL},
    {"reserved[15]", B_IMPORT_FENCE, SET(reserved, 16), DRIVER_ONLY(VALUE), "reserved[15]",
     NULL},

    /* ---- cudaSignalExternalSemaphoresAsync ---- */
    {"numExtSems 0", B_SIGNAL, SET(count, 0), CODE(VALUE), "numExtSems is 0", NULL},
    {"extSemArray NULL", B_SIGNAL, SET(no_semaphores, 1), CODE(VALUE), "extSemArray", NULL},
    {"paramsArray NULL", B_SIGNAL, SET(no_params, 1), CODE(VALUE), "paramsArray", NULL},
    {"a NULL semaphore", B_SIGNAL, SET(semaphore[0], S_NULL), CODE(HANDLE_), "] is NULL",
     "NVIDIA's driver crashes on this one"},
    {"a NULL semaphore behind a good one", B_SIGNAL, SET(count, 2), CODE(HANDLE_), "] is NULL",
     NULL},
    {"a destroyed semaphore", B_SIGNAL, SET(semaphore[0], S_DESTROYED), CODE(HANDLE_),
     "not live", NULL},
    {"external memory", B_SIGNAL, SET(semaphore[0], S_MEMORY), CODE(HANDLE_), "external memory",
     NULL},
    {"a stream for a semaphore", B_SIGNAL, SET(semaphore[0], S_STREAM), CODE(HANDLE_),
     "a stream", NULL},
    {"an address", B_SIGNAL, SET(semaphore[0], S_POINTER), CODE(HANDLE_), "no CUDA handle",
     NULL},
    {"made up", B_SIGNAL, SET(semaphore[0], S_MADE_UP), CODE(HANDLE_), "0x1234", NULL},
    {"flags 1", B_SIGNAL, SET(flags, 1), CODE(VALUE), "flags 0x1", NULL},
    {"flags 2", B_SIGNAL, SET(flags, 2), CODE(VALUE), "flags 0x2", NULL},
    {"flags, mutex", B_SIGNAL_MUTEX, SET(flags, 4), CODE(VALUE), "flags 0x4", NULL},
    {"a mutex that is not held", B_SIGNAL_MUTEX, SET(semaphore[0], S_MUTEX), CODE(HANDLE_),
     "not held", "a release without its acquire"},
    {"a mutex that D3D11 holds", B_SIGNAL_MUTEX, SET(semaphore[0], S_HELD_BY_D3D),
     CODE(HANDLE_), "not held", NULL},
    {"an abandoned mutex", B_SIGNAL_MUTEX, SET(semaphore[0], S_ABANDONED), CODE(HANDLE_),
     "not held", NULL},
    {"a destroyed stream", B_SIGNAL, SET(stream, STREAM_DESTROYED), CODE(HANDLE_), "stream",
     NULL},
    {"a semaphore for a stream", B_SIGNAL, SET(stream, STREAM_SEMAPHORE), CODE(HANDLE_),
     "stream", NULL},
    {"an address for a stream", B_SIGNAL, SET(stream, STREAM_POINTER), CODE(HANDLE_), "stream",
     NULL},
    {"a destroyed stream, mutex", B_SIGNAL_MUTEX, SET(stream, STREAM_DESTROYED), CODE(HANDLE_),
     "stream", NULL},

    /* ---- cudaWaitExternalSemaphoresAsync ---- */
    {"numExtSems 0", B_WAIT, SET(count, 0), CODE(VALUE), "numExtSems is 0", NULL},
    {"extSemArray NULL", B_WAIT, SET(no_semaphores, 1), CODE(VALUE), "extSemArray", NULL},
    {"paramsArray NULL", B_WAIT, SET(no_params, 1), CODE(VALUE), "paramsArray", NULL},
    {"a NULL semaphore", B_WAIT, SET(semaphore[0], S_NULL), CODE(HANDLE_), "] is NULL", NULL},
    {"a NULL semaphore behind a good one", B_WAIT, SET(count, 2), CODE(HANDLE_), "] is NULL",
     NULL},
    {"a NULL semaphore behind a mutex", B_WAIT_MUTEX, SET(count, 2), CODE(HANDLE_), "] is NULL",
     NULL},
    {"a destroyed semaphore", B_WAIT, SET(semaphore[0], S_DESTROYED), CODE(HANDLE_), "not live",
     NULL},
    {"external memory", B_WAIT, SET(semaphore[0], S_MEMORY), CODE(HANDLE_), "external memory",
     NULL},
    {"a stream for a semaphore", B_WAIT, SET(semaphore[0], S_STREAM), CODE(HANDLE_), "a stream",
     NULL},
    {"an address", B_WAIT, SET(semaphore[0], S_POINTER), CODE(HANDLE_), "no CUDA handle", NULL},
    {"made up", B_WAIT, SET(semaphore[0], S_MADE_UP), CODE(HANDLE_), "0x1234", NULL},
    {"flags 1", B_WAIT, SET(flags, 1), CODE(VALUE), "flags 0x1", NULL},
    {"flags 2", B_WAIT, SET(flags, 2), CODE(VALUE), "flags 0x2", NULL},
    {"flags, mutex", B_WAIT_MUTEX, SET(flags, 4), CODE(VALUE), "flags 0x4", NULL},
    {"a key that was not released", B_WAIT_MUTEX, SET(value, 5), CODE(TIMEOUT), "key 5",
     "a wrong key is a timeout, and the reason knows the right one"},
    {"a mutex that D3D11 holds", B_WAIT_MUTEX, SET(semaphore[0], S_HELD_BY_D3D), CODE(TIMEOUT),
     "held", NULL},
    {"a mutex that it holds itself", B_WAIT_MUTEX, SET(semaphore[0], S_HELD), CODE(HANDLE_),
     "already held", NULL},
    {"an abandoned mutex", B_WAIT_MUTEX, SET(semaphore[0], S_ABANDONED), CODE(OS), "abandoned",
     NULL},
    {"a destroyed stream", B_WAIT, SET(stream, STREAM_DESTROYED), CODE(HANDLE_), "stream",
     NULL},
    {"a semaphore for a stream", B_WAIT, SET(stream, STREAM_SEMAPHORE), CODE(HANDLE_), "stream",
     NULL},
    {"an address for a stream", B_WAIT, SET(stream, STREAM_POINTER), CODE(HANDLE_), "stream",
     NULL},
    {"a destroyed stream, mutex", B_WAIT_MUTEX, SET(stream, STREAM_DESTROYED), CODE(HANDLE_),
     "stream", NULL},

    /* ---- cudaDestroyExternalSemaphore ---- */
    {"NULL", B_DESTROY_SEMAPHORE, SET(semaphore[0], S_NULL), CODE(VALUE), "NULL", NULL},
    {"twice", B_DESTROY_SEMAPHORE, SET(semaphore[0], S_DESTROYED), CODE(HANDLE_),
     "destroyed before", NULL},
    {"external memory", B_DESTROY_SEMAPHORE, SET(semaphore[0], S_MEMORY), CODE(HANDLE_),
     "external memory", NULL},
    {"a stream", B_DESTROY_SEMAPHORE, SET(semaphore[0], S_STREAM), CODE(HANDLE_), "a stream",
     NULL},
    {"an address", B_DESTROY_SEMAPHORE, SET(semaphore[0], S_POINTER), CODE(HANDLE_),
     "no CUDA handle", NULL},
    {"made up", B_DESTROY_SEMAPHORE, SET(semaphore[0], S_MADE_UP), CODE(HANDLE_), "0x1234",
     NULL},

    /* ---- CreateTexture2D with sharing flags ---- */
    {"SHARED_NTHANDLE alone", B_TEXTURE, SET(misc, MISC_NT), CODE(E_ARG),
     "SHARED_NTHANDLE alone", "what the guide's wording suggests"},
    {"SHARED and SHARED_KEYEDMUTEX", B_TEXTURE, SET(misc, MISC_SHARED | MISC_KEYED),
     CODE(E_ARG), "SHARED and SHARED_KEYEDMUTEX", NULL},
    {"all three sharing flags", B_TEXTURE, SET(misc, MISC_SHARED | MISC_KEYED | MISC_NT),
     CODE(E_ARG), "SHARED and SHARED_KEYEDMUTEX", NULL},
    {"GDI_COMPATIBLE with a keyed mutex", B_TEXTURE_KEYED, SET(misc, MISC_KEYED | 0x200),
     CODE(E_ARG), "GDI_COMPATIBLE", NULL},
    {"RESTRICT_SHARED_RESOURCE alone", B_TEXTURE_UNSHARED, SET(misc, 0x2000), CODE(E_ARG),
     "not shared", NULL},
    {"TILED and shared", B_TEXTURE, SET(misc, MISC_SHARED | 0x40000), CODE(E_ARG), "tiled",
     NULL},
    {"TEXTURECUBE, one slice", B_TEXTURE, SET(misc, MISC_SHARED | 4), CODE(E_ARG), "CUBE",
     NULL},
    {"RESOURCE_CLAMP", B_TEXTURE, SET(misc, MISC_SHARED | 0x80), CODE(E_ARG), "CLAMP", NULL},
    {"IMMUTABLE", B_TEXTURE, SET(usage, 1), CODE(E_ARG), "Usage 1", NULL},
    {"DYNAMIC", B_TEXTURE, SET(usage, 2), CODE(E_ARG), "USAGE_DYNAMIC", NULL},
    {"STAGING", B_TEXTURE, SET(usage, 3), CODE(E_ARG), "USAGE_STAGING", NULL},
    {"DEPTH_STENCIL", B_TEXTURE, SET(bind, 0x40), CODE(E_ARG), "DEPTH_STENCIL", NULL},
    {"four samples", B_TEXTURE, SET(samples, 4), CODE(E_ARG), "ample", NULL},
    {"out NULL", B_QUERY_MUTEX, SET(no_out, 1), CODE(0x80004003), "out pointer is NULL", NULL},
    {"keyed mutex of an unkeyed texture", B_QUERY_MUTEX, SET(object, O_TEXTURE_NT),
     CODE(E_IFACE), "interface", NULL},
    {"keyed mutex of an unshared texture", B_QUERY_MUTEX, SET(object, O_TEXTURE_UNSHARED),
     CODE(E_IFACE), "interface", NULL},

    /* ---- handles ---- */
    {"out NULL", B_GET_HANDLE, SET(no_out, 1), CODE(E_ARG), "NULL", NULL},
    {"a texture with NT handles", B_GET_HANDLE, SET(object, O_TEXTURE_NT), CODE(E_ARG),
     "CreateSharedHandle is right", NULL},
    {"out NULL", B_CREATE_HANDLE, SET(no_out, 1), CODE(E_ARG), "NULL", NULL},
    {"a texture with KMT handles", B_CREATE_HANDLE, SET(object, O_TEXTURE_KMT), CODE(E_ARG),
     "lack SHARED_NTHANDLE", "the flag that an NT handle needs"},
    {"an unshared texture", B_CREATE_HANDLE, SET(object, O_TEXTURE_UNSHARED), CODE(E_ARG),
     "lack SHARED_NTHANDLE", NULL},
    {"out NULL", B_FENCE_HANDLE, SET(no_out, 1), CODE(E_ARG), "NULL", NULL},
    {"an unshared fence", B_FENCE_HANDLE, SET(object, O_FENCE_UNSHARED), CODE(E_ARG),
     "lack SHARED", NULL},
    {"unknown flags", B_CREATE_FENCE, SET(misc, 0x10), CODE(E_ARG), "flags 0x10", NULL},
    {"out NULL", B_CREATE_FENCE, SET(no_out, 1), CODE(E_ARG), "NULL", NULL},
    {"an interface that fences lack", B_CREATE_FENCE, SET(iid, IID_MADE_UP), CODE(E_IFACE),
     "interface", NULL},

    /* ---- opening ---- */
    {"out NULL", B_OPEN, SET(no_out, 1), CODE(E_ARG), "NULL", NULL},
    {"another dimension's interface", B_OPEN, SET(iid, IID_OTHER_DIMENSION), CODE(E_IFACE),
     "interface", NULL},
    {"nobody's interface", B_OPEN, SET(iid, IID_MADE_UP), CODE(E_IFACE), "interface", NULL},
    {"out NULL", B_OPEN1, SET(no_out, 1), CODE(E_ARG), "NULL", NULL},
    {"another dimension's interface", B_OPEN1, SET(iid, IID_OTHER_DIMENSION), CODE(E_IFACE),
     "interface", NULL},
    {"nobody's interface", B_OPEN1, SET(iid, IID_MADE_UP), CODE(E_IFACE), "interface", NULL},
    {"out NULL", B_OPEN_NAME, SET(no_out, 1), CODE(E_ARG), "NULL", NULL},
    {"access 0", B_OPEN_NAME, SET(access, 0), CODE(E_DENIED), "access 0", NULL},
    {"another dimension's interface", B_OPEN_NAME, SET(iid, IID_OTHER_DIMENSION), CODE(E_IFACE),
     "interface", NULL},
    {"nobody's interface", B_OPEN_NAME, SET(iid, IID_MADE_UP), CODE(E_IFACE), "interface",
     NULL},
    {"out NULL", B_OPEN_FENCE, SET(no_out, 1), CODE(E_ARG), "NULL", NULL},
    {"an interface that fences lack", B_OPEN_FENCE, SET(iid, IID_MADE_UP), CODE(E_IFACE),
     "interface", NULL},

    /* ---- fences and keyed mutexes in use ---- */
    {"fence NULL", B_CONTEXT_SIGNAL, SET(object, O_FENCE_NULL), CODE(E_ARG), "fence is NULL",
     NULL},
    {"a fence of another device", B_CONTEXT_SIGNAL, SET(object, O_FENCE_OTHER), CODE(E_ARG),
     "another device", NULL},
    {"fence NULL", B_CONTEXT_WAIT, SET(object, O_FENCE_NULL), CODE(E_ARG), "fence is NULL",
     NULL},
    {"a fence of another device", B_CONTEXT_WAIT, SET(object, O_FENCE_OTHER), CODE(E_ARG),
     "another device", NULL},
    {"a key that was not released", B_ACQUIRE, SET(value, 5), CODE(0x102), "key 5", NULL},
    {"a mutex that it holds itself", B_ACQUIRE, SET(object, O_HELD), CODE(E_CALL),
     "already held", NULL},
    {"a mutex that CUDA holds", B_ACQUIRE, SET(object, O_HELD_BY_CUDA), CODE(0x102), "held",
     NULL},
    {"an abandoned mutex", B_ACQUIRE, SET(object, O_ABANDONED), CODE(0x80), "abandoned", NULL},
    {"a mutex that is not held", B_RELEASE, SET(object, O_MUTEX), CODE(E_CALL), "not held",
     NULL},
    {"a mutex that CUDA holds", B_RELEASE, SET(object, O_HELD_BY_CUDA), CODE(E_CALL),
     "not held", NULL},
    {"an abandoned mutex", B_RELEASE, SET(object, O_ABANDONED), CODE(E_CALL), "not held", NULL},

    /* ---- Win32 ---- */
    {"target NULL", B_DUPLICATE, SET(no_out, 1), CODE(W_PARAMETER), "target", NULL},
    {"a process that is none", B_DUPLICATE, SET(other_process, 1), CODE(W_HANDLE), "process",
     NULL},
};
const unsigned mistake_count = sizeof(mistakes) / sizeof(mistakes[0]);
