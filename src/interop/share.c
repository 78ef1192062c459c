/* SPDX-License-Identifier: MIT */
/*
 * What leads from a D3D11 object to an import elsewhere, and whose it is to close. The struct
 * travels between processes, so nothing in it is believed. No state.
 */
#include "interop/com.h"
#include "interop/import.h"
#include "interop/process.h"

#include "api/structs.h"

#include <string.h>
#include <wchar.h>

_Static_assert(sizeof(struct ist_share) == 88 + (IST_SHARE_NAME_MAX + 1) * sizeof(wchar_t),
               "part of the ABI");
_Static_assert(offsetof(struct ist_share, handle) == 16, "part of the ABI");
_Static_assert(offsetof(struct ist_share, desc) == 24, "part of the ABI");

static HANDLE handle_of(const struct ist_share *share)
{
    return (HANDLE)(uintptr_t)share->handle;
}

static enum ist_status check_empty(const struct ist_share *out, const wchar_t *name)
{
    enum ist_status status = struct_check("ist_share", out, sizeof(*out));
    if (status == IST_OK && out->way != IST_SHARE_NONE)
        return refuse(IST_BAD_CALL, "the ist_share leads to something: ist_end_share() before "
                                    "it is filled again");
    if (status == IST_OK && name)
        status = import_check_name(name);
    if (status == IST_OK && name && wcslen(name) > IST_SHARE_NAME_MAX)
        return refuse(IST_NAME_TOO_LONG, "a name of %u characters: a share has room for %u",
                      (unsigned)wcslen(name), IST_SHARE_NAME_MAX);
    return status;
}

/* An NT handle of ours, with a name or without. */
static void fill(struct ist_share *out, HANDLE handle, const wchar_t *name)
{
    out->way = name ? IST_SHARE_NAME : IST_SHARE_HANDLE;
    out->handle = (uintptr_t)handle;
    out->process = process_own();
    if (name)
        wcscpy(out->name, name);
}

static enum ist_status share_number(ID3D11Resource *resource, const wchar_t *name,
                                    struct ist_share *share)
{
    const UINT shared = D3D11_RESOURCE_MISC_SHARED | D3D11_RESOURCE_MISC_SHARED_KEYEDMUTEX;
    HANDLE number = NULL;
    if (!(share->desc.misc_flags & shared))
        return refuse(IST_BAD_ARG,
                      "MiscFlags 0x%x have neither SHARED (0x2) nor SHARED_KEYEDMUTEX (0x100): "
                      "the resource is not shared",
                      (unsigned)share->desc.misc_flags);
    if (name)
        return refuse(IST_BAD_ARG,
                      "MiscFlags 0x%x lack SHARED_NTHANDLE (0x800): the resource has a KMT "
                      "number and cannot have a name",
                      (unsigned)share->desc.misc_flags);
    enum ist_status status = com_resource_number(resource, &number);
    share->way = IST_SHARE_KMT;
    share->handle = (uintptr_t)number;
    return status;
}

static enum ist_status share_handle(ID3D11Resource *resource, const wchar_t *name,
                                    struct ist_share *share)
{
    HANDLE handle = NULL;
    enum ist_status status = com_resource_handle(resource, name, &handle);
    if (status == IST_OK)
        fill(share, handle, name);
    return status;
}

enum ist_status ist_share_resource(ID3D11Resource *resource, const wchar_t *name,
                                   struct ist_share *out)
{
    struct ist_share made = IST_SHARE_INIT;
    enum ist_status status = check_empty(out, name);
    if (status == IST_OK)
        status = com_describe(resource, &made.desc);
    if (status == IST_OK)
        status = made.desc.misc_flags & D3D11_RESOURCE_MISC_SHARED_NTHANDLE
                     ? share_handle(resource, name, &made)
                     : share_number(resource, name, &made);
    if (status == IST_OK)
        struct_write(out, &made, sizeof(made));
    return status;
}

enum ist_status ist_share_fence(ID3D11Fence *fence, const wchar_t *name, struct ist_share *out)
{
    _cleanup_(com_releasep) ID3D11Fence *own = NULL;
    struct ist_share made = IST_SHARE_INIT;
    HANDLE handle = NULL;
    made.is_fence = made.desc.has_luid = 1;
    enum ist_status status = check_empty(out, name);
    if (status == IST_OK)
        status = com_query(fence, &com_iid_fence, "ID3D11Fence", (void **)&own);
    if (status == IST_OK)
        status = com_fence_luid(own, made.desc.luid);
    if (status == IST_OK)
        status = com_fence_handle(own, name, &handle);
    if (status != IST_OK)
        return status;
    fill(&made, handle, name);
    struct_write(out, &made, sizeof(made));
    return IST_OK;
}

static enum ist_status check_way(const struct ist_share *share)
{
    if (share->way <= IST_SHARE_KMT)
        return IST_OK;
    return refuse(IST_BAD_ARG, "way %u of the ist_share: there are 1 .. 3",
                  (unsigned)share->way);
}

/*
 * Reads what may have come from anywhere. Its sizes came along, so nothing beyond the struct is
 * looked at; a later version that needs more there has ways of its own.
 */
static enum ist_status read_share(const struct ist_share *share, struct ist_share *out)
{
    enum ist_status status = struct_check("ist_share", share, sizeof(*share));
    if (status != IST_OK)
        return status;
    *out = *share;
    if (out->way == IST_SHARE_NONE)
        return refuse(IST_BAD_CALL, "the ist_share is empty, or was taken");
    status = check_way(out);
    if (status != IST_OK)
        return status;
    if (out->desc.struct_size != sizeof(out->desc))
        return refuse(IST_BAD_ARG, "desc.struct_size of the ist_share is %u: it must be %zu",
                      (unsigned)out->desc.struct_size, sizeof(out->desc));
    if (out->way == IST_SHARE_NAME && !wmemchr(out->name, 0, IST_SHARE_NAME_MAX + 1))
        return refuse(IST_BAD_NAME, "the name in the ist_share has no end");
    if (out->way == IST_SHARE_HANDLE && out->process != process_own())
        return refuse(IST_BAD_CALL,
                      "NT handle 0x%llx of the ist_share is of process %u, this is %u: "
                      "ist_give_share() makes it another process'",
                      (unsigned long long)out->handle, (unsigned)out->process,
                      (unsigned)process_own());
    return IST_OK;
}

enum ist_status ist_give_share(struct ist_share *share, uint32_t process)
{
    struct ist_share read;
    HANDLE there = NULL;
    enum ist_status status = read_share(share, &read);
    if (status != IST_OK || read.way != IST_SHARE_HANDLE || process == read.process)
        return status;
    status = process_give(handle_of(&read), process, &there);
    if (status != IST_OK)
        return status;
    share->handle = (uintptr_t)there;
    share->process = process;
    return import_close_taken(handle_of(&read), IST_OK);
}

/* What is taken is gone, whatever comes of the import. */
static void forget(struct ist_share *share)
{
    uint32_t size = share->struct_size;
    *share = (struct ist_share){.struct_size = size};
}

static enum ist_status check_kind(const struct ist_share *share, bool fence)
{
    if (!share->is_fence == !fence)
        return IST_OK;
    return refuse(IST_WRONG_TYPE,
                  fence ? "the ist_share is of a resource: ist_import_share_take()"
                        : "the ist_share is of a fence: ist_import_fence_share_take()");
}

enum ist_status ist_import_share_take(struct ist_share *share,
                                      const struct ist_import_options *options,
                                      struct ist_resource *out)
{
    struct ist_share read;
    enum ist_status status = read_share(share, &read);
    if (status == IST_OK)
        status = check_kind(&read, false);
    if (status != IST_OK)
        return status;
    if (read.way == IST_SHARE_NAME)
        return ist_import_name_borrow(read.name, &read.desc, options, out);
    if (read.way == IST_SHARE_KMT)
        return ist_import_kmt_borrow(handle_of(&read), &read.desc, options, out);
    forget(share);
    return ist_import_handle_take(handle_of(&read), &read.desc, options, out);
}

/* The handle tells no LUID; the share does. */
static enum ist_status check_fence_device(const struct ist_share *share)
{
    const struct interop_calls *calls;
    CUdevice device = 0;
    if (!share->desc.has_luid)
        return IST_OK;
    enum ist_status status = interop_calls_get(&calls);
    if (status == IST_OK)
        status = interop_current_device(calls, &device);
    return status == IST_OK ? import_check_device(calls, device, share->desc.luid) : status;
}

enum ist_status ist_import_fence_share_take(struct ist_share *share, struct ist_fence *out)
{
    struct ist_share read;
    enum ist_status status = read_share(share, &read);
    if (status == IST_OK)
        status = check_kind(&read, true);
    if (status == IST_OK && read.way == IST_SHARE_KMT)
        status = refuse(IST_BAD_ARG, "way 3 of the ist_share of a fence: fences have no KMT "
                                     "number");
    if (status != IST_OK)
        return status;
    status = check_fence_device(&read);
    if (read.way == IST_SHARE_NAME)
        return status == IST_OK ? ist_import_fence_name_borrow(read.name, out) : status;
    forget(share);
    if (status == IST_OK || import_check_handle(handle_of(&read)) != IST_OK)
        return ist_import_fence_take(handle_of(&read), out);
    return import_close_taken(handle_of(&read), status);
}

enum ist_status ist_end_share(struct ist_share *share)
{
    if (!share)
        return refuse(IST_BAD_POINTER, "ist_end_share: the struct is NULL");
    if (share->way == IST_SHARE_NONE)
        return IST_OK;
    enum ist_status status = struct_check("ist_share", share, sizeof(*share));
    if (status == IST_OK)
        status = check_way(share);
    if (status != IST_OK)
        return status;
    HANDLE handle = handle_of(share);
    bool ours = share->way != IST_SHARE_KMT && share->process == process_own();
    forget(share);
    if (ours)
        status = import_check_handle(handle);
    return ours && status == IST_OK ? interop_close(handle) : status;
}
