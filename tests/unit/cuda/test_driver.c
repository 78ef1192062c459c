/* SPDX-License-Identifier: MIT */
/* The driver's names: the runtime's handles are theirs, and theirs the runtime's. */
#include "d3d_rig.h"

extern CUresult cuSignalExternalSemaphoresAsync_ptsz(const CUexternalSemaphore *,
                                                     const signal_params *, unsigned, CUstream);

TEST(handles_of_driver_and_runtime_are_the_same)
{
    struct d3d d = d3d_new();
    ID3D11Resource *buffer = d3d_buffer(&d, 512, MISC_KMT);
    ID3D11Fence *fence = d3d_fence(&d, 0);
    CUexternalMemory memory = import_memory(TYPE_MEMORY_KMT, d3d_kmt(buffer), 512);
    CUexternalSemaphore semaphore = import_fence(fence);
    struct cudaExternalMemoryBufferDesc part;
    struct cudaExternalSemaphoreSignalParams signal;
    cudaExternalSemaphore_t same = (cudaExternalSemaphore_t)semaphore;
    void *ptr = NULL;
    memset(&part, 0, sizeof(part));
    memset(&signal, 0, sizeof(signal));
    part.size = 512;
    signal.params.fence.value = 11;
    OK(cudaExternalMemoryGetMappedBuffer(&ptr, (cudaExternalMemory_t)memory, &part));
    OK(cudaSignalExternalSemaphoresAsync(&same, &signal, 1, NULL));
    OK(cudaStreamSynchronize(NULL));
    CHECK_EQ(ID3D11Fence_GetCompletedValue(fence), 11);
    CHECK_EQ(cuMemFree((CUdeviceptr)(uintptr_t)ptr), CUDA_SUCCESS);
    OK(cudaDestroyExternalSemaphore(same));
    OK(cudaDestroyExternalMemory((cudaExternalMemory_t)memory));
    ID3D11Fence_Release(fence);
    ID3D11Resource_Release(buffer);
    d3d_finish(&d);
}

TEST(arrays_of_the_driver_are_the_runtime_s_too)
{
    CUarray array = NULL;
    CUDA_ARRAY3D_DESCRIPTOR desc = {16, 8, 4, CU_AD_FORMAT_FLOAT, 2, 0}, found;
    CUDA_ARRAY_DESCRIPTOR flat;
    struct cudaChannelFormatDesc channels;
    CHECK_EQ(cuArray3DCreate(&array, &desc), CUDA_SUCCESS);
    CHECK_EQ(cuArray3DGetDescriptor(&found, array), CUDA_SUCCESS);
    CHECK_EQ(found.Width, 16);
    CHECK_EQ(found.Depth, 4);
    CHECK_EQ(found.Format, CU_AD_FORMAT_FLOAT);
    CHECK_EQ(found.NumChannels, 2);
    CHECK_EQ(cuArrayGetDescriptor(&flat, array), CUDA_SUCCESS);
    CHECK_EQ(flat.Height, 8);
    OK(cudaGetChannelDesc(&channels, (cudaArray_const_t)array));
    CHECK_EQ(channels.y, 32);
    CHECK_EQ(channels.z, 0);
    OK(cudaFreeArray((cudaArray_t)array));
    CHECK_EQ(cuArray3DGetDescriptor(&found, array), CUDA_ERROR_INVALID_HANDLE);
    CHECK_EQ(cuArrayDestroy(array), CUDA_ERROR_INVALID_HANDLE);
}

TEST(mipmapped_arrays_of_the_driver)
{
    CUmipmappedArray mipmapped = NULL;
    CUarray level = NULL;
    CUDA_ARRAY3D_DESCRIPTOR desc = {16, 8, 0, CU_AD_FORMAT_UNSIGNED_INT8, 1, 0}, found;
    CHECK_EQ(cuMipmappedArrayCreate(&mipmapped, &desc, 3), CUDA_SUCCESS);
    CHECK_EQ(cuMipmappedArrayGetLevel(&level, mipmapped, 2), CUDA_SUCCESS);
    CHECK_EQ(cuArray3DGetDescriptor(&found, level), CUDA_SUCCESS);
    CHECK_EQ(found.Width, 4);
    CHECK_EQ(cuMipmappedArrayGetLevel(&level, mipmapped, 3), CUDA_ERROR_INVALID_VALUE);
    CHECK_EQ(cuMipmappedArrayDestroy(mipmapped), CUDA_SUCCESS);
}

TEST(null_arguments_are_refused)
{
    CUarray array = NULL;
    CUmipmappedArray mipmapped = NULL;
    CUDA_ARRAY_DESCRIPTOR flat = {8, 8, CU_AD_FORMAT_UNSIGNED_INT8, 1};
    CUDA_ARRAY3D_DESCRIPTOR desc = {8, 8, 0, CU_AD_FORMAT_UNSIGNED_INT8, 1, 0};
    CHECK_EQ(cuArrayCreate(NULL, &flat), CUDA_ERROR_INVALID_VALUE);
    CHECK_EQ(cuArrayCreate(&array, NULL), CUDA_ERROR_INVALID_VALUE);
    CHECK_EQ(cuArray3DCreate(NULL, &desc), CUDA_ERROR_INVALID_VALUE);
    CHECK_EQ(cuArray3DCreate(&array, NULL), CUDA_ERROR_INVALID_VALUE);
    CHECK_EQ(cuMipmappedArrayCreate(NULL, &desc, 1), CUDA_ERROR_INVALID_VALUE);
    CHECK_EQ(cuMipmappedArrayCreate(&mipmapped, NULL, 1), CUDA_ERROR_INVALID_VALUE);
    CHECK_EQ(cuArrayGetDescriptor(NULL, array), CUDA_ERROR_INVALID_VALUE);
    CHECK_EQ(cuMemFree(0), CUDA_SUCCESS);
}

TEST(the_ptsz_signal_uses_the_thread_s_own_stream)
{
    struct d3d d = d3d_new();
    struct gate gate;
    ID3D11Fence *fence = d3d_fence(&d, 0);
    CUexternalSemaphore semaphore = import_fence(fence);
    signal_params signal;
    memset(&signal, 0, sizeof(signal));
    signal.params.fence.value = 3;
    gate_close(&gate, cudaStreamPerThread);
    CHECK_EQ(cuSignalExternalSemaphoresAsync_ptsz(&semaphore, &signal, 1, NULL), CUDA_SUCCESS);
    CHECK_EQ(ID3D11Fence_GetCompletedValue(fence), 0);
    gate_open(&gate);
    OK(cudaStreamSynchronize(cudaStreamPerThread));
    CHECK_EQ(ID3D11Fence_GetCompletedValue(fence), 3);
    CHECK_EQ(cuDestroyExternalSemaphore(semaphore), CUDA_SUCCESS);
    ID3D11Fence_Release(fence);
    d3d_finish(&d);
}
