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
                         "type %s: handle and name are NULL: exactly one must be set",
                         import->type);
    if (import->by_kmt && import->name)
        return cu_refuse(CUDA_ERROR_INVALID_VALUE,
                         "type %s: name is set: KMT handles have no name, win32.name must be "
                         "NULL",
                         import->type);
    if (import->handle && import->name)
        return cu_refuse(CUDA_ERROR_INVALID_VALUE,
                         "type %s: handle %p and a name: exactly one must be set", import->type,
                         import->handle);
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

/* The two kinds of handles are easily confused, and the right type is a matter of one word. */
static int check_handle_kind(const struct cu_import *import)
{
    uint64_t value = (uintptr_t)import->handle;
    bool kmt = kmt_looks_like(value), nt = value < 1U << 30 && value % 4 == 0;
    if (kmt == import->by_kmt)
        return CUDA_SUCCESS;
    if (!kmt && !nt)
        return cu_refuse(CUDA_ERROR_INVALID_HANDLE,
                         "type %s: handle %p is neither a global (KMT) handle from "
                         "GetSharedHandle nor an NT handle",
                         import->type, import->handle);
    if (import->kind == OBJECT_FENCE)
        return cu_refuse(CUDA_ERROR_INVALID_HANDLE,
                         "type %s: handle %p is a global (KMT) handle, which fences do not "
                         "have; that of a keyed mutex is imported as KeyedMutexKmt",
                         import->type, import->handle);
    return cu_refuse(CUDA_ERROR_INVALID_HANDLE,
                     "type %s: handle %p is %s: %s is the type for those", import->type,
                     import->handle,
                     kmt ? "a global (KMT) handle from GetSharedHandle"
                         : "no global (KMT) handle, but looks like an NT handle",
                     import->other);
}

/* No right is asked for: CUDA's side reads and writes whatever D3D11 shared. */
int cu_import_open(const struct cu_import *import, struct object **out)
{
    if (import->name)
        return open_by_name(import, out);
    int code = check_handle_kind(import);
    if (code)
        return code;
    uint64_t value = (uintptr_t)import->handle;
    struct session *session = session_default();
    return cu_code(import->by_kmt
                       ? kmt_get(session, value, import->kind, HOLDER_IMPORT, out)
                       : handle_get(session, value, import->kind, 0, HOLDER_IMPORT, out));
}

int cu_check_reserved(const unsigned *reserved, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        if (reserved[i])
            return cu_refuse(CUDA_ERROR_INVALID_VALUE,
                             "reserved[%u] is 0x%x: it must be 0 (clear the whole struct "
                             "first)",
                             i, reserved[i]);
    return CUDA_SUCCESS;
}
