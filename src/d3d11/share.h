/* SPDX-License-Identifier: MIT */
/* What resources and fences have in common when they get a handle or are found by one. */
#ifndef ISTHMUS_D3D11_SHARE_H
#define ISTHMUS_D3D11_SHARE_H

#include "core/object.h"
#include "d3d11/d3d11.h"

/* What a handle must allow before a device opens what is behind it. */
#define D3D11_OPEN_ACCESS READ_CONTROL

/*
 * A new NT handle, with a name if that is not NULL. On failure *out stays as it is: the callers
 * have set it to NULL. A program's access bits become those of the object's kind.
 */
HRESULT d3d11_create_handle(struct object *object, const SECURITY_ATTRIBUTES *attributes,
                            DWORD access, const WCHAR *name, HANDLE *out);

#endif
