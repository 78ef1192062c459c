/* SPDX-License-Identifier: MIT */
/* The eight ways of the guide, from IDXGIResource and ID3D11Fence to the imports. */
#include "demo/share.h"

#include "demo/check.h"
#include "report.h"

const char *share_way(enum share_by by)
{
    static const char *const ways[SHARE_WAYS] = {"NT handle", "name", "KMT handle"};
    return ways[by];
}

/* NTHANDLE is no kind of its own, it goes with one; and it rules out a KMT handle. */
UINT share_flags(enum share_by by, bool keyed_mutex)
{
    UINT kind = keyed_mutex ? D3D11_RESOURCE_MISC_SHARED_KEYEDMUTEX
                            : D3D11_RESOURCE_MISC_SHARED;
    return by == SHARE_BY_KMT_HANDLE ? kind : kind | D3D11_RESOURCE_MISC_SHARED_NTHANDLE;
}

/* NULL: without a name. */
static const WCHAR *start(struct rig *rig, enum share_by by, struct share *out)
{
    *out = (struct share){.by = by};
    if (by == SHARE_BY_NAME)
        rig_name(rig, out->name, ARRAY_LENGTH(out->name));
    return by == SHARE_BY_NAME ? out->name : NULL;
}

bool share_resource(struct rig *rig, ID3D11Resource *resource, enum share_by by,
                    struct share *out)
{
    const DWORD access = DXGI_SHARED_RESOURCE_READ | DXGI_SHARED_RESOURCE_WRITE;
    const WCHAR *name = start(rig, by, out);
    IDXGIResource1 *dxgi = NULL;
    if (!HR(ID3D11Resource_QueryInterface(resource, &IID_IDXGIResource1, (void **)&dxgi)))
        return false;
    bool ok =
        by == SHARE_BY_KMT_HANDLE
            ? HR(IDXGIResource1_GetSharedHandle(dxgi, &out->handle))
            : HR(IDXGIResource1_CreateSharedHandle(dxgi, NULL, access, name, &out->handle));
    IDXGIResource1_Release(dxgi);
    return ok;
}

bool share_fence(struct rig *rig, ID3D11Fence *fence, enum share_by by, struct share *out)
{
    const WCHAR *name = start(rig, by, out);
    return HR(ID3D11Fence_CreateSharedHandle(fence, NULL, GENERIC_ALL, name, &out->handle));
}

bool share_close(struct share *share)
{
    HANDLE handle = share->handle;
    share->handle = NULL;
    return !handle || share->by == SHARE_BY_KMT_HANDLE || WIN32(CloseHandle(handle));
}

bool share_import(struct share *share, const struct ist_resource_desc *desc,
                  struct ist_resource *out)
{
    HANDLE handle = share->handle;
    if (share->by == SHARE_BY_NAME)
        return IST(ist_import_name_borrow(share->name, desc, NULL, out));
    if (share->by == SHARE_BY_KMT_HANDLE)
        return IST(ist_import_kmt_borrow(handle, desc, NULL, out));
    share->handle = NULL;
    return IST(ist_import_handle_take(handle, desc, NULL, out));
}

bool share_import_fence(struct share *share, struct ist_fence *out)
{
    HANDLE handle = share->handle;
    if (share->by == SHARE_BY_NAME)
        return IST(ist_import_fence_name_borrow(share->name, out));
    share->handle = NULL;
    return IST(ist_import_fence_take(handle, out));
}
