/* SPDX-License-Identifier: MIT */
/* From a descriptor's handle or name to an object of core. No state. */
#include "cuda/external.h"

#include "core/handle.h"
#include "core/kmt.h"
#include "core/name.h"
#include "core/session.h"
#include "cuda/error.h"
#include "cuda/name.h"

/* The rules of the guide's struct comments, before anything is looked up. */
int cu_import_check(const struct cu_import *import)
{
    if (!import->handle && !import->name)
        return cu_refuse(CUDA_ERROR_INVALID_VALUE,
                         "handle and name are NULL; type %s takes %s: exactly one must be set",
                         import->type, import->by_kmt ? "a handle" : "a handle or a name");
    if (import->by_kmt && import->name)
        return cu_refuse(CUDA_ERROR_INVALID_VALUE,
                         "name is set; type %s takes a global (KMT) handle, which has no name: "
                         "win32.name must be NULL, or the type %s",
                         import->type, import->other);
    if (import->handle && import->name)
        return cu_refuse(CUDA_ERROR_INVALID_VALUE,
                         "handle %p and a name are both set; type %s takes exactly one of "
                         "them: clear the other",
                         import->handle, import->type);
    return CUDA_SUCCESS;
}

/* A name opens an owner of its own, so there is nothing for the program to close. */
static int open_by_name(const struct cu_import *import, struct object **out)
{
    _cleanup_(freep) char *name = NULL;
    enum ist_status status = cu_name_decode(import->name, &name);
    if (status == IST_OK)
        status = name_get(session_default(), name, import->kind, HOLDER_IMPORT, out);
    return cu_code(status);
}

/* What a type takes, for the end of a sentence. */
static const char *wanted_handle(const struct cu_import *import)
{
    if (import->by_kmt)
        return "a global (KMT) handle from GetSharedHandle";
    return import->kind == OBJECT_FENCE ? "an NT handle from ID3D11Fence::CreateSharedHandle"
                                        : "an NT handle from CreateSharedHandle";
}

/* The two kinds of handles are easily confused, and the right type is a matter of one word. */
static int check_handle_kind(const struct cu_import *import)
{
    unsigned long long value = (uintptr_t)import->handle;
    bool kmt = kmt_looks_like(value), nt = value < 1U << 30 && value % 4 == 0;
    if (kmt == import->by_kmt && (kmt || nt))
        return CUDA_SUCCESS;
    if (!kmt && !nt)
        return cu_refuse(CUDA_ERROR_INVALID_HANDLE,
                         "handle 0x%llx is neither an NT handle nor a global (KMT) handle; "
                         "type %s takes %s",
                         value, import->type, wanted_handle(import));
    if (import->kind == OBJECT_FENCE)
        return cu_refuse(CUDA_ERROR_INVALID_HANDLE,
                         "handle 0x%llx is a global (KMT) handle; type %s takes %s: fences "
                         "have no other (that of a keyed mutex is imported as KeyedMutexKmt)",
                         value, import->type, wanted_handle(import));
    return cu_refuse(CUDA_ERROR_INVALID_HANDLE,
                     "handle 0x%llx %s handle; type %s takes %s: use %s", value,
                     kmt ? "is a global (KMT)" : "looks like an NT", import->type,
                     wanted_handle(import), import->other);
}

/* How an object is imported, for those who have the handle of another kind. */
static const char *imported_as(enum object_kind kind)
{
    switch (kind) {
    case OBJECT_RESOURCE:
        return "resources are imported as memory (D3D11Resource), and as KeyedMutex if they "
               "have "
               "one";
    case OBJECT_FENCE:
        return "fences are imported with cudaImportExternalSemaphore as D3D11Fence";
    case OBJECT_EVENT: return "events cannot be imported";
    default: return "it cannot be imported";
    }
}

/* Asked before the hold is taken, because this front knows what would be right. */
static int check_object_kind(const struct cu_import *import)
{
    struct handle_info info;
    unsigned long long value = (uintptr_t)import->handle;
    enum ist_status status = handle_query(session_default(), value, &info);
    if (status != IST_OK)
        return cu_code(status);
    if (info.kind == import->kind)
        return CUDA_SUCCESS;
    return cu_refuse(CUDA_ERROR_INVALID_HANDLE,
                     "handle 0x%llx is of %s; type %s takes %s of %s: %s", value,
                     object_kind_name(info.kind), import->type, wanted_handle(import),
                     object_kind_name(import->kind), imported_as(info.kind));
}

/* No right is asked for: CUDA's side reads and writes whatever D3D11 shared. */
int cu_import_open(const struct cu_import *import, struct object **out)
{
    if (import->name)
        return open_by_name(import, out);
    int code = check_handle_kind(import);
    if (!code && !import->by_kmt)
        code = check_object_kind(import);
    if (code)
        return code;
    uint64_t value = (uintptr_t)import->handle;
    struct session *session = session_default();
    return cu_code(import->by_kmt
                       ? kmt_get(session, value, import->kind, HOLDER_IMPORT, out)
                       : handle_get(session, value, import->kind, 0, HOLDER_IMPORT, out));
}

int cu_refuse_reserved(const unsigned *reserved)
{
    unsigned i = 0;
    while (!reserved[i])
        i++;
    return cu_refuse(CUDA_ERROR_INVALID_VALUE,
                     "reserved[%u] is 0x%x: it must be 0 (clear the whole struct first)", i,
                     reserved[i]);
}
