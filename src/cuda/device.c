/* SPDX-License-Identifier: MIT */
/* Core's devices by ordinal, as CUDA shows them. Each thread has its own current one. */
#include "cuda/device.h"

#include "core/layout.h"
#include "core/session.h"
#include "cuda/error.h"
#include "cuda/istcu.h"
#include "cuda/memory.h"
#include "cuda/stream.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define DRIVER_VERSION 13000
#define ATTRIBUTE_LAST 147 /* the last number that CUDA 13.0 knows */

static _Thread_local int current;

struct device *cu_device(void)
{
    return session_default()->devices[current];
}

int cu_device_ordinal(void)
{
    return current;
}

/* A stand-in moves bytes by the host's addresses: a GPU's memory has none. */
static int refuse_gpu(const struct device *device)
{
    return cu_refuse(CUDA_ERROR_NO_DEVICE,
                     "ISTHMUS_DEVICE chose %s, a GPU, and this is the stand-in CUDA runtime, "
                     "which works on the cpu device only: give the program NVIDIA's own "
                     "libcudart, with libisthmus-cuda12.so or libisthmus-cuda13.so before it "
                     "(LD_PRELOAD), or unset ISTHMUS_DEVICE",
                     device->description);
}

/* All devices of a process are of one kind. */
int cu_check_devices(void)
{
    const struct session *session = session_default();
    if (!session->device_count)
        return cu_refuse(CUDA_ERROR_NO_DEVICE, "this process has no device (see the log)");
    if (session->devices[0]->ops->gpu)
        return refuse_gpu(session->devices[0]);
    return CUDA_SUCCESS;
}

/* No device at all is another answer than a wrong number. */
int cu_device_find(int ordinal, struct device **out)
{
    struct session *session = session_default();
    int code = cu_check_devices();
    if (code)
        return code;
    if (ordinal < 0 || (unsigned)ordinal >= session->device_count)
        return cu_refuse(CUDA_ERROR_INVALID_DEVICE, "device %d: there are 0 .. %u", ordinal,
                         session->device_count - 1);
    *out = session->devices[ordinal];
    return CUDA_SUCCESS;
}

int cu_check_device(const struct device *device, const char *what)
{
    if (device == cu_device())
        return CUDA_SUCCESS;
    return cu_code(refuse(IST_WRONG_DEVICE,
                          "the %s is of device %s, the current device is %s: choose the device "
                          "whose luid is that of the D3D11 adapter",
                          what, device->description, cu_device()->description));
}

int istcu_driver_version(int *out)
{
    if (!out)
        return cu_refuse_out("cudaDriverGetVersion");
    *out = DRIVER_VERSION;
    return CUDA_SUCCESS;
}

/* Every device of core is one for CUDA too: that is what the LUIDs promise. */
int istcu_device_count(int *out)
{
    int code = cu_check_devices();
    if (!out)
        return cu_refuse_out("cudaGetDeviceCount");
    if (!code)
        *out = (int)session_default()->device_count;
    return code;
}

int istcu_device_set(int device)
{
    struct device *found;
    int code = cu_device_find(device, &found);
    if (code == CUDA_SUCCESS)
        current = device;
    return code;
}

int istcu_device_get(int *out)
{
    if (!out)
        return cu_refuse_out("cudaGetDevice");
    *out = current;
    return CUDA_SUCCESS;
}

/* The limits of kernels are those of attribute.def, of which properties hold copies. */
int istcu_device_facts(int device, struct istcu_device_facts *out)
{
    struct device *d;
    int code = cu_device_find(device, &d);
    if (code)
        return code;
    if (!out)
        return cu_refuse_out("cudaGetDeviceProperties");
    *out = (struct istcu_device_facts){
        .luid_node_mask = 1,
        .total_memory = d->memory_bytes,
        .shared_per_block = 49152,
        .constant_memory = 65536,
        .pitch_max = INT_MAX,
        .texture_alignment = CU_PITCH_ALIGN,
        .texture_pitch_alignment = 32,
        .surface_alignment = CU_PITCH_ALIGN,
    };
    snprintf(out->name, sizeof(out->name), "%s", d->description);
    memcpy(out->uuid, d->uuid, sizeof(out->uuid));
    memcpy(out->luid, d->luid, sizeof(out->luid));
    return CUDA_SUCCESS;
}

/* NVIDIA's driver answers 801 on Linux; here devices have LUIDs, which D3D11 shows as well. */
int istcu_device_luid(int device, char *luid, unsigned *node_mask)
{
    struct device *d;
    int code = cu_device_find(device, &d);
    if (code)
        return code;
    if (!luid || !node_mask)
        return cu_refuse_out("cuDeviceGetLuid");
    memcpy(luid, d->luid, sizeof(d->luid));
    *node_mask = 1;
    return CUDA_SUCCESS;
}

/* One case for each line of the table. */
static int attribute_value(int attr)
{
    long online = sysconf(_SC_NPROCESSORS_ONLN);
    int cpus = online > 0 ? (int)online : 1;
    int clock_khz = 1000000; /* of the machine nobody asks; never 0, because programs divide */
    switch (attr) {
#define ATTRIBUTE(number, value) \
    case number:                 \
        return (int)(value);
#include "cuda/attribute.def"
#undef ATTRIBUTE
    default: return 0;
    }
}

int istcu_device_attribute(int device, int attr, int *out)
{
    struct device *d;
    int code = cu_device_find(device, &d);
    if (code)
        return code;
    if (!out)
        return cu_refuse_out("cudaDeviceGetAttribute");
    if (attr < 1 || attr > ATTRIBUTE_LAST)
        return cu_refuse(CUDA_ERROR_INVALID_VALUE, "device attribute %d: there are 1 .. %d",
                         attr, ATTRIBUTE_LAST);
    *out = attribute_value(attr);
    return CUDA_SUCCESS;
}

int istcu_device_synchronize(void)
{
    int code = cu_enter();
    return code ? code : cu_streams_drain();
}

/*
 * Imports first, so that what they abandon is abandoned while streams still work; streams last,
 * because everything else retires through them.
 */
int istcu_device_reset(void)
{
    int code = cu_enter();
    if (code)
        return code;
    code = cu_streams_drain();
    if (code)
        return code;
    static const enum cu_kind kinds[] = {CU_EXTERNAL_SEMAPHORE, CU_EXTERNAL_MEMORY,
                                         CU_MIPMAPPED, CU_ARRAY,
                                         CU_EVENT}; /* wholes before levels */
    for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
        cu_handle_end_all(kinds[i], cu_streams_retire);
    cu_memory_end_all();
    cu_streams_end();
    return CUDA_SUCCESS;
}

int istcu_memory_info(size_t *free_bytes, size_t *total_bytes)
{
    int code = cu_enter();
    if (code)
        return code;
    if (!free_bytes || !total_bytes)
        return cu_refuse_out("cudaMemGetInfo");
    long pages = sysconf(_SC_AVPHYS_PAGES), page = sysconf(_SC_PAGESIZE);
    size_t total = cu_device()->memory_bytes;
    size_t available = pages > 0 && page > 0 ? (size_t)pages * (size_t)page : 0;
    *free_bytes = available < total ? available : total;
    *total_bytes = total;
    return CUDA_SUCCESS;
}
