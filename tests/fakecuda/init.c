/* SPDX-License-Identifier: MIT */
/* What the environment asked for, cuInit(), and which devices there are. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fake.h"

static struct config the_config;
static pthread_once_t config_once = PTHREAD_ONCE_INIT;

static long number(const char *name, long otherwise, long low, long high)
{
    const char *text = getenv(name);
    if (!text || !*text)
        return otherwise;
    long value = strtol(text, NULL, 10);
    return value < low ? low : value > high ? high : value;
}

static void config_read(void)
{
    the_config.devices = (int)number("ISTHMUS_FAKECUDA_DEVICES", 1, 0, MAX_DEVICES);
    the_config.version = (int)number("ISTHMUS_FAKECUDA_VERSION", 13000, 1000, 99990);
    the_config.connections = (int)number("CUDA_DEVICE_MAX_CONNECTIONS", 8, 1, MAX_CONNECTIONS);
    the_config.memory = (size_t)number("ISTHMUS_FAKECUDA_MEMORY", 8192, 1, 1 << 20) << 20;
    the_config.delay_us = (unsigned)number("ISTHMUS_FAKECUDA_DELAY_US", 0, 0, 1000000);
    the_config.deadlock_ms =
        (unsigned)number("ISTHMUS_FAKECUDA_DEADLOCK_MS", 20000, 1, 1 << 30);
}

const struct config *config(void)
{
    pthread_once(&config_once, config_read);
    return &the_config;
}

bool device_ok(CUdevice dev)
{
    return dev >= 0 && dev < config()->devices;
}

CUresult cuInit(unsigned int Flags)
{
    struct call call = call_begin("cuInit", CALL_FREE);
    return CALL(&call, Flags               ? CUDA_ERROR_INVALID_VALUE
                       : config()->devices ? CUDA_SUCCESS
                                           : CUDA_ERROR_NO_DEVICE);
}

CUresult cuDriverGetVersion(int *driverVersion)
{
    struct call call = call_begin("cuDriverGetVersion", CALL_FREE);
    if (!call.refused && driverVersion)
        *driverVersion = config()->version;
    return CALL(&call, driverVersion ? CUDA_SUCCESS : CUDA_ERROR_INVALID_VALUE);
}

CUresult cuDeviceGetCount(int *count)
{
    struct call call = call_begin("cuDeviceGetCount", CALL_DRIVER);
    if (!call.refused && count)
        *count = config()->devices;
    return CALL(&call, count ? CUDA_SUCCESS : CUDA_ERROR_INVALID_VALUE);
}

/* A question about a device: its answer's place and the device must be good. */
static CUresult answer(const void *place, CUdevice dev)
{
    if (!place)
        return CUDA_ERROR_INVALID_VALUE;
    return device_ok(dev) ? CUDA_SUCCESS : CUDA_ERROR_INVALID_DEVICE;
}

CUresult cuDeviceGet(CUdevice *device, int ordinal)
{
    struct call call = call_begin("cuDeviceGet", CALL_DRIVER);
    CUresult result = call.refused ? call.refused : answer(device, ordinal);
    if (!result)
        *device = ordinal;
    return call_end(&call, result);
}

CUresult cuDeviceGetName(char *name, int len, CUdevice dev)
{
    struct call call = call_begin("cuDeviceGetName", CALL_DRIVER);
    CUresult result = call.refused ? call.refused : answer(name, dev);
    if (!result && len <= 0)
        result = CUDA_ERROR_INVALID_VALUE;
    if (!result)
        snprintf(name, (size_t)len, "Fake GPU %d", dev);
    return call_end(&call, result);
}

/* The same in every process, and no two devices alike. */
static void uuid_of(CUdevice dev, char uuid[16])
{
    static const char base[16] = {'\xfa', '\xce', '\xcd', '\xa0', 0x11, 0x22, 0x43, 0x44,
                                  '\x85', 0x56,   0x67,   0x78,   0x09, 0x1a, 0x2b, 0x3c};
    memcpy(uuid, base, sizeof(base));
    uuid[15] = (char)(uuid[15] + dev);
}

CUresult cuDeviceGetUuid_v2(CUuuid *uuid, CUdevice dev)
{
    struct call call = call_begin("cuDeviceGetUuid", CALL_DRIVER);
    CUresult result = call.refused ? call.refused : answer(uuid, dev);
    if (!result)
        uuid_of(dev, uuid->bytes);
    return call_end(&call, result);
}

#undef cuDeviceGetUuid
ALSO(cuDeviceGetUuid, cuDeviceGetUuid_v2);

/* Linux has none, whatever is asked: measured. */
CUresult cuDeviceGetLuid(char *luid, unsigned int *deviceNodeMask, CUdevice dev)
{
    (void)luid;
    (void)deviceNodeMask;
    struct call call = call_begin("cuDeviceGetLuid", CALL_DRIVER);
    return CALL(&call, device_ok(dev) ? CUDA_ERROR_NOT_SUPPORTED : CUDA_ERROR_INVALID_DEVICE);
}

CUresult cuDeviceTotalMem_v2(size_t *bytes, CUdevice dev)
{
    struct call call = call_begin("cuDeviceTotalMem", CALL_DRIVER);
    CUresult result = call.refused ? call.refused : answer(bytes, dev);
    if (!result)
        *bytes = config()->memory;
    return call_end(&call, result);
}

CUresult cuDeviceGetPCIBusId(char *pciBusId, int len, CUdevice dev)
{
    struct call call = call_begin("cuDeviceGetPCIBusId", CALL_DRIVER);
    CUresult result = call.refused ? call.refused : answer(pciBusId, dev);
    if (!result && len < 13)
        result = CUDA_ERROR_INVALID_VALUE;
    if (!result)
        snprintf(pciBusId, (size_t)len, "0000:%02X:00.0", dev + 1);
    return call_end(&call, result);
}

CUresult cuDeviceCanAccessPeer(int *canAccessPeer, CUdevice dev, CUdevice peerDev)
{
    struct call call = call_begin("cuDeviceCanAccessPeer", CALL_DRIVER);
    CUresult result = call.refused ? call.refused : answer(canAccessPeer, dev);
    if (!result && !device_ok(peerDev))
        result = CUDA_ERROR_INVALID_DEVICE;
    if (!result)
        *canAccessPeer = 0;
    return call_end(&call, result);
}
