/* SPDX-License-Identifier: MIT */
/* Which CUDA device is which adapter: the LUID is what both sides show. No state. */
#include "interop/calls.h"
#include "interop/com.h"

#include "api/structs.h"

#include <string.h>

_Static_assert(sizeof(struct ist_device_identity) == 32, "part of the ABI");
_Static_assert(offsetof(struct ist_device_identity, uuid) == 16, "part of the ABI");

static enum ist_status read_uuid(const struct interop_calls *calls, CUdevice device,
                                 uint8_t out[16])
{
    CUuuid uuid;
    if (!calls->cuDeviceGetUuid_v2)
        return refuse(IST_NOT_SUPPORTED, "the CUDA driver has no cuDeviceGetUuid()");
    enum ist_status status = CU(calls, cuDeviceGetUuid_v2, &uuid, device);
    if (status == IST_OK)
        memcpy(out, uuid.bytes, 16);
    return status;
}

enum ist_status ist_device_identify(int device, struct ist_device_identity *out)
{
    const struct interop_calls *calls;
    struct ist_device_identity found = {0};
    CUdevice handle = 0;
    unsigned mask = 0;
    enum ist_status status = struct_check("ist_device_identity", out, sizeof(*out));
    if (status == IST_OK)
        status = interop_calls_get(&calls);
    if (status == IST_OK)
        status = CU(calls, cuDeviceGet, &handle, device);
    if (status == IST_OK)
        status = CU(calls, cuDeviceGetLuid, (char *)found.luid, &mask, handle);
    if (status == IST_OK)
        status = read_uuid(calls, handle, found.uuid);
    if (status != IST_OK)
        return status;
    found.struct_size = out->struct_size;
    found.node_mask = mask;
    *out = found;
    return IST_OK;
}

/* Sets *out to the ordinal whose LUID it is. A device without one is none of DXGI's. */
static enum ist_status find_device(const uint8_t luid[8], int *out)
{
    const struct interop_calls *calls;
    int count = 0;
    enum ist_status status = interop_calls_get(&calls);
    if (status == IST_OK)
        status = CU(calls, cuDeviceGetCount, &count);
    for (int i = 0; status == IST_OK && i < count; i++) {
        char found[8];
        unsigned mask;
        CUdevice device;
        if (calls->cuDeviceGet(&device, i) == CUDA_SUCCESS &&
            calls->cuDeviceGetLuid(found, &mask, device) == CUDA_SUCCESS &&
            memcmp(found, luid, sizeof(found)) == 0) {
            *out = i;
            return IST_OK;
        }
    }
    return status == IST_OK ? refuse(IST_NOT_FOUND,
                                     "none of %d CUDA devices has the adapter's LUID "
                                     "%02x%02x%02x%02x-%02x%02x%02x%02x: it is no CUDA device",
                                     count, luid[0], luid[1], luid[2], luid[3], luid[4],
                                     luid[5], luid[6], luid[7])
                            : status;
}

enum ist_status ist_device_from_adapter(IDXGIAdapter *adapter, int *out)
{
    uint8_t luid[8];
    if (!adapter || !out)
        return refuse(IST_BAD_POINTER, "ist_device_from_adapter: %s is NULL",
                      adapter ? "the pointer to the result" : "the adapter");
    enum ist_status status = com_adapter_luid(adapter, luid);
    return status == IST_OK ? find_device(luid, out) : status;
}

enum ist_status ist_device_from_d3d11(ID3D11Device *device, int *out)
{
    uint8_t luid[8];
    if (!device || !out)
        return refuse(IST_BAD_POINTER, "ist_device_from_d3d11: %s is NULL",
                      device ? "the pointer to the result" : "the device");
    enum ist_status status = com_device_luid(device, luid);
    return status == IST_OK ? find_device(luid, out) : status;
}

/* EnumAdapters() ends with DXGI_ERROR_NOT_FOUND, which is no failure. */
static enum ist_status find_adapter(IDXGIFactory *factory, const uint8_t luid[8],
                                    IDXGIAdapter **out)
{
    IDXGIAdapter *adapter = NULL;
    for (UINT i = 0; SUCCEEDED(IDXGIFactory_EnumAdapters(factory, i, &adapter)); i++) {
        uint8_t found[8];
        enum ist_status status = com_adapter_luid(adapter, found);
        if (status == IST_OK && memcmp(found, luid, sizeof(found)) == 0) {
            *out = adapter;
            return IST_OK;
        }
        IDXGIAdapter_Release(adapter);
        if (status != IST_OK)
            return status;
    }
    return refuse(IST_NOT_FOUND, "no adapter of the factory has the CUDA device's LUID");
}

enum ist_status ist_device_to_adapter(int device, IDXGIFactory *factory, IDXGIAdapter **out)
{
    struct ist_device_identity identity = IST_DEVICE_IDENTITY_INIT;
    if (!factory || !out)
        return refuse(IST_BAD_POINTER, "ist_device_to_adapter: %s is NULL",
                      factory ? "the pointer to the result" : "the factory");
    enum ist_status status = ist_device_identify(device, &identity);
    return status == IST_OK ? find_adapter(factory, identity.luid, out) : status;
}
