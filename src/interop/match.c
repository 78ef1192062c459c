/* SPDX-License-Identifier: MIT */
/*
 * Is CUDA's device the one that an object is of? Adapters show a LUID. CUDA has it, too, except
 * NVIDIA's driver on Linux, and linked GPUs share one; there the UUID tells. No state.
 */
#include "interop/import.h"

#ifndef _WIN32 /* there adapters are Windows', who alone knows them */
#include "core/device.h"
#include "core/session.h"
#endif

#include <stdio.h>
#include <string.h>

/* What a driver says of one of its devices, or core of an adapter (device -1). */
struct known {
    CUdevice device;
    unsigned node_mask;
    bool has_luid, has_uuid;
    uint8_t luid[8];
    uint8_t uuid[16];
};

static enum ist_status learn(const struct interop_calls *calls, CUdevice device,
                             struct known *out)
{
    struct known k = {.device = device};
    CUuuid uuid;
    interop_before();
    CUresult code = calls->cuDeviceGetLuid((char *)k.luid, &k.node_mask, device);
    k.has_luid = code == CUDA_SUCCESS;
    k.has_uuid = calls->cuDeviceGetUuid_v2 != NULL;
    enum ist_status status = IST_OK;
    if (!k.has_luid && code != CUDA_ERROR_NOT_SUPPORTED)
        status = interop_cuda("cuDeviceGetLuid", code);
    if (status == IST_OK && k.has_uuid)
        status = CU(calls, cuDeviceGetUuid_v2, &uuid, device);
    if (status != IST_OK)
        return status;
    if (k.has_uuid)
        memcpy(k.uuid, uuid.bytes, sizeof(k.uuid));
    *out = k;
    return IST_OK;
}

/*
 * The device that an adapter is in CUDA: of those with its LUID the first node, because D3D11
 * puts what is shared there. *found: there is one.
 */
static enum ist_status find_home(const struct interop_calls *calls, const uint8_t luid[8],
                                 struct known *home, bool *found)
{
    int count = 0;
    enum ist_status status = CU(calls, cuDeviceGetCount, &count);
    for (int i = 0; status == IST_OK && i < count; i++) {
        struct known k = {.device = -1};
        CUdevice device = 0;
        status = CU(calls, cuDeviceGet, &device, i);
        if (status == IST_OK)
            status = learn(calls, device, &k);
        if (status != IST_OK || !k.has_luid || memcmp(k.luid, luid, sizeof(k.luid)) != 0)
            continue;
        if (!*found || k.node_mask < home->node_mask)
            *home = k;
        *found = true;
    }
    return status;
}

/* NVIDIA's driver on Linux: core knows the UUID behind the LUID that it shows for D3D11. */
static bool ask_core(const uint8_t luid[8], struct known *home)
{
#ifdef _WIN32
    (void)home;
    return luid == NULL;
#else
    const struct device *device = device_by_luid(session_default(), luid);
    if (!device)
        return false;
    *home = (struct known){.device = -1, .has_uuid = true};
    memcpy(home->uuid, device->uuid, sizeof(home->uuid));
    return true;
#endif
}

static bool same(const struct known *a, const struct known *b)
{
    if (a->has_uuid && b->has_uuid)
        return memcmp(a->uuid, b->uuid, sizeof(a->uuid)) == 0;
    return a->device == b->device;
}

#define DEVICE_TEXT 80

/* "device 0 (UUID 0011...)". */
static const char *name(const struct known *k, char out[DEVICE_TEXT])
{
    int n = k->device < 0 ? snprintf(out, DEVICE_TEXT, "a device")
                          : snprintf(out, DEVICE_TEXT, "device %d", (int)k->device);
    for (size_t i = 0; k->has_uuid && i < sizeof(k->uuid); i++)
        n += snprintf(out + n, DEVICE_TEXT - (size_t)n, "%s%02x%s", i ? "" : " (UUID ",
                      k->uuid[i], i + 1 < sizeof(k->uuid) ? "" : ")");
    return out;
}

static enum ist_status refuse_device(const uint8_t luid[8], const struct known *home,
                                     const struct known *current)
{
    char theirs[DEVICE_TEXT], ours[DEVICE_TEXT];
    return refuse(IST_WRONG_DEVICE,
                  "the object is of the adapter with LUID %02x%02x%02x%02x-%02x%02x%02x%02x, "
                  "which CUDA has as %s, but CUDA's current one is %s: ist_device_from_d3d11() "
                  "says which one to set",
                  luid[0], luid[1], luid[2], luid[3], luid[4], luid[5], luid[6], luid[7],
                  home ? name(home, theirs) : "no device", name(current, ours));
}

enum ist_status import_check_device(const struct interop_calls *calls, CUdevice device,
                                    const uint8_t luid[8])
{
    struct known current, home = {.device = -1};
    bool found = false;
    enum ist_status status = learn(calls, device, &current);
    if (status != IST_OK)
        return status;
    if (!current.has_luid && current.has_uuid)
        found = ask_core(luid, &home);
    if (!current.has_luid && !found)
        return IST_OK; /* nothing to compare with */
    if (current.has_luid)
        status = find_home(calls, luid, &home, &found);
    if (status != IST_OK || (found && same(&home, &current)))
        return status;
    return refuse_device(luid, found ? &home : NULL, &current);
}
