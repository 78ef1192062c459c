/* SPDX-License-Identifier: MIT */
/*
 * A program of NVIDIA's toolkit: its headers, its runtime, and our front before it, which says
 * what is wrong with an import.
 */
#include <cuda_runtime_api.h>
#include <isthmus/isthmus.h>
#include <stdio.h>
#include <string.h>

int main(void)
{
    struct cudaExternalMemoryHandleDesc desc;
    cudaExternalMemory_t memory = NULL;
    int count = 0; /* a function of NVIDIA's */
    memset(&desc, 0, sizeof(desc));
    desc.type = cudaExternalMemoryHandleTypeD3D11Resource;
    desc.size = 65536;
    cudaError_t error = cudaImportExternalMemory(&memory, &desc);
    printf("CUDA %d, error %d: %s\n", CUDART_VERSION / 1000, (int)error, ist_explain());
    return error == cudaErrorInvalidValue &&
                   strstr(ist_explain(), "handle and name are NULL") &&
                   cudaGetDeviceCount(&count) == cudaSuccess && count > 0
               ? 0
               : 1;
}
