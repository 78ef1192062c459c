/* SPDX-License-Identifier: MIT */
/*
 * What the tests over the recorder share: its device gets the UUID of the cpu device, so that
 * D3D11's resources are "of the GPU" and imports go all the way to the driver.
 */
#ifndef TESTS_REAL_RIG_REAL_H
#define TESTS_REAL_RIG_REAL_H

#include "../d3d_rig.h"

#include "core/session.h"

#include "recorder.h"

static inline const struct device *rig_device(void)
{
    return session_default()->devices[0];
}

/* The recorder as at the start, on the device of D3D11's, and no context in this thread. */
static inline void rig_recorder(void)
{
    recorder_context(0);
    recorder_forget();
    recorder_uuid(rig_device()->uuid);
}

/* Gives the thread the primary context, as the runtime does at its first call. */
static inline void rig_context(void)
{
    CHECK_EQ(cudaDestroyExternalMemory(NULL), cudaErrorInvalidValue);
    recorder_forget();
}

void test_warm_up(void)
{
    rig_recorder();
    struct d3d d = d3d_new();
    d3d_finish(&d);
}

#define NO_CALL() CHECK_EQ(recorder_calls(NULL), 0)
#define FOREIGN ((CUexternalMemory)0x1230) /* what only the driver knows */
#define SIZE 65536u

/* A D3D11 resource and its import. */
struct imported {
    struct d3d d;
    ID3D11Resource *resource;
    CUexternalMemory memory;
};

static inline struct imported imported_make(struct imported made, unsigned long long size)
{
    HANDLE handle = d3d_nt(made.resource, NULL);
    rig_recorder();
    rig_context();
    made.memory = import_memory(TYPE_MEMORY_NT, handle, size);
    CHECK(CloseHandle(handle));
    return made;
}

static inline struct imported imported_buffer(void)
{
    struct imported made = {.d = d3d_new()};
    made.resource = d3d_buffer(&made.d, SIZE, MISC_NT);
    return imported_make(made, SIZE);
}

static inline struct imported imported_texture(struct texture t)
{
    struct imported made = {.d = d3d_new()};
    made.resource = d3d_texture(&made.d, t, MISC_NT);
    return imported_make(made, 1u << 16);
}

static inline void imported_finish(struct imported *made)
{
    CHECK_EQ(ID3D11Resource_Release(made->resource), 0);
    d3d_finish(&made->d);
}

static inline void imported_end(struct imported *made)
{
    CHECK_EQ(cuDestroyExternalMemory(made->memory), CUDA_SUCCESS);
    CHECK_EQ(recorder_last()->args[0] == made->memory, 1);
    imported_finish(made);
}

static inline array_desc array_of(size_t width, size_t height, size_t depth, unsigned levels)
{
    array_desc desc;
    memset(&desc, 0, sizeof(desc));
    desc.arrayDesc.Width = width;
    desc.arrayDesc.Height = height;
    desc.arrayDesc.Depth = depth;
    desc.arrayDesc.Format = CU_AD_FORMAT_UNSIGNED_INT8;
    desc.arrayDesc.NumChannels = 4;
    desc.numLevels = levels;
    return desc;
}

/* Something that only the driver knows. */
static inline CUexternalSemaphore foreign_semaphore(void)
{
    CUexternalSemaphore made = NULL;
    semaphore_desc desc;
    memset(&desc, 0, sizeof(desc));
    desc.type = CU_EXTERNAL_SEMAPHORE_HANDLE_TYPE_TIMELINE_SEMAPHORE_FD;
    desc.handle.fd = 12345;
    CHECK_EQ(cuImportExternalSemaphore(&made, &desc), CUDA_SUCCESS);
    CHECK_EQ(recorder_last()->args[1] == &desc, 1);
    return made;
}

#endif
