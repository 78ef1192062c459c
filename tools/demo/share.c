/* SPDX-License-Identifier: MIT */
/* The eight ways of the guide, from IDXGIResource and ID3D11Fence to the two import calls. */
#include "demo/share.h"

#include "demo/check.h"
#include "report.h"

const char *share_way(enum share_by by)
{
    static const char *const ways[SHARE_WAYS] = {"NT handle", "name", "KMT handle"};
    return ways[by];
}

UINT share_flags(enum share_by by, bool keyed_mutex)
{
    UINT kind = keyed_mutex ? D3D11_RESOURCE_MISC_SHARED_KEYEDMUTEX
                            : D3D11_RESOURCE_MISC_SHARED;
    /* NTHANDLE is no kind of its own, it goes with one; and it rules out a KMT handle. */
    return by == SHARE_BY_KMT_HANDLE ? kind : kind | D3D11_RESOURCE_MISC_SHARED_NTHANDLE;
}

/*
 * A KMT handle is a number that is valid in every process of the user. It is neither reference
 * nor secret, and asking twice gives the same one.
 */
static bool get_kmt_handle(ID3D11Resource *resource, struct share *out)
{
    IDXGIResource *dxgi = NULL;
    if (!HR(ID3D11Resource_QueryInterface(resource, &IID_IDXGIResource, (void **)&dxgi)))
        return false;
    bool ok = HR(IDXGIResource_GetSharedHandle(dxgi, &out->handle));
    IDXGIResource_Release(dxgi);
    return ok;
}

/*
 * An NT handle is a reference: until it is closed, it keeps the resource alive, and its name.
 */
static bool create_nt_handle(ID3D11Resource *resource, struct share *out)
{
    IDXGIResource1 *dxgi = NULL;
    const WCHAR *name = out->by == SHARE_BY_NAME ? out->name : NULL;
    if (!HR(ID3D11Resource_QueryInterface(resource, &IID_IDXGIResource1, (void **)&dxgi)))
        return false;
    bool ok = HR(IDXGIResource1_CreateSharedHandle(dxgi, NULL,
                                                   DXGI_SHARED_RESOURCE_READ |
                                                       DXGI_SHARED_RESOURCE_WRITE,
                                                   name, &out->handle));
    IDXGIResource1_Release(dxgi);
    return ok;
}

static struct share share_start(struct rig *rig, enum share_by by)
{
    struct share share = {.by = by};
    if (by == SHARE_BY_NAME)
        rig_name(rig, share.name, ARRAY_LENGTH(share.name));
    return share;
}

bool share_resource(struct rig *rig, ID3D11Resource *resource, enum share_by by,
                    struct share *out)
{
    *out = share_start(rig, by);
    return by == SHARE_BY_KMT_HANDLE ? get_kmt_handle(resource, out)
                                     : create_nt_handle(resource, out);
}

bool share_fence(struct rig *rig, ID3D11Fence *fence, enum share_by by, struct share *out)
{
    *out = share_start(rig, by);
    return HR(ID3D11Fence_CreateSharedHandle(fence, NULL, GENERIC_ALL,
                                             by == SHARE_BY_NAME ? out->name : NULL,
                                             &out->handle));
}

bool share_close(struct share *share)
{
    /* CloseHandle() would refuse a KMT handle with error 6: there is nothing to close. */
    HANDLE handle = share->handle;
    share->handle = NULL;
    if (!handle || share->by == SHARE_BY_KMT_HANDLE)
        return true;
    return WIN32(CloseHandle(handle));
}

bool import_memory(const struct share *share, UINT64 size, cudaExternalMemory_t *out)
{
    /* Exactly one of handle and name; and D3D11 resources are always dedicated allocations. */
    struct cudaExternalMemoryHandleDesc desc = {
        .type = share->by == SHARE_BY_KMT_HANDLE ? cudaExternalMemoryHandleTypeD3D11ResourceKmt
                                                 : cudaExternalMemoryHandleTypeD3D11Resource,
        .size = size,
        .flags = cudaExternalMemoryDedicated,
    };
    if (share->by == SHARE_BY_NAME)
        desc.handle.win32.name = share->name;
    else
        desc.handle.win32.handle = share->handle;
    return CUDA(cudaImportExternalMemory(out, &desc));
}

/* A keyed mutex has no handle of its own: that of its resource serves. */
static bool import_semaphore(const struct share *share,
                             enum cudaExternalSemaphoreHandleType type,
                             cudaExternalSemaphore_t *out)
{
    struct cudaExternalSemaphoreHandleDesc desc = {.type = type};
    if (share->by == SHARE_BY_NAME)
        desc.handle.win32.name = share->name;
    else
        desc.handle.win32.handle = share->handle;
    return CUDA(cudaImportExternalSemaphore(out, &desc));
}

bool import_fence(const struct share *share, cudaExternalSemaphore_t *out)
{
    return import_semaphore(share, cudaExternalSemaphoreHandleTypeD3D11Fence, out);
}

bool import_keyed_mutex(const struct share *share, cudaExternalSemaphore_t *out)
{
    return import_semaphore(share,
                            share->by == SHARE_BY_KMT_HANDLE
                                ? cudaExternalSemaphoreHandleTypeKeyedMutexKmt
                                : cudaExternalSemaphoreHandleTypeKeyedMutex,
                            out);
}
