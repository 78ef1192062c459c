/* SPDX-License-Identifier: MIT */
/* Devices by LUID, and by UUID where there is none; the reason names both. */
#include "rig.h"

#include "interop/import.h"

TEST(another_luid_is_another_device)
{
    const struct interop_calls *calls = NULL;
    struct ist_device_identity identity = IST_DEVICE_IDENTITY_INIT;
    CHECK_EQ(interop_calls_get(&calls), IST_OK);
    CHECK_EQ(ist_device_identify(0, &identity), IST_OK);
    CHECK_EQ(import_check_device(calls, 0, identity.luid), IST_OK);
    identity.luid[0] ^= 1;
    CHECK_EQ(import_check_device(calls, 0, identity.luid), IST_WRONG_DEVICE);
    CHECK(strstr(ist_explain(), "ist_device_from_d3d11") != NULL);
    CHECK(strstr(ist_explain(), "which CUDA has as no device") != NULL);
}

/* NVIDIA's driver on Linux: LUIDs are not supported, UUIDs are. */
static CUuuid shown_uuid;

static CUresult CUDAAPI no_luid(char *luid, unsigned int *mask, CUdevice device)
{
    (void)luid, (void)mask, (void)device;
    return CUDA_ERROR_NOT_SUPPORTED;
}

static CUresult CUDAAPI show_uuid(CUuuid *uuid, CUdevice device)
{
    (void)device;
    *uuid = shown_uuid;
    return CUDA_SUCCESS;
}

TEST(without_luids_the_uuid_is_compared)
{
    const struct interop_calls *real = NULL;
    struct ist_device_identity identity = IST_DEVICE_IDENTITY_INIT;
    CHECK_EQ(interop_calls_get(&real), IST_OK);
    CHECK_EQ(ist_device_identify(0, &identity), IST_OK);
    struct interop_calls calls = *real;
    calls.cuDeviceGetLuid = no_luid;
    calls.cuDeviceGetUuid_v2 = show_uuid;
    memcpy(shown_uuid.bytes, identity.uuid, sizeof(identity.uuid));
    CHECK_EQ(import_check_device(&calls, 0, identity.luid), IST_OK);
    shown_uuid.bytes[15] ^= 1;
    CHECK_EQ(import_check_device(&calls, 0, identity.luid), IST_WRONG_DEVICE);
    CHECK(strstr(ist_explain(), "which CUDA has as a device (UUID ") != NULL);
    CHECK(strstr(ist_explain(), "current one is device 0 (UUID ") != NULL);
    calls.cuDeviceGetUuid_v2 = NULL; /* a driver that has neither */
    CHECK_EQ(import_check_device(&calls, 0, identity.luid), IST_OK);
    calls.cuDeviceGetUuid_v2 = show_uuid;
    identity.luid[0] ^= 1; /* an adapter of somebody else's */
    CHECK_EQ(import_check_device(&calls, 0, identity.luid), IST_OK);
}
