/* SPDX-License-Identifier: MIT */
/* The driver's names of what programs ask about devices. Contexts are not offered: the current
 * device of the thread stands for one. */
#define __CUDA_API_VERSION_INTERNAL /* the names are wanted as they are spelled here */
#include "cuda/error.h"
#include "cuda/istcu.h"

#include <stdio.h>
#include <string.h>

#pragma GCC visibility push(default)
#include <cuda.h>

/* What the header reaches by a macro only, in both of the driver's spellings. */
#undef cuDeviceGetUuid
CUresult CUDAAPI cuDeviceGetUuid(CUuuid *uuid, CUdevice dev);
CUresult CUDAAPI cuDeviceGetUuid_v2(CUuuid *uuid, CUdevice dev);
CUresult CUDAAPI cuInit(unsigned int Flags);
CUresult CUDAAPI cuDriverGetVersion(int *driverVersion);
CUresult CUDAAPI cuDeviceGetCount(int *count);
CUresult CUDAAPI cuDeviceGet(CUdevice *device, int ordinal);
CUresult CUDAAPI cuDeviceGetName(char *name, int len, CUdevice dev);
CUresult CUDAAPI cuCtxGetDevice(CUdevice *device);
#pragma GCC visibility pop

/* The devices are there from the first call on; only the rule about flags is left. */
CUresult cuInit(unsigned int Flags)
{
    int count;
    if (Flags)
        return (CUresult)cu_refuse(CUDA_ERROR_INVALID_VALUE,
                                   "cuInit flags 0x%x: they must be 0", Flags);
    return (CUresult)istcu_device_count(&count);
}

CUresult cuDriverGetVersion(int *driverVersion)
{
    return (CUresult)istcu_driver_version(driverVersion);
}

CUresult cuDeviceGetCount(int *count)
{
    return (CUresult)istcu_device_count(count);
}

/* A device is its ordinal. */
CUresult cuDeviceGet(CUdevice *device, int ordinal)
{
    struct istcu_device_facts facts;
    if (!device)
        return (CUresult)cu_refuse_out("cuDeviceGet");
    int code = istcu_device_facts(ordinal, &facts);
    if (!code)
        *device = ordinal;
    return (CUresult)code;
}

CUresult cuDeviceGetName(char *name, int len, CUdevice dev)
{
    struct istcu_device_facts facts;
    if (!name || len < 1)
        return (CUresult)cu_refuse(CUDA_ERROR_INVALID_VALUE,
                                   "cuDeviceGetName: name %s, %d bytes: room is needed",
                                   name ? "given" : "NULL", len);
    int code = istcu_device_facts(dev, &facts);
    if (!code)
        snprintf(name, (size_t)len, "%s", facts.name);
    return (CUresult)code;
}

CUresult cuDeviceGetUuid_v2(CUuuid *uuid, CUdevice dev)
{
    struct istcu_device_facts facts;
    if (!uuid)
        return (CUresult)cu_refuse_out("cuDeviceGetUuid");
    int code = istcu_device_facts(dev, &facts);
    if (!code)
        memcpy(uuid->bytes, facts.uuid, sizeof(uuid->bytes));
    return (CUresult)code;
}

/* The name of old: for programs that look it up. */
CUresult cuDeviceGetUuid(CUuuid *uuid, CUdevice dev)
{
    return cuDeviceGetUuid_v2(uuid, dev);
}

CUresult cuCtxGetDevice(CUdevice *device)
{
    return (CUresult)istcu_device_get(device);
}
