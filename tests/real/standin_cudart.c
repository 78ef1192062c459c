/* SPDX-License-Identifier: MIT */
/*
 * Stands in for NVIDIA's runtime where only names matter: as libcudart_static.a and as a
 * libcudart.so. Its external-resource functions must never be reached and answer 77; its
 * properties are real as far as anybody can tell. Arguments do not matter, so there are none.
 */
#include <string.h>

#define EXPORT __attribute__((visibility("default")))
#define UNREACHED(name)    \
    EXPORT int name(void); \
    int name(void)         \
    {                      \
        return 77;         \
    }

UNREACHED(cudaImportExternalMemory)
UNREACHED(cudaExternalMemoryGetMappedBuffer)
UNREACHED(cudaExternalMemoryGetMappedMipmappedArray)
UNREACHED(cudaDestroyExternalMemory)
UNREACHED(cudaImportExternalSemaphore)
UNREACHED(cudaSignalExternalSemaphoresAsync)
UNREACHED(cudaSignalExternalSemaphoresAsync_ptsz)
UNREACHED(cudaSignalExternalSemaphoresAsync_v2)
UNREACHED(cudaSignalExternalSemaphoresAsync_v2_ptsz)
UNREACHED(cudaWaitExternalSemaphoresAsync)
UNREACHED(cudaWaitExternalSemaphoresAsync_ptsz)
UNREACHED(cudaWaitExternalSemaphoresAsync_v2)
UNREACHED(cudaWaitExternalSemaphoresAsync_v2_ptsz)
UNREACHED(cudaDestroyExternalSemaphore)

EXPORT int cudaGetDevice(int *device);
EXPORT int cudaGetDeviceProperties(void *prop, int device);
EXPORT int cudaGetDeviceProperties_v2(void *prop, int device);
EXPORT int cudaRuntimeGetVersion(int *version);

int cudaGetDevice(int *device)
{
    *device = 0;
    return 0;
}

/* Every layout begins with 256 bytes of name. */
int cudaGetDeviceProperties(void *prop, int device)
{
    memcpy(prop, "stand-in", sizeof("stand-in"));
    return device ? 101 : 0;
}

int cudaGetDeviceProperties_v2(void *prop, int device)
{
    return cudaGetDeviceProperties(prop, device);
}

/* What is not replaced is still reached. */
int cudaRuntimeGetVersion(int *version)
{
    *version = 4711;
    return 0;
}
