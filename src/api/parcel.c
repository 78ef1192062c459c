/* SPDX-License-Identifier: MIT */
/* The native doors: shared objects as fds, for programs with a socket of their own. */
#include "core/parcel.h"

#include "core/handle.h"
#include "core/session.h"

#include <unistd.h>

/* What a handle of the kind can be allowed at all; Windows' masks (src/win32/handle.c). */
#define ALL_OF_RESOURCE 0x1f0001U
#define ALL_OF_FENCE 0x1f0003U

enum ist_status ist_handle_export_fds(void *handle, int fds[IST_HANDLE_FDS], unsigned *count)
{
    struct object *object;
    struct parcel parcel;
    if (!fds || !count)
        return refuse(IST_BAD_POINTER, "exporting fds: %s is NULL", fds ? "count" : "fds");
    enum ist_status status =
        handle_get(session_default(), (uintptr_t)handle, OBJECT_ANY, 0, HOLDER_COM, &object);
    if (status != IST_OK)
        return status;
    status = parcel_make(object, &parcel);
    object_drop(object, HOLDER_COM);
    if (status == IST_OK)
        *count = parcel_to_fds(&parcel, fds);
    return status;
}

static void close_all(const int *fds, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        if (fds[i] >= 0)
            close(fds[i]);
}

/* Opened as the handle that it is to become. */
static enum ist_status open_handle(struct parcel *parcel, uint32_t *out)
{
    struct object *object;
    enum ist_status status = parcel_open(session_default(), parcel, HOLDER_HANDLE, &object);
    if (status != IST_OK)
        return status;
    uint32_t all = object->kind == OBJECT_FENCE ? ALL_OF_FENCE : ALL_OF_RESOURCE;
    return handle_open_shared(object, NULL, all, 0, out);
}

enum ist_status ist_handle_import_fds(const int *fds, unsigned count, void **handle)
{
    _cleanup_(parcel_close) struct parcel parcel;
    uint32_t value;
    parcel_init(&parcel);
    if (!fds)
        return refuse(IST_BAD_POINTER, "importing fds: fds is NULL");
    if (!handle || count > IST_HANDLE_FDS) {
        close_all(fds, count);
        return refuse(IST_BAD_ARG, "importing %u fds, handle %s: at most %d, and not NULL",
                      count, handle ? "given" : "NULL", IST_HANDLE_FDS);
    }
    parcel_from_fds(fds, count, &parcel);
    enum ist_status status = open_handle(&parcel, &value);
    if (status == IST_OK)
        *handle = (void *)(uintptr_t)value;
    return status;
}

enum ist_status ist_handle_close(void *handle)
{
    return handle_close(session_default(), (uintptr_t)handle);
}
