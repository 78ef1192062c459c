/* SPDX-License-Identifier: MIT */
/*
 * What leads from a D3D11 object to its import: an NT handle, a name or a KMT number. The main
 * job needs none of it, ist_import_resource() finds its way; whoever goes each way does.
 */
#ifndef ISTHMUS_TOOLS_DEMO_SHARE_H
#define ISTHMUS_TOOLS_DEMO_SHARE_H

#include "demo/rig.h"

#include <isthmus/interop.h>

enum share_by { SHARE_BY_NT_HANDLE, SHARE_BY_NAME, SHARE_BY_KMT_HANDLE, SHARE_WAYS };

struct share {
    enum share_by by;
    HANDLE handle;  /* an NT handle is ours to close; a KMT number holds nothing */
    WCHAR name[64]; /* empty unless by name; lives as long as the handle */
};

const char *share_way(enum share_by by);
/* The MiscFlags with which a resource can be shared this way. */
UINT share_flags(enum share_by by, bool keyed_mutex);

bool share_resource(struct rig *rig, ID3D11Resource *resource, enum share_by by,
                    struct share *out);
bool share_fence(struct rig *rig, ID3D11Fence *fence, enum share_by by, struct share *out);
/* Of a handle that nobody has taken: the imports hold their objects by themselves. */
bool share_close(struct share *share);

/* Takes an NT handle that is not named, whatever comes of it. */
bool share_import(struct share *share, const struct ist_resource_desc *desc,
                  struct ist_resource *out);
bool share_import_fence(struct share *share, struct ist_fence *out);

#endif
