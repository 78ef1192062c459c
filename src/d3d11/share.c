/* SPDX-License-Identifier: MIT */
/* NT handles for what devices made: the same for resources and fences. */
#include "d3d11/share.h"

#include "d3d11/convert.h"
#include "win32/handle.h"
#include "win32/string.h"

HRESULT d3d11_create_handle(struct object *object, const SECURITY_ATTRIBUTES *attributes,
                            DWORD access, const WCHAR *name, HANDLE *out)
{
    _cleanup_(freep) char *utf8 = NULL;
    uint32_t value;
    if (!out)
        return d3d11_result(refuse(IST_BAD_POINTER, "CreateSharedHandle: the out pointer is "
                                                    "NULL"));
    enum ist_status status = win32_utf8_from_wide(name, &utf8);
    if (status == IST_OK)
        status = handle_create(object, utf8, win32_map_access(object->kind, access),
                               win32_handle_flags(attributes), &value);
    if (status == IST_OK)
        *out = win32_handle(value);
    return d3d11_result(status);
}
