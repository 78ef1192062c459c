/* SPDX-License-Identifier: MIT */
/* The driver's measured answers to mistakes with external memory and semaphores. */
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "rig.h"

enum { SIZE = 4 << 20 };

size_t test_live_objects(void)
{
    return fakecuda_live(FAKECUDA_KINDS);
}

static CUresult import_with(int type, int fd, size_t size, unsigned flags, unsigned reserved)
{
    CUDA_EXTERNAL_MEMORY_HANDLE_DESC desc = {.type = (CUexternalMemoryHandleType)type,
                                             .size = size,
                                             .flags = flags};
    desc.reserved[0] = reserved;
    if (type == 1)
        desc.handle.fd = fd;
    else if (fd)
        desc.handle.win32.handle = (void *)0x40;
    CUexternalMemory out = NULL;
    CUresult result = cuImportExternalMemory(&out, &desc);
    if (result == CUDA_SUCCESS)
        OK(cuDestroyExternalMemory(out));
    return result;
}

static bool is_open(int fd)
{
    return fcntl(fd, F_GETFD) >= 0;
}

TEST(import_of_memory)
{
    struct rig rig = rig_new();
    int fd = rig_memory_fd(SIZE);
    CHECK_EQ(cuImportExternalMemory(NULL, NULL), CUDA_ERROR_INVALID_VALUE);
    static const int unknown[] = {0, 9, 10, 11, 12, 99};
    for (size_t i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++)
        CHECK_EQ(import_with(unknown[i], fd, SIZE, 0, 0), CUDA_ERROR_INVALID_VALUE);
    for (int type = 2; type <= 8; type++) {
        CHECK_EQ(import_with(type, 1, SIZE, 0, 0), CUDA_ERROR_NOT_SUPPORTED);
        CHECK_EQ(import_with(type, 0, SIZE, 0, 0), CUDA_ERROR_INVALID_VALUE);
    }
    CHECK_EQ(import_with(1, fd, 0, 0, 0), CUDA_ERROR_INVALID_VALUE);
    CHECK_EQ(import_with(1, fd, SIZE, 2, 0), CUDA_ERROR_INVALID_VALUE);
    CHECK_EQ(import_with(1, fd, SIZE, 0x80000001, 0), CUDA_ERROR_INVALID_VALUE);
    CHECK_EQ(import_with(1, fd, SIZE, 0, 1), CUDA_ERROR_INVALID_VALUE);
    CHECK(is_open(fd)); /* none of these took it */
    static const size_t sizes[] = {100, SIZE, 2 * SIZE, (size_t)1 << 62};
    for (size_t i = 0; i < 4; i++) {
        int copy = dup(fd);
        OK(import_with(1, copy, sizes[i], 0, 0));
        CHECK(!is_open(copy));
    }
    OK(import_with(1, fd, SIZE, 1, 0));
    rig_finish(&rig);
}

TEST(import_closes_foreign_memory_but_not_a_foreign_semaphore)
{
    struct rig rig = rig_new();
    int null = open("/dev/null", O_RDWR | O_CLOEXEC), memfd = memfd_create("x", MFD_CLOEXEC);
    CHECK_EQ(import_with(1, null, SIZE, 0, 0), CUDA_ERROR_UNKNOWN);
    CHECK_EQ(import_with(1, memfd, SIZE, 0, 0), CUDA_ERROR_UNKNOWN);
    CHECK(!is_open(null) && !is_open(memfd));
    CHECK_EQ(import_with(1, -1, SIZE, 0, 0), CUDA_ERROR_UNKNOWN);
    CHECK_EQ(import_with(1, memfd, SIZE, 0, 0), CUDA_ERROR_UNKNOWN);

    CUDA_EXTERNAL_SEMAPHORE_HANDLE_DESC desc = {.flags = 0};
    CUexternalSemaphore out;
    static const CUresult wanted[] = {1,   999, 801, 801, 801, 801, 801,
                                      801, 801, 999, 801, 1,   1};
    null = open("/dev/null", O_RDWR | O_CLOEXEC);
    desc.handle.fd = null;
    for (int type = 0; type <= 12; type++) {
        desc.type = (CUexternalSemaphoreHandleType)type;
        CHECK_EQ(cuImportExternalSemaphore(&out, &desc), wanted[type]);
    }
    CHECK(is_open(null));
    close(null);
    CHECK_EQ(cuImportExternalSemaphore(NULL, &desc), CUDA_ERROR_INVALID_VALUE);
    CHECK_EQ(cuImportExternalSemaphore(&out, NULL), CUDA_ERROR_INVALID_VALUE);
    CHECK_EQ(cuDestroyExternalSemaphore(NULL), CUDA_ERROR_INVALID_VALUE);
    CHECK_EQ(cuSignalExternalSemaphoresAsync(NULL, NULL, 0, NULL), CUDA_ERROR_INVALID_VALUE);
    CHECK_EQ(cuWaitExternalSemaphoresAsync(NULL, NULL, 1, NULL), CUDA_ERROR_INVALID_VALUE);
    rig_finish(&rig);
}

static CUresult map_with(CUexternalMemory memory, unsigned long long offset,
                         unsigned long long size, unsigned flags)
{
    CUDA_EXTERNAL_MEMORY_BUFFER_DESC desc = {.offset = offset, .size = size, .flags = flags};
    CUdeviceptr out;
    CUresult result = cuExternalMemoryGetMappedBuffer(&out, memory, &desc);
    if (result == CUDA_SUCCESS)
        OK(cuMemFree_v2(out));
    return result;
}

TEST(buffers_of_memory)
{
    struct rig rig = rig_new();
    CUexternalMemory memory = rig_import(rig_memory_fd(SIZE), SIZE);
    CHECK_EQ(cuExternalMemoryGetMappedBuffer(NULL, memory, NULL), CUDA_ERROR_INVALID_VALUE);
    CHECK_EQ(map_with(NULL, 0, SIZE, 0), CUDA_ERROR_INVALID_VALUE);
    CHECK_EQ(map_with(memory, 0, 0, 0), CUDA_ERROR_INVALID_VALUE);
    CHECK_EQ(map_with(memory, 4, SIZE, 0), CUDA_ERROR_INVALID_VALUE);
    CHECK_EQ(map_with(memory, SIZE, 4, 0), CUDA_ERROR_INVALID_VALUE);
    CHECK_EQ(map_with(memory, UINT64_MAX - 3, 8, 0), CUDA_ERROR_INVALID_VALUE);
    CHECK_EQ(map_with(memory, 0, SIZE, 1), CUDA_ERROR_INVALID_VALUE);
    CHECK_EQ(map_with(memory, 1, 100, 0), CUDA_ERROR_INVALID_VALUE);
    OK(map_with(memory, 65536, 100, 0));

    CUDA_EXTERNAL_MEMORY_BUFFER_DESC whole = {.size = SIZE};
    CUdeviceptr a, b;
    unsigned found = 0;
    OK(cuExternalMemoryGetMappedBuffer(&a, memory, &whole));
    OK(cuExternalMemoryGetMappedBuffer(&b, memory, &whole));
    CHECK(a != b);
    OK(cuDestroyExternalMemory(memory)); /* the mappings stay */
    OK(cuMemsetD32_v2(a, 0x12345678, 16));
    OK(cuMemcpyDtoH_v2(&found, b + 60, 4));
    CHECK_EQ(found, 0x12345678);
    OK(cuMemFree_v2(a));
    OK(cuMemFree_v2(b));
    CHECK_EQ(cuMemFree_v2(a), CUDA_ERROR_INVALID_VALUE);
    CHECK_EQ(cuDestroyExternalMemory(NULL), CUDA_ERROR_INVALID_VALUE);
    rig_finish(&rig);
}

static CUresult array_with(CUexternalMemory memory, CUDA_ARRAY3D_DESCRIPTOR array,
                           unsigned levels, size_t offset)
{
    CUDA_EXTERNAL_MEMORY_MIPMAPPED_ARRAY_DESC desc = {.offset = offset,
                                                      .arrayDesc = array,
                                                      .numLevels = levels};
    CUmipmappedArray out;
    CUarray level;
    CUresult result = cuExternalMemoryGetMappedMipmappedArray(&out, memory, &desc);
    if (result != CUDA_SUCCESS)
        return result;
    CHECK_EQ(cuMipmappedArrayGetLevel(&level, out, levels), CUDA_ERROR_INVALID_VALUE);
    OK(cuMipmappedArrayGetLevel(&level, out, levels - 1));
    OK(cuArrayDestroy(level));
    OK(cuMipmappedArrayDestroy(out));
    return CUDA_SUCCESS;
}

static CUDA_ARRAY3D_DESCRIPTOR shape(size_t w, size_t h, size_t d, int format, unsigned n,
                                     unsigned flags)
{
    return (CUDA_ARRAY3D_DESCRIPTOR){w, h, d, (CUarray_format)format, n, flags};
}

TEST(arrays_of_memory)
{
    struct rig rig = rig_new();
    CUexternalMemory memory = rig_import(rig_memory_fd(SIZE), SIZE);
    const struct {
        CUDA_ARRAY3D_DESCRIPTOR desc;
        unsigned levels;
        size_t offset;
        CUresult wanted;
    } rows[] = {
        {shape(64, 64, 0, 1, 4, 0), 1, 0, 0},      {shape(64, 64, 1, 1, 4, 0), 1, 0, 0},
        {shape(0, 64, 0, 1, 4, 0), 1, 0, 1},       {shape(64, 64, 0, 1, 0, 0), 1, 0, 1},
        {shape(64, 64, 0, 1, 3, 0), 1, 0, 1},      {shape(64, 64, 0, 0, 4, 0), 1, 0, 1},
        {shape(64, 64, 0, 1, 4, 0x1000), 1, 0, 1}, {shape(64, 32, 6, 1, 4, 4), 1, 0, 1},
        {shape(64, 64, 6, 1, 4, 4), 1, 0, 0},      {shape(4096, 4096, 0, 1, 4, 0), 1, 0, 1},
        {shape(64, 64, 0, 1, 4, 0), 1, SIZE, 1},   {shape(64, 64, 0, 1, 4, 0), 1, 1000, 0},
        {shape(64, 64, 0, 1, 4, 0), 7, 0, 0},      {shape(64, 64, 0, 1, 4, 0), 8, 0, 1},
        {shape(64, 0, 4, 0x20, 1, 1), 1, 0, 0},    {shape(64, 64, 0, 0xb0, 3, 0), 1, 0, 0},
        {shape(64, 64, 0, 0x91, 4, 0), 1, 0, 0},   {shape(64, 64, 0, 0xc2, 4, 0), 1, 0, 0},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        CHECK_EQ(array_with(memory, rows[i].desc, rows[i].levels, rows[i].offset),
                 rows[i].wanted);
    CHECK_EQ(cuExternalMemoryGetMappedMipmappedArray(NULL, memory, NULL),
             CUDA_ERROR_INVALID_VALUE);
    OK(cuDestroyExternalMemory(memory));
    rig_finish(&rig);
}

TEST(linux_has_no_luid_and_capture_forbids_an_import)
{
    struct rig rig = rig_new();
    char luid[8];
    unsigned mask;
    CUgraph graph;
    CHECK_EQ(cuDeviceGetLuid(luid, &mask, 0), CUDA_ERROR_NOT_SUPPORTED);
    OK(cuStreamBeginCapture_v2(rig.stream, CU_STREAM_CAPTURE_MODE_GLOBAL));
    CHECK_EQ(import_with(1, -1, SIZE, 0, 0), CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED);
    CHECK_EQ(cuStreamEndCapture(rig.stream, &graph), CUDA_ERROR_STREAM_CAPTURE_INVALIDATED);
    rig_finish(&rig);
}
