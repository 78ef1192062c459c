/* SPDX-License-Identifier: MIT */
/*
 * Memory that can leave the process: an allocation of whole 2 MiB units behind a POSIX fd, and
 * addresses for it. Nothing is used again: whoever duplicated the fd may have mapped it, and
 * such mappings outlive the resource. Each step notes in the resource what it made.
 */
#include "device/nvidia/nvidia.h"

#include <dirent.h>
#include <pthread.h>
#include <unistd.h>

#define TOO_LARGE (512UL << 20)

static pthread_once_t counted = PTHREAD_ONCE_INIT;
static unsigned gpus; /* of the machine, whatever CUDA_VISIBLE_DEVICES shows of them */

static void count_gpus(void)
{
    int seen = 0;
    DIR *folder = opendir("/proc/driver/nvidia/gpus");
    const struct dirent *entry;
    while (folder && (entry = readdir(folder)))
        gpus += entry->d_name[0] != '.';
    if (folder)
        closedir(folder);
    if (driver.device_count(&seen) == CUDA_SUCCESS && (unsigned)seen > gpus)
        gpus = (unsigned)seen;
}

/*
 * With several GPUs the driver does not survive cuImportExternalMemory of an allocation of
 * 512 MiB or more, for arrays as for buffers; with one it takes 40 GiB (two H200, one H200, one
 * H100; driver 580.159.04, 2026-11-21).
 */
bool nv_block_importable(size_t size)
{
    pthread_once(&counted, count_gpus);
    return size < TOO_LARGE || gpus < 2;
}

static enum ist_status refuse_large(size_t size)
{
    return refuse(IST_NO_MEMORY,
                  "shareable memory of %zu MiB on a machine of %u GPUs: NVIDIA's driver "
                  "crashes "
                  "when CUDA imports 512 MiB or more there; a part of that, or memory that is "
                  "not shared, works",
                  size >> 20, gpus);
}

static struct nv_location device_location(const struct nvidia *nv)
{
    return (struct nv_location){NV_LOCATION_DEVICE, nv->ordinal};
}

enum ist_status nv_block_map(struct nvidia *nv, struct nv_resource *res, size_t size)
{
    struct nv_access access = {device_location(nv), NV_ACCESS_READ_WRITE};
    enum ist_status status = NV_CALL(nv, "the address of shareable memory", address_reserve,
                                     &res->at, size, 0, 0, 0);
    if (status != IST_OK)
        return status;
    res->size = size;
    res->reserved = true;
    CUresult result = driver.memory_map(res->at, size, 0, res->handle, 0);
    if (result == CUDA_ERROR_INVALID_VALUE)
        return refuse(IST_BAD_PARCEL,
                      "the payload has no %zu bytes, which its description needs", size);
    status = nv_answer(nv, result, driver_names.memory_map, "shareable memory");
    if (status != IST_OK)
        return status;
    res->mapped = true;
    return NV_CALL(nv, "shareable memory", memory_access, res->at, size, &access, 1);
}

/* Addresses, access and the fd are for later; the fd is the caller's from here on. */
enum ist_status nv_block_create(struct nvidia *nv, struct nv_resource *res, size_t size,
                                int *fd)
{
    struct nv_allocation_properties properties = {
        .type = NV_ALLOCATION_PINNED,
        .handle_types = NV_HANDLE_POSIX_FD,
        .location = device_location(nv),
    };
    int exported = -1;
    enum ist_status status = NV_CALL(nv, "the memory of a shareable resource", memory_create,
                                     &res->handle, size, &properties, 0);
    if (status != IST_OK) {
        res->handle = 0;
        return status;
    }
    if (!nv_block_importable(size))
        return refuse_large(size);
    status = nv_block_map(nv, res, size);
    if (status == IST_OK)
        status = NV_CALL(nv, "the fd of shareable memory", memory_export, &exported,
                         res->handle, NV_HANDLE_POSIX_FD, 0);
    if (status == IST_OK)
        *fd = exported;
    return status;
}

enum ist_status nv_block_open(struct nvidia *nv, struct nv_resource *res, int fd)
{
    CUresult result =
        driver.memory_import(&res->handle, (void *)(intptr_t)fd, NV_HANDLE_POSIX_FD);
    if (result == CUDA_SUCCESS)
        return IST_OK;
    res->handle = 0;
    if (nv_result_is_fatal(result) || result == CUDA_ERROR_OUT_OF_MEMORY)
        return nv_answer(nv, result, driver_names.memory_import, "the payload of a parcel");
    return refuse(IST_BAD_PARCEL, "the payload is no memory of this GPU: %s answered %s (%d)",
                  driver_names.memory_import, driver_error_name(result), (int)result);
}

void nv_block_release(struct nv_resource *res)
{
    if (res->mapped)
        driver.memory_unmap(res->at, res->size);
    if (res->reserved)
        driver.address_free(res->at, res->size);
    if (res->handle)
        driver.memory_release(res->handle);
    if (res->reserved)
        res->at = 0;
    res->mapped = res->reserved = false;
    res->handle = 0;
}
