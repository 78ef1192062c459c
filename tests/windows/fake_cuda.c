/* SPDX-License-Identifier: MIT */
/* The driver: nvcuda.dll. Writes down what matters of each descriptor. */
#include "fake.h"

#include <string.h>

#ifndef _WIN32
#pragma GCC visibility push(default)
#endif

static CUresult fail_code = CUDA_ERROR_UNKNOWN;
static int current;
static enum fake_luids luids_are;

void fake_set_device(int device)
{
    current = device;
}

void fake_set_luids(enum fake_luids luids)
{
    luids_are = luids;
}

void fake_fail_with(CUresult code)
{
    fail_code = code;
}

/* What is found by: the tests know which of the three it must be. */
static const char *by(void *handle, const void *name)
{
    return handle && name ? "handle AND name" : handle ? "handle" : name ? "name" : "NOTHING";
}

static CUresult made(bool fails, enum fake_kind kind, void **out)
{
    static uintptr_t next = 0x1000;
    if (fails)
        return fail_code;
    fake_count(kind, 1);
    *out = (void *)(next += 0x10);
    return CUDA_SUCCESS;
}

static CUresult ended(bool fails, enum fake_kind kind)
{
    fake_count(kind, -1); /* gone, whatever the answer: it is not to be ended twice */
    return fails ? fail_code : CUDA_SUCCESS;
}

CUresult cuInit(unsigned int Flags)
{
    return Flags ? CUDA_ERROR_INVALID_VALUE : CUDA_SUCCESS;
}

CUresult cuDeviceGetCount(int *count)
{
    *count = 2;
    return CUDA_SUCCESS;
}

CUresult cuDeviceGet(CUdevice *device, int ordinal)
{
    if (ordinal < 0 || ordinal > 1)
        return CUDA_ERROR_INVALID_DEVICE;
    *device = ordinal;
    return CUDA_SUCCESS;
}

/* The LUIDs that the adapters of fake_d3d11.c show. */
CUresult cuDeviceGetLuid(char *luid, unsigned int *deviceNodeMask, CUdevice dev)
{
    if (fake_called("cuDeviceGetLuid"))
        return fail_code;
    if (luids_are == FAKE_LUIDS_NONE)
        return CUDA_ERROR_NOT_SUPPORTED;
    memset(luid, 0, 8);
    luid[0] = (char)(luids_are == FAKE_LUIDS_LINKED ? 0x10 : 0x10 + dev);
    luid[4] = 0x77;
    *deviceNodeMask = luids_are == FAKE_LUIDS_LINKED ? 1u << dev : 1;
    return CUDA_SUCCESS;
}

CUresult cuDeviceGetUuid_v2(CUuuid *uuid, CUdevice dev)
{
    if (fake_called("cuDeviceGetUuid"))
        return fail_code;
    memset(uuid->bytes, 0x20 + dev, sizeof(uuid->bytes));
    return CUDA_SUCCESS;
}

CUresult cuCtxGetDevice(CUdevice *device)
{
    if (current < 0)
        return CUDA_ERROR_INVALID_CONTEXT;
    if (fake_called("cuCtxGetDevice"))
        return fail_code;
    *device = current;
    return CUDA_SUCCESS;
}

CUresult cuImportExternalMemory(CUexternalMemory *extMem_out,
                                const CUDA_EXTERNAL_MEMORY_HANDLE_DESC *desc)
{
    bool fails =
        fake_called("cuImportExternalMemory type %d by %s size %llu flags %u reserved %u",
                    (int)desc->type, by(desc->handle.win32.handle, desc->handle.win32.name),
                    desc->size, desc->flags, desc->reserved[0] | desc->reserved[15]);
    return made(fails, FAKE_MEMORY, (void **)extMem_out);
}

CUresult cuExternalMemoryGetMappedBuffer(CUdeviceptr *devPtr, CUexternalMemory extMem,
                                         const CUDA_EXTERNAL_MEMORY_BUFFER_DESC *desc)
{
    void *pointer = NULL;
    bool fails = fake_called("cuExternalMemoryGetMappedBuffer offset %llu size %llu flags %u",
                             desc->offset, desc->size, desc->flags);
    CUresult code = made(fails || !extMem, FAKE_MAPPING, &pointer);
    if (!code)
        *devPtr = (uintptr_t)pointer;
    return code;
}

CUresult cuExternalMemoryGetMappedMipmappedArray(
    CUmipmappedArray *mipmap, CUexternalMemory extMem,
    const CUDA_EXTERNAL_MEMORY_MIPMAPPED_ARRAY_DESC *desc)
{
    const CUDA_ARRAY3D_DESCRIPTOR *a = &desc->arrayDesc;
    bool fails = fake_called("cuExternalMemoryGetMappedMipmappedArray offset %llu %u x %u x %u "
                             "format 0x%x channels %u flags 0x%x levels %u",
                             desc->offset, (unsigned)a->Width, (unsigned)a->Height,
                             (unsigned)a->Depth, (unsigned)a->Format, a->NumChannels, a->Flags,
                             desc->numLevels);
    return made(fails || !extMem, FAKE_MAPPING, (void **)mipmap);
}

CUresult cuDestroyExternalMemory(CUexternalMemory extMem)
{
    return ended(fake_called("cuDestroyExternalMemory") || !extMem, FAKE_MEMORY);
}

CUresult cuImportExternalSemaphore(CUexternalSemaphore *extSem_out,
                                   const CUDA_EXTERNAL_SEMAPHORE_HANDLE_DESC *desc)
{
    bool fails = fake_called("cuImportExternalSemaphore type %d by %s flags %u reserved %u",
                             (int)desc->type,
                             by(desc->handle.win32.handle, desc->handle.win32.name),
                             desc->flags, desc->reserved[0] | desc->reserved[15]);
    return made(fails, FAKE_SEMAPHORE, (void **)extSem_out);
}

static void (*when_signalled)(void);

void fake_when_signalled(void (*then)(void))
{
    when_signalled = then;
}

CUresult cuSignalExternalSemaphoresAsync(const CUexternalSemaphore *extSemArray,
                                         const CUDA_EXTERNAL_SEMAPHORE_SIGNAL_PARAMS *params,
                                         unsigned int numExtSems, CUstream stream)
{
    bool fails = fake_called("cuSignalExternalSemaphoresAsync %u value %llu key %llu stream %u",
                             numExtSems, params->params.fence.value,
                             params->params.keyedMutex.key, (unsigned)(uintptr_t)stream);
    if (fails || !*extSemArray)
        return fail_code;
    void (*then)(void) = when_signalled;
    when_signalled = NULL;
    if (then)
        then();
    return CUDA_SUCCESS;
}

CUresult cuWaitExternalSemaphoresAsync(const CUexternalSemaphore *extSemArray,
                                       const CUDA_EXTERNAL_SEMAPHORE_WAIT_PARAMS *params,
                                       unsigned int numExtSems, CUstream stream)
{
    bool fails =
        fake_called("cuWaitExternalSemaphoresAsync %u value %llu key %llu%s stream %u",
                    numExtSems, params->params.fence.value, params->params.keyedMutex.key,
                    params->params.keyedMutex.timeoutMs == 0xffffffffu ? " for ever" : "",
                    (unsigned)(uintptr_t)stream);
    return fails || !*extSemArray ? fail_code : CUDA_SUCCESS;
}

CUresult cuDestroyExternalSemaphore(CUexternalSemaphore extSem)
{
    return ended(fake_called("cuDestroyExternalSemaphore") || !extSem, FAKE_SEMAPHORE);
}

CUresult cuMemFree_v2(CUdeviceptr dptr)
{
    return ended(fake_called("cuMemFree") || !dptr, FAKE_MAPPING);
}

CUresult cuMipmappedArrayDestroy(CUmipmappedArray hMipmappedArray)
{
    return ended(fake_called("cuMipmappedArrayDestroy") || !hMipmappedArray, FAKE_MAPPING);
}
