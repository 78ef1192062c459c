/* SPDX-License-Identifier: MIT */
/* The runtime's names: its structs become the driver's, in both versions. */
#include "rig_real.h"

static const struct texture flat = {DXGI_FORMAT_R8G8B8A8_UNORM, 64, 32, 0, 0, 0, 0};

TEST(runtime_and_driver_share_the_handles)
{
    struct imported made = imported_buffer();
    struct cudaExternalMemoryBufferDesc desc = {.offset = 8, .size = 100};
    void *pointer = NULL;
    OK(cudaExternalMemoryGetMappedBuffer(&pointer, (cudaExternalMemory_t)made.memory, &desc));
    CHECK(pointer == (void *)0x7000);
    OK(cudaDestroyExternalMemory((cudaExternalMemory_t)made.memory));
    CHECK_EQ(recorder_calls("cuDestroyExternalMemory"), 1);
    imported_finish(&made);
}

TEST(the_runtimes_struct_becomes_the_drivers)
{
    struct cudaExternalMemoryHandleDesc desc;
    cudaExternalMemory_t made;
    memory_desc seen;
    memset(&desc, 0, sizeof(desc));
    desc.type = cudaExternalMemoryHandleTypeOpaqueFd;
    desc.handle.fd = -7;
    desc.size = 0x123456789;
    desc.flags = cudaExternalMemoryDedicated;
    rig_recorder();
    OK(cudaImportExternalMemory(&made, &desc));
    memcpy(&seen, recorder_last()->desc, sizeof(seen));
    CHECK_EQ(seen.type, 1);
    CHECK_EQ(seen.handle.fd, -7);
    CHECK_EQ(seen.size, 0x123456789);
    CHECK_EQ(seen.flags, 1);
    for (size_t i = 0; i < 16; i++)
        CHECK_EQ(seen.reserved[i], 0);
}

TEST(the_runtimes_descriptor_of_an_array_becomes_the_drivers)
{
    struct imported made = imported_texture(flat);
    struct cudaExternalMemoryMipmappedArrayDesc desc = {
        .formatDesc = {8, 8, 8, 8, cudaChannelFormatKindUnsigned},
        .extent = {64, 32, 0},
        .numLevels = 1,
        .flags = cudaArraySurfaceLoadStore,
    };
    array_desc seen;
    cudaMipmappedArray_t array;
    OK(cudaExternalMemoryGetMappedMipmappedArray(&array, (cudaExternalMemory_t)made.memory,
                                                 &desc));
    memcpy(&seen, recorder_last()->desc, sizeof(seen));
    CHECK_EQ(seen.arrayDesc.NumChannels, 4);
    CHECK_EQ(seen.arrayDesc.Flags, CUDA_ARRAY3D_SURFACE_LDST);
    recorder_forget();
    desc.formatDesc.w = 0;
    CHECK_EQ(cudaExternalMemoryGetMappedMipmappedArray(&array,
                                                       (cudaExternalMemory_t)made.memory,
                                                       &desc),
             20);
    NO_CALL();
    imported_end(&made);
}

/* Version 12 has these under names with _v2, and shorter elements under the plain ones. */
TEST(the_runtimes_parameters_become_the_drivers_one_by_one)
{
    struct cudaExternalSemaphoreSignalParams signal[3];
    struct cudaExternalSemaphoreWaitParams wait[3];
    CUexternalSemaphore all[3];
    signal_params seen_signal[3];
    wait_params seen_wait[3];
    memset(signal, 0, sizeof(signal));
    memset(wait, 0, sizeof(wait));
    rig_recorder();
    for (unsigned i = 0; i < 3; i++) {
        all[i] = foreign_semaphore();
        signal[i].params.fence.value = 100 + i;
        wait[i].params.fence.value = 200 + i;
        wait[i].params.keyedMutex.timeoutMs = 300 + i;
    }
    OK(cudaSignalExternalSemaphoresAsync((cudaExternalSemaphore_t *)all, signal, 3, NULL));
    memcpy(seen_signal, recorder_last()->desc, sizeof(seen_signal));
    OK(cudaWaitExternalSemaphoresAsync((cudaExternalSemaphore_t *)all, wait, 3, NULL));
    memcpy(seen_wait, recorder_last()->desc, sizeof(seen_wait));
    for (unsigned i = 0; i < 3; i++) {
        CHECK_EQ(seen_signal[i].params.fence.value, 100 + i);
        CHECK_EQ(seen_wait[i].params.fence.value, 200 + i);
        CHECK_EQ(seen_wait[i].params.keyedMutex.timeoutMs, 300 + i);
        CHECK_EQ(cuDestroyExternalSemaphore(all[i]), CUDA_SUCCESS);
    }
}
