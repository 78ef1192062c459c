/* SPDX-License-Identifier: MIT */
/*
 * The GPUs of this machine, as the driver counts them. They are found once and constant
 * afterwards; a context is opened when something is first made (context.c). The LUID is minted
 * from the driver's UUID, which Vulkan and other processes name the GPU by, too.
 */
#include "device/nvidia/nvidia.h"

#include "base/gate.h"
#include "base/log.h"
#include "device/identity.h"

#include <stdio.h>
#include <string.h>

#define MAX_GPUS 16
#define PCI_VENDOR_NVIDIA 0x10deU

const struct gpu_ops nvidia_gpu_ops = {
    .resource_create = nvidia_resource_create,
    .resource_open = nvidia_resource_open,
    .resource_destroy = nvidia_resource_destroy,
    .plane_offset = nvidia_plane_offset,
    .stream_create = nvidia_stream_create,
    .stream_wrap = nvidia_stream_wrap,
    .stream_destroy = nvidia_stream_destroy,
    .copy = nvidia_copy,
    .fill = nvidia_fill,
    .wait = nvidia_wait,
    .signal = nvidia_signal,
    .progress = nvidia_progress,
    .lost = nvidia_lost,
    .page_use = nvidia_page_use,
    .page_leave = nvidia_page_leave,
};

static const struct device_ops nvidia_ops = {.name = "nvidia", .gpu = &nvidia_gpu_ops};

static struct nvidia gpus[MAX_GPUS];
static unsigned gpu_count; /* of those that can be used */
static pthread_once_t found = PTHREAD_ONCE_INIT;

static int attribute(CUdevice gpu, int which)
{
    int value = 0;
    return driver.device_attribute(&value, which, gpu) == CUDA_SUCCESS ? value : 0;
}

/* What this device cannot do without, and what the user is told it is. */
static const char *missing_ability(CUdevice gpu)
{
    static const struct {
        int which;
        const char *name;
    } needed[] = {
        {NV_ATTRIBUTE_UNIFIED_ADDRESSING, "one address space with the host"},
        {NV_ATTRIBUTE_HOST_POINTER_FOR_REGISTERED, "registered memory at the host's address"},
        {NV_ATTRIBUTE_VIRTUAL_MEMORY, "virtual memory management"},
        {NV_ATTRIBUTE_POSIX_FD, "memory behind file descriptors"},
        {NV_ATTRIBUTE_64_BIT_STREAM_OPERATIONS, "streams that wait for 64-bit words"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(needed); i++) {
        if (!attribute(gpu, needed[i].which))
            return needed[i].name;
    }
    return NULL;
}

/* The chip's number, which the driver does not tell; 0 if the system hides it, too. */
static uint32_t pci_product(CUdevice gpu)
{
    char path[64];
    unsigned product = 0;
    snprintf(path, sizeof(path), "/sys/bus/pci/devices/%04x:%02x:%02x.0/device",
             (unsigned)attribute(gpu, NV_ATTRIBUTE_PCI_DOMAIN),
             (unsigned)attribute(gpu, NV_ATTRIBUTE_PCI_BUS),
             (unsigned)attribute(gpu, NV_ATTRIBUTE_PCI_DEVICE));
    FILE *file = fopen(path, "re");
    if (!file)
        return 0;
    if (fscanf(file, "%x", &product) != 1)
        product = 0;
    fclose(file);
    return product;
}

static CUresult describe(struct nvidia *nv, CUdevice gpu)
{
    CUuuid uuid;
    size_t bytes;
    CUresult result = driver.device_uuid(&uuid, gpu);
    if (result == CUDA_SUCCESS)
        result = driver.device_memory(&bytes, gpu);
    if (result == CUDA_SUCCESS)
        result =
            driver.device_name(nv->device.description, sizeof(nv->device.description), gpu);
    if (result != CUDA_SUCCESS)
        return result;
    memcpy(nv->device.uuid, uuid.bytes, sizeof(nv->device.uuid));
    identity_luid(nv->device.uuid, nv->device.luid);
    nv->device.memory_bytes = bytes;
    nv->device.vendor = PCI_VENDOR_NVIDIA;
    nv->device.product = pci_product(gpu);
    return CUDA_SUCCESS;
}

static void add_gpu(CUdevice gpu)
{
    struct nvidia *nv = &gpus[gpu_count];
    *nv = (struct nvidia){.device.ops = &nvidia_ops, .ordinal = gpu};
    CUresult result = describe(nv, gpu);
    const char *missing = result == CUDA_SUCCESS ? missing_ability(gpu) : NULL;
    if (result != CUDA_SUCCESS || missing) {
        log_line(LOG_WARN, "device", "GPU %d (%s) is not offered: %s", gpu,
                 nv->device.description, missing ? missing : driver_error_name(result));
        return;
    }
    pthread_mutex_init(&nv->open_lock, NULL);
    pthread_mutex_init(&nv->lock, NULL);
    pthread_rwlock_init(&nv->free_lock, NULL);
    nv->generation = gate_generation();
    gpu_count++;
}

static void find(void)
{
    int count = 0;
    gate_enter(); /* from here on the gate counts forks */
    gate_leave();
    if (!driver_load())
        return;
    CUresult result = driver.device_count(&count);
    if (result != CUDA_SUCCESS)
        log_line(LOG_WARN, "device", "cuDeviceGetCount answered %s (%d)",
                 driver_error_name(result), (int)result);
    for (int i = 0; i < count && i < MAX_GPUS; i++) {
        CUdevice gpu;
        if (driver.device_get(&gpu, i) == CUDA_SUCCESS)
            add_gpu(gpu);
    }
}

unsigned nvidia_probe(struct device **out, unsigned max)
{
    pthread_once(&found, find);
    unsigned count = gpu_count < max ? gpu_count : max;
    for (unsigned i = 0; i < count; i++)
        out[i] = &gpus[i].device;
    return count;
}

static void close_parts(struct nvidia *nv)
{
    (void)nv_free_due(nv);
    nv_stage_close(nv);
    nv_words_close(nv);
    if (nv->module)
        driver.module_unload(nv->module);
    nv->module = NULL;
    driver.stream_destroy(nv->service);
}

void nvidia_close(struct device *dev)
{
    struct nvidia *nv = nvidia_from_device(dev);
    struct nv_scope scope = {.nv = NULL};
    if (!load_acquire(&nv->context) || nv_enter(nv, &scope) != IST_OK)
        return;
    close_parts(nv);
    nv->orphan_count = 0;
    nv_leave(&scope);
    store_relaxed(&nv->context, NULL);
    driver.context_release(nv->ordinal);
}
