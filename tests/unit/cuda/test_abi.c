/* SPDX-License-Identifier: MIT */
/*
 * Layouts of the structs that cross the library's border, for the ABI that this program is
 * built for. The figures are measured ones of NVIDIA's headers on x86-64; they are checked when
 * compiled, so a wrong one stops the build, and once more at run time through a live call.
 */
#include "test.h"

#include <cuda.h>
#include <cuda_runtime_api.h>

#include <string.h>

#define SIZE(type, bytes) TEST_ASSERT(sizeof(type) == (bytes), "size of " #type)
#define AT(type, member, place) \
    TEST_ASSERT(offsetof(type, member) == (place), #type "." #member " is elsewhere")

/* What 12 and 13 disagree about. */
#if CUDART_VERSION >= 13000
#define EITHER(of12, of13) of13
#else
#define EITHER(of12, of13) of12
#endif

SIZE(struct cudaChannelFormatDesc, 20);
SIZE(struct cudaExtent, 24);
SIZE(struct cudaPos, 24);
SIZE(struct cudaPitchedPtr, 32);
SIZE(struct cudaMemcpy3DParms, 160);
SIZE(struct cudaPointerAttributes, EITHER(24, 88));
SIZE(struct cudaFuncAttributes, 144);
SIZE(struct dim3, 12);
SIZE(cudaUUID_t, 16);

SIZE(struct cudaExternalMemoryHandleDesc, EITHER(40, 104));
AT(struct cudaExternalMemoryHandleDesc, type, 0);
AT(struct cudaExternalMemoryHandleDesc, handle.fd, 8);
AT(struct cudaExternalMemoryHandleDesc, handle.win32.handle, 8);
AT(struct cudaExternalMemoryHandleDesc, handle.win32.name, 16);
AT(struct cudaExternalMemoryHandleDesc, size, 24);
AT(struct cudaExternalMemoryHandleDesc, flags, 32);

SIZE(struct cudaExternalMemoryBufferDesc, EITHER(24, 88));
AT(struct cudaExternalMemoryBufferDesc, size, 8);
AT(struct cudaExternalMemoryBufferDesc, flags, 16);

SIZE(struct cudaExternalMemoryMipmappedArrayDesc, EITHER(64, 128));
AT(struct cudaExternalMemoryMipmappedArrayDesc, formatDesc, 8);
AT(struct cudaExternalMemoryMipmappedArrayDesc, extent, 32);
AT(struct cudaExternalMemoryMipmappedArrayDesc, flags, 56);
AT(struct cudaExternalMemoryMipmappedArrayDesc, numLevels, 60);

SIZE(struct cudaExternalSemaphoreHandleDesc, EITHER(32, 96));
AT(struct cudaExternalSemaphoreHandleDesc, handle.win32.name, 16);
AT(struct cudaExternalSemaphoreHandleDesc, flags, 24);

SIZE(struct cudaExternalSemaphoreSignalParams, 144);
AT(struct cudaExternalSemaphoreSignalParams, params.fence.value, 0);
AT(struct cudaExternalSemaphoreSignalParams, params.nvSciSync, 8);
AT(struct cudaExternalSemaphoreSignalParams, params.keyedMutex.key, 16);
AT(struct cudaExternalSemaphoreSignalParams, params.reserved, 24);
AT(struct cudaExternalSemaphoreSignalParams, flags, 72);
AT(struct cudaExternalSemaphoreSignalParams, reserved, 76);

SIZE(struct cudaExternalSemaphoreWaitParams, 144);
AT(struct cudaExternalSemaphoreWaitParams, params.keyedMutex.key, 16);
AT(struct cudaExternalSemaphoreWaitParams, params.keyedMutex.timeoutMs, 24);
AT(struct cudaExternalSemaphoreWaitParams, params.reserved, 32);
AT(struct cudaExternalSemaphoreWaitParams, flags, 72);

SIZE(struct cudaDeviceProp, EITHER(1032, 1008));
AT(struct cudaDeviceProp, uuid, 256);
AT(struct cudaDeviceProp, luid, 272);
AT(struct cudaDeviceProp, luidDeviceNodeMask, 280);
AT(struct cudaDeviceProp, timelineSemaphoreInteropSupported, EITHER(740, 716));

/* The driver's: the same for every version. */
SIZE(CUDA_EXTERNAL_MEMORY_HANDLE_DESC, 104);
SIZE(CUDA_EXTERNAL_MEMORY_BUFFER_DESC, 88);
SIZE(CUDA_EXTERNAL_MEMORY_MIPMAPPED_ARRAY_DESC, 120);
SIZE(CUDA_EXTERNAL_SEMAPHORE_HANDLE_DESC, 96);
SIZE(CUDA_EXTERNAL_SEMAPHORE_SIGNAL_PARAMS, 144);
SIZE(CUDA_EXTERNAL_SEMAPHORE_WAIT_PARAMS, 144);
SIZE(CUDA_ARRAY3D_DESCRIPTOR, 40);
AT(CUDA_EXTERNAL_MEMORY_HANDLE_DESC, size, 24);
AT(CUDA_EXTERNAL_MEMORY_HANDLE_DESC, reserved, 36);
AT(CUDA_EXTERNAL_MEMORY_MIPMAPPED_ARRAY_DESC, arrayDesc.Format, 32);
AT(CUDA_EXTERNAL_MEMORY_MIPMAPPED_ARRAY_DESC, arrayDesc.Flags, 40);
AT(CUDA_EXTERNAL_MEMORY_MIPMAPPED_ARRAY_DESC, numLevels, 48);
AT(CUDA_EXTERNAL_MEMORY_MIPMAPPED_ARRAY_DESC, reserved, 52);

#if CUDART_VERSION < 13000
SIZE(struct cudaExternalSemaphoreSignalParams_v1, 32);
AT(struct cudaExternalSemaphoreSignalParams_v1, flags, 24);
SIZE(struct cudaExternalSemaphoreWaitParams_v1, 40);
AT(struct cudaExternalSemaphoreWaitParams_v1, flags, 32);
#endif

/* The one call of the runtime whose whole answer is a struct: no byte beyond it is written. */
TEST(properties_fill_exactly_this_struct)
{
    struct {
        struct cudaDeviceProp prop;
        unsigned char guard[256];
    } place;
    unsigned char guard[sizeof(place.guard)];
    memset(&place, 0xa5, sizeof(place));
    memset(guard, 0xa5, sizeof(guard));
    CHECK_EQ(cudaGetDeviceProperties(&place.prop, 0), cudaSuccess);
    CHECK_MEM(place.guard, guard, sizeof(guard));
    CHECK(memchr(place.prop.name, 0, sizeof(place.prop.name)) != NULL);
    /* The last word is reserved, and filled: the struct is not shorter in the library. */
    size_t last = sizeof(place.prop.reserved) / sizeof(int) - 1;
    CHECK_EQ(place.prop.reserved[last], 0);
}

TEST(pointer_attributes_fill_exactly_this_struct)
{
    struct {
        struct cudaPointerAttributes attr;
        unsigned char guard[128];
    } place;
    unsigned char guard[sizeof(place.guard)];
    int on_stack = 0;
    memset(&place, 0xa5, sizeof(place));
    memset(guard, 0xa5, sizeof(guard));
    CHECK_EQ(cudaPointerGetAttributes(&place.attr, &on_stack), cudaSuccess);
    CHECK_EQ(place.attr.type, cudaMemoryTypeUnregistered);
    CHECK_MEM(place.guard, guard, sizeof(guard));
}

TEST(version_is_that_of_the_abi)
{
    int version = 0;
    CHECK_EQ(cudaRuntimeGetVersion(&version), cudaSuccess);
    CHECK_EQ(version / 1000, CUDART_VERSION / 1000);
}
