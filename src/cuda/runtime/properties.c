/* SPDX-License-Identifier: MIT */
/*
 * cudaGetDeviceProperties() in every layout: the members of cudaDeviceProp of this ABI, each
 * with the attribute that holds its value. Version 12 also has the plain name with the layout
 * of version 11, which is where the newer one begins.
 */
#include "cuda/runtime/runtime.h"

#include <limits.h>
#include <string.h>

/* Where a member lies, how wide it is (4 or 8 bytes), and the attribute it shows. */
struct member {
    unsigned short offset, size, attribute;
};

#define MEMBER(name, attribute)                                                            \
    {                                                                                      \
        offsetof(struct cudaDeviceProp, name), sizeof(((struct cudaDeviceProp *)0)->name), \
            attribute                                                                      \
    }

static const struct member members[] = {
    /* What a launch may ask for. */
    MEMBER(regsPerBlock, cudaDevAttrMaxRegistersPerBlock),
    MEMBER(warpSize, cudaDevAttrWarpSize),
    MEMBER(maxThreadsPerBlock, cudaDevAttrMaxThreadsPerBlock),
    MEMBER(maxThreadsDim[0], cudaDevAttrMaxBlockDimX),
    MEMBER(maxThreadsDim[1], cudaDevAttrMaxBlockDimY),
    MEMBER(maxThreadsDim[2], cudaDevAttrMaxBlockDimZ),
    MEMBER(maxGridSize[0], cudaDevAttrMaxGridDimX),
    MEMBER(maxGridSize[1], cudaDevAttrMaxGridDimY),
    MEMBER(maxGridSize[2], cudaDevAttrMaxGridDimZ),
    /* The device as a whole. */
    MEMBER(major, cudaDevAttrComputeCapabilityMajor),
    MEMBER(minor, cudaDevAttrComputeCapabilityMinor),
    MEMBER(multiProcessorCount, cudaDevAttrMultiProcessorCount),
    MEMBER(integrated, cudaDevAttrIntegrated),
    MEMBER(canMapHostMemory, cudaDevAttrCanMapHostMemory),
    /* Largest textures: width, height, depth or layers. */
    MEMBER(maxTexture1D, cudaDevAttrMaxTexture1DWidth),
    MEMBER(maxTexture1DMipmap, cudaDevAttrMaxTexture1DMipmappedWidth),
    MEMBER(maxTexture2D[0], cudaDevAttrMaxTexture2DWidth),
    MEMBER(maxTexture2D[1], cudaDevAttrMaxTexture2DHeight),
    MEMBER(maxTexture2DMipmap[0], cudaDevAttrMaxTexture2DMipmappedWidth),
    MEMBER(maxTexture2DMipmap[1], cudaDevAttrMaxTexture2DMipmappedHeight),
    MEMBER(maxTexture2DLinear[0], cudaDevAttrMaxTexture2DLinearWidth),
    MEMBER(maxTexture2DLinear[1], cudaDevAttrMaxTexture2DLinearHeight),
    MEMBER(maxTexture2DLinear[2], cudaDevAttrMaxTexture2DLinearPitch),
    MEMBER(maxTexture2DGather[0], cudaDevAttrMaxTexture2DGatherWidth),
    MEMBER(maxTexture2DGather[1], cudaDevAttrMaxTexture2DGatherHeight),
    MEMBER(maxTexture3D[0], cudaDevAttrMaxTexture3DWidth),
    MEMBER(maxTexture3D[1], cudaDevAttrMaxTexture3DHeight),
    MEMBER(maxTexture3D[2], cudaDevAttrMaxTexture3DDepth),
    MEMBER(maxTexture3DAlt[0], cudaDevAttrMaxTexture3DWidthAlt),
    MEMBER(maxTexture3DAlt[1], cudaDevAttrMaxTexture3DHeightAlt),
    MEMBER(maxTexture3DAlt[2], cudaDevAttrMaxTexture3DDepthAlt),
    MEMBER(maxTextureCubemap, cudaDevAttrMaxTextureCubemapWidth),
    MEMBER(maxTexture1DLayered[0], cudaDevAttrMaxTexture1DLayeredWidth),
    MEMBER(maxTexture1DLayered[1], cudaDevAttrMaxTexture1DLayeredLayers),
    MEMBER(maxTexture2DLayered[0], cudaDevAttrMaxTexture2DLayeredWidth),
    MEMBER(maxTexture2DLayered[1], cudaDevAttrMaxTexture2DLayeredHeight),
    MEMBER(maxTexture2DLayered[2], cudaDevAttrMaxTexture2DLayeredLayers),
    MEMBER(maxTextureCubemapLayered[0], cudaDevAttrMaxTextureCubemapLayeredWidth),
    MEMBER(maxTextureCubemapLayered[1], cudaDevAttrMaxTextureCubemapLayeredLayers),
    /* Largest surfaces. */
    MEMBER(maxSurface1D, cudaDevAttrMaxSurface1DWidth),
    MEMBER(maxSurface2D[0], cudaDevAttrMaxSurface2DWidth),
    MEMBER(maxSurface2D[1], cudaDevAttrMaxSurface2DHeight),
    MEMBER(maxSurface3D[0], cudaDevAttrMaxSurface3DWidth),
    MEMBER(maxSurface3D[1], cudaDevAttrMaxSurface3DHeight),
    MEMBER(maxSurface3D[2], cudaDevAttrMaxSurface3DDepth),
    MEMBER(maxSurface1DLayered[0], cudaDevAttrMaxSurface1DLayeredWidth),
    MEMBER(maxSurface1DLayered[1], cudaDevAttrMaxSurface1DLayeredLayers),
    MEMBER(maxSurface2DLayered[0], cudaDevAttrMaxSurface2DLayeredWidth),
    MEMBER(maxSurface2DLayered[1], cudaDevAttrMaxSurface2DLayeredHeight),
    MEMBER(maxSurface2DLayered[2], cudaDevAttrMaxSurface2DLayeredLayers),
    MEMBER(maxSurfaceCubemap, cudaDevAttrMaxSurfaceCubemapWidth),
    MEMBER(maxSurfaceCubemapLayered[0], cudaDevAttrMaxSurfaceCubemapLayeredWidth),
    MEMBER(maxSurfaceCubemapLayered[1], cudaDevAttrMaxSurfaceCubemapLayeredLayers),
    /* Execution, place and memory system. */
    MEMBER(concurrentKernels, cudaDevAttrConcurrentKernels),
    MEMBER(ECCEnabled, cudaDevAttrEccEnabled),
    MEMBER(pciBusID, cudaDevAttrPciBusId),
    MEMBER(pciDeviceID, cudaDevAttrPciDeviceId),
    MEMBER(pciDomainID, cudaDevAttrPciDomainId),
    MEMBER(tccDriver, cudaDevAttrTccDriver),
    MEMBER(asyncEngineCount, cudaDevAttrAsyncEngineCount),
    MEMBER(unifiedAddressing, cudaDevAttrUnifiedAddressing),
    MEMBER(memoryBusWidth, cudaDevAttrGlobalMemoryBusWidth),
    MEMBER(l2CacheSize, cudaDevAttrL2CacheSize),
    MEMBER(persistingL2CacheMaxSize, cudaDevAttrMaxPersistingL2CacheSize),
    MEMBER(maxThreadsPerMultiProcessor, cudaDevAttrMaxThreadsPerMultiProcessor),
    MEMBER(streamPrioritiesSupported, cudaDevAttrStreamPrioritiesSupported),
    MEMBER(globalL1CacheSupported, cudaDevAttrGlobalL1CacheSupported),
    MEMBER(localL1CacheSupported, cudaDevAttrLocalL1CacheSupported),
    /* One multiprocessor, and how the two kinds of memory meet. */
    MEMBER(sharedMemPerMultiprocessor, cudaDevAttrMaxSharedMemoryPerMultiprocessor),
    MEMBER(regsPerMultiprocessor, cudaDevAttrMaxRegistersPerMultiprocessor),
    MEMBER(managedMemory, cudaDevAttrManagedMemory),
    MEMBER(isMultiGpuBoard, cudaDevAttrIsMultiGpuBoard),
    MEMBER(multiGpuBoardGroupID, cudaDevAttrMultiGpuBoardGroupID),
    MEMBER(hostNativeAtomicSupported, cudaDevAttrHostNativeAtomicSupported),
    MEMBER(pageableMemoryAccess, cudaDevAttrPageableMemoryAccess),
    MEMBER(concurrentManagedAccess, cudaDevAttrConcurrentManagedAccess),
    MEMBER(computePreemptionSupported, cudaDevAttrComputePreemptionSupported),
    MEMBER(canUseHostPointerForRegisteredMem, cudaDevAttrCanUseHostPointerForRegisteredMem),
    MEMBER(cooperativeLaunch, cudaDevAttrCooperativeLaunch),
    MEMBER(sharedMemPerBlockOptin, cudaDevAttrMaxSharedMemoryPerBlockOptin),
    MEMBER(pageableMemoryAccessUsesHostPageTables,
           cudaDevAttrPageableMemoryAccessUsesHostPageTables),
    MEMBER(directManagedMemAccessFromHost, cudaDevAttrDirectManagedMemAccessFromHost),
    MEMBER(maxBlocksPerMultiProcessor, cudaDevAttrMaxBlocksPerMultiprocessor),
    MEMBER(accessPolicyMaxWindowSize, cudaDevAttrMaxAccessPolicyWindowSize),
    MEMBER(reservedSharedMemPerBlock, cudaDevAttrReservedSharedMemoryPerBlock),
    /* Abilities. */
    MEMBER(hostRegisterSupported, cudaDevAttrHostRegisterSupported),
    MEMBER(sparseCudaArraySupported, cudaDevAttrSparseCudaArraySupported),
    MEMBER(hostRegisterReadOnlySupported, cudaDevAttrHostRegisterReadOnlySupported),
    MEMBER(timelineSemaphoreInteropSupported, cudaDevAttrTimelineSemaphoreInteropSupported),
    MEMBER(memoryPoolsSupported, cudaDevAttrMemoryPoolsSupported),
    MEMBER(gpuDirectRDMASupported, cudaDevAttrGPUDirectRDMASupported),
    MEMBER(gpuDirectRDMAFlushWritesOptions, cudaDevAttrGPUDirectRDMAFlushWritesOptions),
    MEMBER(gpuDirectRDMAWritesOrdering, cudaDevAttrGPUDirectRDMAWritesOrdering),
    MEMBER(memoryPoolSupportedHandleTypes, cudaDevAttrMemoryPoolSupportedHandleTypes),
    MEMBER(deferredMappingCudaArraySupported, cudaDevAttrDeferredMappingCudaArraySupported),
    MEMBER(ipcEventSupported, cudaDevAttrIpcEventSupport),
    MEMBER(clusterLaunch, cudaDevAttrClusterLaunch),
#if ISTCU_ABI == 12
    /* Gone in version 13, where only the attributes are left. */
    MEMBER(clockRate, cudaDevAttrClockRate),
    MEMBER(deviceOverlap, cudaDevAttrGpuOverlap),
    MEMBER(kernelExecTimeoutEnabled, cudaDevAttrKernelExecTimeout),
    MEMBER(computeMode, cudaDevAttrComputeMode),
    MEMBER(maxTexture1DLinear, cudaDevAttrMaxTexture1DLinearWidth),
    MEMBER(memoryClockRate, cudaDevAttrMemoryClockRate),
    MEMBER(singleToDoublePrecisionPerfRatio, cudaDevAttrSingleToDoublePrecisionPerfRatio),
#else
    /* New in version 13. */
    MEMBER(deviceNumaConfig, cudaDevAttrNumaConfig),
    MEMBER(deviceNumaId, cudaDevAttrNumaId),
    MEMBER(mpsEnabled, cudaDevAttrMpsEnabled),
    MEMBER(hostNumaId, cudaDevAttrHostNumaId),
    MEMBER(gpuPciDeviceID, cudaDevAttrGpuPciDeviceId),
    MEMBER(gpuPciSubsystemID, cudaDevAttrGpuPciSubsystemId),
    MEMBER(hostNumaMultinodeIpcSupported, cudaDevAttrHostNumaMultinodeIpcSupported),
#endif
};

/* What stands in no attribute, or would not fit into its int. */
static void fill_facts(struct cudaDeviceProp *prop, const struct istcu_device_facts *facts)
{
    memcpy(prop->name, facts->name, sizeof(prop->name));
    prop->name[sizeof(prop->name) - 1] = '\0';
    memcpy(prop->uuid.bytes, facts->uuid, sizeof(prop->uuid.bytes));
    memcpy(prop->luid, facts->luid, sizeof(prop->luid));
    prop->luidDeviceNodeMask = facts->luid_node_mask;
    prop->totalGlobalMem = facts->total_memory;
    prop->sharedMemPerBlock = facts->shared_per_block;
    prop->memPitch = facts->pitch_max;
    prop->totalConstMem = facts->constant_memory;
    prop->textureAlignment = facts->texture_alignment;
    prop->texturePitchAlignment = facts->texture_pitch_alignment;
    prop->surfaceAlignment = facts->surface_alignment;
}

/* Attributes are ints; a few members that show them are wider. */
static void fill_member(struct cudaDeviceProp *prop, const struct member *member, int value)
{
    char *place = (char *)prop + member->offset;
    if (member->size == sizeof(size_t))
        memcpy(place, &(size_t){(size_t)value}, sizeof(size_t));
    else
        memcpy(place, &value, sizeof(value));
}

/* Filled in a struct of our own, so that the caller's is whole or untouched. */
static int properties(struct cudaDeviceProp *out, int device)
{
    struct istcu_device_facts facts;
    int code = istcu_device_facts(device, &facts);
    if (code)
        return code;

    memset(out, 0, sizeof(*out));
    fill_facts(out, &facts);
    for (size_t i = 0; i < sizeof(members) / sizeof(*members); i++) {
        int value = 0; /* stays so where the device says nothing */
        if (istcu_device_attribute(device, members[i].attribute, &value) == 0)
            fill_member(out, &members[i], value);
    }
    return 0;
}

/* Fills the first `size` bytes of *prop: the whole struct, or what version 11 had of it. */
static cudaError_t fill_properties(struct cudaDeviceProp *prop, size_t size, int device)
{
    struct cudaDeviceProp all;
    if (!prop)
        return rt_refuse(IST_BAD_POINTER, "the pointer for the device properties is NULL");
    int code = properties(&all, device);
    if (!code)
        memcpy(prop, &all, size);
    return rt_done(code);
}

#if ISTCU_ABI == 12

/* Programs that call the plain name pass a struct of this size. */
#define VERSION_11_SIZE 728
_Static_assert(offsetof(struct cudaDeviceProp, hostRegisterSupported) == VERSION_11_SIZE,
               "version 11 ended before this member");

cudaError_t cudaGetDeviceProperties(struct cudaDeviceProp *prop, int device)
{
    return fill_properties(prop, VERSION_11_SIZE, device);
}

cudaError_t cudaGetDeviceProperties_v2(struct cudaDeviceProp *prop, int device)
{
    return fill_properties(prop, sizeof(*prop), device);
}

#else

cudaError_t cudaGetDeviceProperties(struct cudaDeviceProp *prop, int device)
{
    return fill_properties(prop, sizeof(*prop), device);
}

#endif
