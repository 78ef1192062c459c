/* SPDX-License-Identifier: MIT */
/* What every test of the fake driver begins and ends with: a context of GPU 0 and a stream. */
#ifndef FAKECUDA_RIG_H
#define FAKECUDA_RIG_H

#include "cuda_driver.h"
#include "fakecuda.h"
#include "test.h"

#define OK(call) CHECK_EQ(call, CUDA_SUCCESS)

struct rig {
    CUcontext ctx;
    CUstream stream;
};

static inline struct rig rig_new(void)
{
    struct rig rig;
    OK(cuInit(0));
    OK(cuDevicePrimaryCtxRetain(&rig.ctx, 0));
    OK(cuCtxPushCurrent_v2(rig.ctx));
    OK(cuStreamCreate(&rig.stream, CU_STREAM_NON_BLOCKING));
    return rig;
}

/* Nothing may be left but the stream. */
static inline void rig_finish(struct rig *rig)
{
    OK(cuStreamSynchronize(rig->stream));
    OK(cuStreamDestroy_v2(rig->stream));
    CHECK_EQ(fakecuda_live(FAKECUDA_KINDS), 0);
    OK(cuCtxPopCurrent_v2(NULL));
    OK(cuDevicePrimaryCtxRelease_v2(0));
    CHECK_EQ(fakecuda_live(FAKECUDA_CONTEXT), 0);
    CHECK_EQ(fakecuda_bytes(), 0);
}

static inline CUmemAllocationProp rig_prop(void)
{
    return (CUmemAllocationProp){
        .type = CU_MEM_ALLOCATION_TYPE_PINNED,
        .requestedHandleTypes = CU_MEM_HANDLE_TYPE_POSIX_FILE_DESCRIPTOR,
        .location = {CU_MEM_LOCATION_TYPE_DEVICE, 0},
    };
}

/* The descriptor of new memory; nothing else of it is left. */
static inline int rig_memory_fd(size_t size)
{
    CUmemAllocationProp prop = rig_prop();
    CUmemGenericAllocationHandle handle;
    int fd = -1;
    OK(cuMemCreate(&handle, size, &prop, 0));
    OK(cuMemExportToShareableHandle(&fd, handle, CU_MEM_HANDLE_TYPE_POSIX_FILE_DESCRIPTOR, 0));
    OK(cuMemRelease(handle));
    return fd;
}

static inline CUexternalMemory rig_import(int fd, size_t size)
{
    CUDA_EXTERNAL_MEMORY_HANDLE_DESC desc = {.type = CU_EXTERNAL_MEMORY_HANDLE_TYPE_OPAQUE_FD,
                                             .handle.fd = fd,
                                             .size = size};
    CUexternalMemory memory = NULL;
    OK(cuImportExternalMemory(&memory, &desc));
    return memory;
}

#endif
