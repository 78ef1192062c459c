/* SPDX-License-Identifier: MIT */
/*
 * Without a driver that can be used: every call says so. CMake names a library that is there
 * and is no driver, so both reasons of the loader come by.
 */
#include "../rig.h"

TEST(every_function_says_that_there_is_no_driver)
{
    CUexternalMemory memory = NULL;
    CUexternalSemaphore semaphore = NULL;
    CUdeviceptr pointer;
    CUmipmappedArray array;
    CUDA_EXTERNAL_MEMORY_HANDLE_DESC memory_desc;
    CUDA_EXTERNAL_MEMORY_BUFFER_DESC buffer_desc;
    CUDA_EXTERNAL_MEMORY_MIPMAPPED_ARRAY_DESC array_desc;
    CUDA_EXTERNAL_SEMAPHORE_HANDLE_DESC semaphore_desc;
    char luid[8];
    unsigned mask;
    memset(&memory_desc, 0, sizeof(memory_desc));
    memset(&buffer_desc, 0, sizeof(buffer_desc));
    memset(&array_desc, 0, sizeof(array_desc));
    memset(&semaphore_desc, 0, sizeof(semaphore_desc));
    for (int type = 1; type <= 6; type += 5) {
        memory_desc.type = (CUexternalMemoryHandleType)type;
        REFUSED(cuImportExternalMemory(&memory, &memory_desc), 100, "cuImportExternalMemory");
    }
    CHECK_EQ(cuExternalMemoryGetMappedBuffer(&pointer, (CUexternalMemory)16, &buffer_desc),
             100);
    CHECK_EQ(cuExternalMemoryGetMappedMipmappedArray(&array, (CUexternalMemory)16, &array_desc),
             100);
    CHECK_EQ(cuDestroyExternalMemory((CUexternalMemory)16), 100);
    for (int type = 1; type <= 5; type += 4) {
        semaphore_desc.type = (CUexternalSemaphoreHandleType)type;
        CHECK_EQ(cuImportExternalSemaphore(&semaphore, &semaphore_desc), 100);
    }
    CHECK_EQ(cuDestroyExternalSemaphore((CUexternalSemaphore)16), 100);
    CHECK_EQ(cuDeviceGetLuid(luid, &mask, 0), 100);
    CHECK_EQ(cudaDestroyExternalMemory((cudaExternalMemory_t)16), 100);
    CHECK(memory == NULL && semaphore == NULL);
}
