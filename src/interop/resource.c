/* SPDX-License-Identifier: MIT */
/*
 * Resources: imported from the object itself, by handle, number or name, and released. Here is
 * decided who closes what; how CUDA is asked is in import.c.
 */
#include "interop/com.h"
#include "interop/import.h"
#include "interop/imports.h"

#include "api/structs.h"

_Static_assert(sizeof(struct ist_resource_desc) == 64, "part of the ABI");
_Static_assert(offsetof(struct ist_resource_desc, width) == 8, "part of the ABI");
_Static_assert(offsetof(struct ist_resource_desc, luid) == 48, "part of the ABI");
_Static_assert(sizeof(struct ist_import_options) == 24, "part of the ABI");
_Static_assert(offsetof(struct ist_import_options, size) == 16, "part of the ABI");
_Static_assert(sizeof(struct ist_resource) == 160, "part of the ABI");
_Static_assert(offsetof(struct ist_resource, memory) == 16, "part of the ABI");
_Static_assert(offsetof(struct ist_resource, pointer) == 40, "part of the ABI");
_Static_assert(offsetof(struct ist_resource, desc) == 96, "part of the ABI");

enum ist_status ist_describe_resource(ID3D11Resource *resource, struct ist_resource_desc *out)
{
    struct ist_resource_desc desc;
    enum ist_status status = struct_check("ist_resource_desc", out, sizeof(*out));
    if (status == IST_OK)
        status = com_describe(resource, &desc);
    if (status != IST_OK)
        return status;
    desc.struct_size = out->struct_size;
    *out = desc;
    return IST_OK;
}

/* A handle of our own: made here, closed here, whatever comes of the import. */
static enum ist_status import_by_new_handle(const struct import *p, ID3D11Resource *resource,
                                            struct ist_resource *out)
{
    struct source source = {0};
    if (!p->calls->CloseHandle)
        return refuse(IST_NOT_SUPPORTED, "an NT handle would be made, but nothing here has "
                                         "CloseHandle(): link libisthmus-d3d11");
    enum ist_status status = com_resource_handle(resource, NULL, &source.handle);
    if (status != IST_OK)
        return status;
    status = import_resource(p, &source, out);
    return import_close_taken(source.handle, status);
}

static enum ist_status import_by_number(const struct import *p, ID3D11Resource *resource,
                                        struct ist_resource *out)
{
    struct source source = {0};
    enum ist_status status = com_resource_number(resource, &source.number);
    return status == IST_OK ? import_resource(p, &source, out) : status;
}

enum ist_status ist_import_resource(ID3D11Resource *resource,
                                    const struct ist_import_options *options,
                                    struct ist_resource *out)
{
    struct ist_resource_desc desc;
    struct import prepared;
    enum ist_status status = com_describe(resource, &desc);
    if (status == IST_OK)
        status = import_prepare(&desc, options, out, &prepared);
    if (status != IST_OK)
        return status;
    return prepared.shape.family == HANDLES_NT ? import_by_new_handle(&prepared, resource, out)
                                               : import_by_number(&prepared, resource, out);
}

/* The description says which family the creator chose; the caller's must be that one. */
static enum ist_status check_family(const struct import *p, enum family family,
                                    const char *function)
{
    if (p->shape.family == family)
        return IST_OK;
    return refuse(IST_WRONG_TYPE,
                  "%s: MiscFlags 0x%x of the description %s SHARED_NTHANDLE (0x800), so the "
                  "resource has %s",
                  function, (unsigned)p->desc.misc_flags,
                  family == HANDLES_NT ? "lack" : "have",
                  family == HANDLES_NT ? "a KMT number: ist_import_kmt_borrow()"
                                       : "NT handles: ist_import_handle_borrow() or _take()");
}

enum ist_status ist_import_handle_borrow(void *handle, const struct ist_resource_desc *desc,
                                         const struct ist_import_options *options,
                                         struct ist_resource *out)
{
    struct import prepared;
    struct source source = {.handle = handle};
    enum ist_status status = import_check_handle(handle);
    if (status == IST_OK)
        status = import_prepare(desc, options, out, &prepared);
    if (status == IST_OK)
        status = check_family(&prepared, HANDLES_NT, "an NT handle");
    return status == IST_OK ? import_resource(&prepared, &source, out) : status;
}

enum ist_status ist_import_handle_take(void *handle, const struct ist_resource_desc *desc,
                                       const struct ist_import_options *options,
                                       struct ist_resource *out)
{
    enum ist_status status = import_check_handle(handle);
    if (status != IST_OK)
        return status; /* closing it could hit a handle of somebody else */
    status = ist_import_handle_borrow(handle, desc, options, out);
    return import_close_taken(handle, status);
}

enum ist_status ist_import_kmt_borrow(void *number, const struct ist_resource_desc *desc,
                                      const struct ist_import_options *options,
                                      struct ist_resource *out)
{
    struct import prepared;
    struct source source = {.number = number};
    enum ist_status status = import_check_number(number);
    if (status == IST_OK)
        status = import_prepare(desc, options, out, &prepared);
    if (status == IST_OK)
        status = check_family(&prepared, HANDLES_KMT, "a KMT number");
    return status == IST_OK ? import_resource(&prepared, &source, out) : status;
}

enum ist_status ist_import_name_borrow(const wchar_t *name,
                                       const struct ist_resource_desc *desc,
                                       const struct ist_import_options *options,
                                       struct ist_resource *out)
{
    struct import prepared;
    struct source source = {.name = name};
    enum ist_status status = import_check_name(name);
    if (status == IST_OK)
        status = import_prepare(desc, options, out, &prepared);
    if (status == IST_OK)
        status = check_family(&prepared, HANDLES_NT, "a name");
    return status == IST_OK ? import_resource(&prepared, &source, out) : status;
}

/* NVIDIA's driver frees on the current device; Isthmus's objects know theirs. */
static enum ist_status check_release_device(const struct interop_calls *calls, int32_t device)
{
    CUdevice current = 0;
    enum ist_status status = interop_current_device(calls, &current);
    if (status == IST_OK && current != device)
        return refuse(IST_WRONG_DEVICE,
                      "the import is of CUDA device %d, the current one is %d: set it back "
                      "before the release",
                      (int)device, (int)current);
    return status;
}

/* Said last, so that it is the reason that stands. */
static enum ist_status tell_held(const struct ist_resource *r)
{
    return refuse(IST_ABANDONED,
                  "import %llu was released while it held its keyed mutex: all others get it "
                  "as abandoned; ist_keyed_mutex_release() comes first",
                  (unsigned long long)r->id);
}

enum ist_status ist_release_resource(struct ist_resource *resource)
{
    const struct interop_calls *calls;
    bool held = false;
    if (!resource)
        return refuse(IST_BAD_POINTER, "ist_release_resource: the struct is NULL");
    if (!resource->id)
        return IST_OK;
    enum ist_status status = imports_check(IMPORT_RESOURCE, resource->id);
    if (status == IST_OK)
        status = interop_calls_get(&calls);
    if (status == IST_OK)
        status = check_release_device(calls, resource->device);
    if (status == IST_OK)
        status = imports_remove(IMPORT_RESOURCE, resource->id, &held);
    if (status != IST_OK)
        return status;
    struct ist_resource ended = *resource;
    *resource = (struct ist_resource){.struct_size = ended.struct_size};
    status = import_end(calls, &ended);
    return status == IST_OK && held ? tell_held(&ended) : status;
}
