/* SPDX-License-Identifier: MIT */
/*
 * Devices: choosing one, asking about it, peers, versions, and the settings that a program may
 * make and read back although nothing here depends on them. Those settings are atomics of the
 * process; any thread writes and reads them, nothing is published with them.
 */
#include "cuda/runtime/runtime.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>

cudaError_t cudaGetDeviceCount(int *count)
{
    return rt_done(istcu_device_count(count));
}

cudaError_t cudaSetDevice(int device)
{
    return rt_done(istcu_device_set(device));
}

cudaError_t cudaGetDevice(int *device)
{
    return rt_done(istcu_device_get(device));
}

cudaError_t cudaDeviceGetAttribute(int *value, enum cudaDeviceAttr attr, int device)
{
    return rt_done(istcu_device_attribute(device, (int)attr, value));
}

cudaError_t cudaDeviceSynchronize(void)
{
    return rt_done(istcu_device_synchronize());
}

/* The last error goes with the device: what follows is a fresh start for this thread too. */
cudaError_t cudaDeviceReset(void)
{
    int code = istcu_device_reset();
    if (!code)
        rt_forget_sticky();
    return rt_done(code);
}

/* The version whose structs this library takes, not that of any NVIDIA release. */
cudaError_t cudaRuntimeGetVersion(int *runtimeVersion)
{
    if (!runtimeVersion)
        return rt_refuse(IST_BAD_POINTER, "the pointer for the runtime's version is NULL");
    *runtimeVersion = CUDART_VERSION;
    return rt_done(0);
}

cudaError_t cudaDriverGetVersion(int *driverVersion)
{
    return rt_done(istcu_driver_version(driverVersion));
}

/* ---- choosing ---- */

/* 0, or the core's code for a device that does not exist, which it has explained. */
static int device_check(int device)
{
    struct istcu_device_facts facts;
    return istcu_device_facts(device, &facts);
}

/* Devices do not differ in what a program could want here: the first is as near as any. */
cudaError_t cudaChooseDevice(int *device, const struct cudaDeviceProp *prop)
{
    if (!device || !prop)
        return rt_refuse(IST_BAD_POINTER, "device or properties is NULL");
    int code = device_check(0);
    if (!code)
        *device = 0;
    return rt_done(code);
}

/* CUDA tries the list in order at the first use; here the first of it can always be used. */
cudaError_t cudaSetValidDevices(int *device_arr, int len)
{
    if (len < 0 || (len > 0 && !device_arr))
        return rt_refuse(IST_BAD_ARG, "%d devices at %p", len, (void *)device_arr);
    for (int i = 0; i < len; i++) {
        int code = device_check(device_arr[i]);
        if (code)
            return rt_done(code);
    }
    return len ? cudaSetDevice(device_arr[0]) : rt_done(0);
}

/* Set and read by any thread. */
static atomic_uint device_flags = cudaDeviceScheduleAuto;

/* The ways to wait exclude each other. */
static bool flags_are_legal(unsigned flags)
{
    unsigned schedule = flags & cudaDeviceScheduleMask;
    return !(flags & ~(unsigned)cudaDeviceMask) && !(schedule & (schedule - 1));
}

/* How a thread waits is the core's business; the flags are checked and kept. */
cudaError_t cudaSetDeviceFlags(unsigned int flags)
{
    if (!flags_are_legal(flags))
        return rt_refuse(IST_BAD_ARG,
                         "device flags 0x%x: at most one schedule bit of 0x%x, "
                         "and none beyond 0x%x",
                         flags, cudaDeviceScheduleMask, cudaDeviceMask);
    atomic_store_explicit(&device_flags, flags, memory_order_relaxed);
    return rt_done(0);
}

/* Host memory can always be mapped, whether this was asked for or not, as on current GPUs. */
cudaError_t cudaGetDeviceFlags(unsigned int *flags)
{
    if (!flags)
        return rt_refuse(IST_BAD_POINTER, "the pointer for the device flags is NULL");
    *flags = atomic_load_explicit(&device_flags, memory_order_relaxed) | cudaDeviceMapHost;
    return rt_done(0);
}

/* There is nothing to start: the device is ready at its first use. */
cudaError_t cudaInitDevice(int device, unsigned int deviceFlags, unsigned int flags)
{
    if (flags & ~(unsigned)cudaInitDeviceFlagsAreValid)
        return rt_refuse(IST_BAD_ARG, "flags 0x%x: only 0x%x is known", flags,
                         cudaInitDeviceFlagsAreValid);
    int code = device_check(device);
    if (code || !(flags & cudaInitDeviceFlagsAreValid))
        return rt_done(code);
    return cudaSetDeviceFlags(deviceFlags);
}

/* ---- the PCI address ---- */

/* Domain, bus and device; devices without an address of their own answer zeros. */
static int pci_address(int device, int at[3])
{
    static const int attributes[3] = {cudaDevAttrPciDomainId, cudaDevAttrPciBusId,
                                      cudaDevAttrPciDeviceId};
    int code = 0;
    for (int i = 0; i < 3 && !code; i++)
        code = istcu_device_attribute(device, attributes[i], &at[i]);
    return code;
}

/* Function 0: the other functions of a graphics card are its sound and USB. */
cudaError_t cudaDeviceGetPCIBusId(char *pciBusId, int len, int device)
{
    char text[sizeof("00000000:00:00.0")];
    int at[3];
    if (!pciBusId)
        return rt_refuse(IST_BAD_POINTER, "the pointer for the PCI address is NULL");
    int code = pci_address(device, at);
    if (code)
        return rt_done(code);
    int length =
        snprintf(text, sizeof(text), "%04x:%02x:%02x.0", at[0], at[1] & 0xff, at[2] & 0xff);
    if (len <= length)
        return rt_refuse(IST_BAD_ARG, "length %d, but the PCI address needs %d", len,
                         length + 1);
    snprintf(pciBusId, (size_t)len, "%s", text);
    return rt_done(0);
}

/* "domain:bus:device.function", of which domain and function may be missing. */
static bool pci_parse(const char *text, int at[3])
{
    unsigned domain, bus, slot;
    int end = 0;
    if (sscanf(text, "%x:%x:%x%n", &domain, &bus, &slot, &end) != 3) {
        domain = 0;
        if (sscanf(text, "%x:%x%n", &bus, &slot, &end) != 2)
            return false;
    }
    at[0] = (int)domain;
    at[1] = (int)bus;
    at[2] = (int)slot;
    return text[end] == '\0' || text[end] == '.';
}

/* The inverse; the spelling of leading zeros and case does not matter. */
cudaError_t cudaDeviceGetByPCIBusId(int *device, const char *pciBusId)
{
    int wanted[3], at[3], count = 0;
    if (!device || !pciBusId)
        return rt_refuse(IST_BAD_POINTER, "device or PCI address is NULL");
    if (!pci_parse(pciBusId, wanted))
        return rt_refuse(IST_BAD_ARG, "'%s' is no PCI address like 0000:01:00.0", pciBusId);
    int code = istcu_device_count(&count);
    for (int i = 0; i < count && !code; i++) {
        code = pci_address(i, at);
        if (!code && at[0] == wanted[0] && at[1] == wanted[1] && at[2] == wanted[2]) {
            *device = i;
            return rt_done(0);
        }
    }
    if (code)
        return rt_done(code);
    return rt_refuse(IST_WRONG_DEVICE, "no device has the PCI address %s", pciBusId);
}

/* ---- peers: no device reaches into another ---- */

static int peer_check(int device, int peer)
{
    int code = device_check(device);
    return code ? code : device_check(peer);
}

cudaError_t cudaDeviceCanAccessPeer(int *canAccessPeer, int device, int peerDevice)
{
    if (!canAccessPeer)
        return rt_refuse(IST_BAD_POINTER, "the pointer for the answer is NULL");
    int code = peer_check(device, peerDevice);
    if (!code)
        *canAccessPeer = 0;
    return rt_done(code);
}

cudaError_t cudaDeviceGetP2PAttribute(int *value, enum cudaDeviceP2PAttr attr, int srcDevice,
                                      int dstDevice)
{
    if (!value)
        return rt_refuse(IST_BAD_POINTER, "the pointer for the attribute is NULL");
    if (attr < cudaDevP2PAttrPerformanceRank || attr > cudaDevP2PAttrCudaArrayAccessSupported)
        return rt_refuse(IST_BAD_ARG, "no attribute of a pair of devices is number %d",
                         (int)attr);
    int code = peer_check(srcDevice, dstDevice);
    if (code)
        return rt_done(code);
    if (srcDevice == dstDevice)
        return rt_refuse(IST_WRONG_DEVICE, "device %d is no peer of itself", srcDevice);
    *value = 0;
    return rt_done(0);
}

cudaError_t cudaDeviceEnablePeerAccess(int peerDevice, unsigned int flags)
{
    int device = 0;
    if (flags)
        return rt_refuse(IST_BAD_ARG, "flags 0x%x must be 0", flags);
    int code = istcu_device_get(&device);
    if (!code)
        code = device_check(peerDevice);
    if (code)
        return rt_done(code);
    if (peerDevice == device)
        return rt_refuse(IST_WRONG_DEVICE, "device %d is no peer of itself", device);
    refuse(IST_NOT_SUPPORTED, "device %d cannot reach into device %d", device, peerDevice);
    return rt_done(cudaErrorPeerAccessUnsupported);
}

cudaError_t cudaDeviceDisablePeerAccess(int peerDevice)
{
    int code = device_check(peerDevice);
    if (code)
        return rt_done(code);
    refuse(IST_BAD_CALL, "access to device %d was never enabled", peerDevice);
    return rt_done(cudaErrorPeerAccessNotEnabled);
}
