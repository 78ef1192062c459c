/* SPDX-License-Identifier: MIT */
/*
 * From a D3D11 object to its CUDA import: the handle or the name that leads from one side to
 * the other, and the descriptors that NVIDIA's guide gives for each of them.
 */
#ifndef ISTHMUS_TOOLS_DEMO_SHARE_H
#define ISTHMUS_TOOLS_DEMO_SHARE_H

#include "demo/rig.h"

#include <stdbool.h>

enum share_by { SHARE_BY_NT_HANDLE, SHARE_BY_NAME, SHARE_BY_KMT_HANDLE, SHARE_WAYS };

/* How an object is made known. A KMT handle holds nothing; an NT handle is ours to close. */
struct share {
    enum share_by by;
    HANDLE handle;
    WCHAR name[64]; /* empty unless by name */
};

const char *share_way(enum share_by by);

/* The MiscFlags with which a resource can be shared this way. */
UINT share_flags(enum share_by by, bool keyed_mutex);

bool share_resource(struct rig *rig, ID3D11Resource *resource, enum share_by by,
                    struct share *out);
bool share_fence(struct rig *rig, ID3D11Fence *fence, enum share_by by, struct share *out);
/* May be called as soon as the imports are made; they hold the object by themselves. */
bool share_close(struct share *share);

bool import_memory(const struct share *share, UINT64 size, cudaExternalMemory_t *out);
bool import_fence(const struct share *share, cudaExternalSemaphore_t *out);
bool import_keyed_mutex(const struct share *share, cudaExternalSemaphore_t *out);

#endif
