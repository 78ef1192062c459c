/* SPDX-License-Identifier: MIT */
/* Choosing devices and asking about them. */
#include "test.h"

#include <cuda_runtime_api.h>

#include <string.h>

TEST(there_is_a_device_and_it_is_chosen)
{
    int count = 0, device = -1;
    CHECK_EQ(cudaGetDeviceCount(&count), cudaSuccess);
    CHECK(count >= 1);
    CHECK_EQ(cudaGetDevice(&device), cudaSuccess);
    CHECK_EQ(device, 0);
    CHECK_EQ(cudaSetDevice(0), cudaSuccess);
    CHECK_EQ(cudaSetDevice(count), cudaErrorInvalidDevice);
    CHECK_EQ(cudaSetDevice(-1), cudaErrorInvalidDevice);
    CHECK_EQ(cudaGetDevice(&device), cudaSuccess);
    CHECK_EQ(device, 0);
}

TEST(a_choice_among_devices_must_name_real_ones)
{
    struct cudaDeviceProp wish;
    int devices[2] = {0, 1000}, device = 77;
    memset(&wish, 0, sizeof(wish));
    CHECK_EQ(cudaChooseDevice(&device, &wish), cudaSuccess);
    CHECK_EQ(device, 0);
    CHECK_EQ(cudaChooseDevice(&device, NULL), cudaErrorInvalidValue);
    CHECK_EQ(cudaSetValidDevices(devices, 1), cudaSuccess);
    CHECK_EQ(cudaSetValidDevices(devices, 2), cudaErrorInvalidDevice);
    CHECK_EQ(cudaSetValidDevices(NULL, 1), cudaErrorInvalidValue);
    CHECK_EQ(cudaSetValidDevices(NULL, -1), cudaErrorInvalidValue);
    CHECK_EQ(cudaSetValidDevices(NULL, 0), cudaSuccess);
}

TEST(device_flags_read_back)
{
    unsigned flags = 0;
    CHECK_EQ(cudaSetDeviceFlags(cudaDeviceScheduleYield), cudaSuccess);
    CHECK_EQ(cudaGetDeviceFlags(&flags), cudaSuccess);
    CHECK_EQ(flags, cudaDeviceScheduleYield | cudaDeviceMapHost);
    CHECK_EQ(cudaSetDeviceFlags(cudaDeviceScheduleYield | cudaDeviceScheduleSpin),
             cudaErrorInvalidValue);
    CHECK_EQ(cudaSetDeviceFlags(0x100), cudaErrorInvalidValue);
    CHECK_EQ(cudaGetDeviceFlags(NULL), cudaErrorInvalidValue);
    CHECK_EQ(cudaInitDevice(0, cudaDeviceScheduleSpin, cudaInitDeviceFlagsAreValid),
             cudaSuccess);
    CHECK_EQ(cudaGetDeviceFlags(&flags), cudaSuccess);
    CHECK_EQ(flags, cudaDeviceScheduleSpin | cudaDeviceMapHost);
    CHECK_EQ(cudaInitDevice(0, 0, 2), cudaErrorInvalidValue);
    CHECK_EQ(cudaInitDevice(1000, 0, 0), cudaErrorInvalidDevice);
    CHECK_EQ(cudaSetDeviceFlags(cudaDeviceScheduleAuto), cudaSuccess);
}

TEST(the_pci_address_goes_both_ways)
{
    char text[16], small[12];
    int device = 77;
    CHECK_EQ(cudaDeviceGetPCIBusId(text, sizeof(text), 0), cudaSuccess);
    CHECK_EQ(strlen(text), 12);
    CHECK_EQ(cudaDeviceGetByPCIBusId(&device, text), cudaSuccess);
    CHECK_EQ(device, 0);
    CHECK_EQ(cudaDeviceGetPCIBusId(small, sizeof(small), 0), cudaErrorInvalidValue);
    CHECK_EQ(cudaDeviceGetPCIBusId(NULL, 16, 0), cudaErrorInvalidValue);
    CHECK_EQ(cudaDeviceGetPCIBusId(text, sizeof(text), 1000), cudaErrorInvalidDevice);
    CHECK_EQ(cudaDeviceGetByPCIBusId(&device, "7fff:fe:1f.0"), cudaErrorInvalidDevice);
    CHECK_EQ(cudaDeviceGetByPCIBusId(&device, "not an address"), cudaErrorInvalidValue);
    CHECK_EQ(cudaDeviceGetByPCIBusId(&device, "0000:00:00x"), cudaErrorInvalidValue);
}

TEST(no_device_reaches_into_another)
{
    int can = 77, value = 77;
    CHECK_EQ(cudaDeviceCanAccessPeer(&can, 0, 0), cudaSuccess);
    CHECK_EQ(can, 0);
    CHECK_EQ(cudaDeviceCanAccessPeer(&can, 0, 1000), cudaErrorInvalidDevice);
    CHECK_EQ(cudaDeviceCanAccessPeer(NULL, 0, 0), cudaErrorInvalidValue);
    CHECK_EQ(cudaDeviceEnablePeerAccess(0, 0), cudaErrorInvalidDevice);
    CHECK_EQ(cudaDeviceEnablePeerAccess(1000, 0), cudaErrorInvalidDevice);
    CHECK_EQ(cudaDeviceEnablePeerAccess(0, 1), cudaErrorInvalidValue);
    CHECK_EQ(cudaDeviceDisablePeerAccess(0), cudaErrorPeerAccessNotEnabled);
    CHECK_EQ(cudaDeviceGetP2PAttribute(&value, cudaDevP2PAttrAccessSupported, 0, 0),
             cudaErrorInvalidDevice);
    CHECK_EQ(cudaDeviceGetP2PAttribute(&value, (enum cudaDeviceP2PAttr)99, 0, 0),
             cudaErrorInvalidValue);
    CHECK_EQ(value, 77);
}

TEST(versions_are_told)
{
    int version = 0;
    CHECK_EQ(cudaRuntimeGetVersion(&version), cudaSuccess);
    CHECK_EQ(version / 1000, CUDART_VERSION / 1000);
    CHECK_EQ(cudaDriverGetVersion(&version), cudaSuccess);
    CHECK(version / 1000 >= CUDART_VERSION / 1000);
    CHECK_EQ(cudaRuntimeGetVersion(NULL), cudaErrorInvalidValue);
    CHECK_EQ(cudaDriverGetVersion(NULL), cudaErrorInvalidValue);
}

TEST(synchronize_and_reset_succeed)
{
    void *memory = NULL;
    CHECK_EQ(cudaMalloc(&memory, 100), cudaSuccess);
    CHECK_EQ(cudaDeviceSynchronize(), cudaSuccess);
    CHECK_EQ(cudaDeviceReset(), cudaSuccess);
    CHECK_EQ(cudaFree(memory), cudaErrorInvalidValue);
}
