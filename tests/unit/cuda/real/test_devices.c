/* SPDX-License-Identifier: MIT */
/* A process without a device of ours: NVIDIA works, and D3D11's objects are refused. */
#include "rig_gpu.h"

#include <isthmus/isthmus.h>

TEST(without_a_device_of_core_an_import_says_so)
{
    CUDA_EXTERNAL_MEMORY_HANDLE_DESC memory = {.type = 6, .size = 4096, .flags = 1};
    CUDA_EXTERNAL_SEMAPHORE_HANDLE_DESC semaphore = {.type = 5};
    CUexternalMemory imported = NULL;
    CUexternalSemaphore fence = NULL;
    CHECK_EQ(setenv("ISTHMUS_DEVICE", "none", 1), 0);
    gpu_context(0);
    memory.handle.win32.handle = (void *)0x1234;
    semaphore.handle.win32.handle = (void *)0x1234;
    CHECK_EQ(cuImportExternalMemory(&imported, &memory), CUDA_ERROR_NO_DEVICE);
    CHECK(strstr(ist_explain(), "no device") != NULL);
    CHECK_EQ(cuImportExternalSemaphore(&fence, &semaphore), CUDA_ERROR_NO_DEVICE);
    CHECK(imported == NULL && fence == NULL);
}
