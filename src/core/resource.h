/* SPDX-License-Identifier: MIT */
/*
 * A buffer or texture: description, layout and memory. Its COM objects, handles, imports and
 * mappings all refer to this one thing. Nothing of it changes after creation but the bytes.
 */
#ifndef ISTHMUS_CORE_RESOURCE_H
#define ISTHMUS_CORE_RESOURCE_H

#include "core/device.h"
#include "core/kmutex.h"
#include "core/layout.h"
#include "core/object.h"

#define RESOURCE_CREATOR_BYTES 64
#define RESOURCE_GRANULARITY 65536U /* shareable memory is rounded up to it, as on Windows */

enum resource_sharing {
    SHARING_NONE,
    SHARING_KMT, /* by global number */
    SHARING_NT,  /* by NT handle and name */
};

struct resource_desc {
    struct layout_request shape;
    enum resource_sharing sharing;
    bool keyed_mutex;
    bool cube;          /* six slices that may be seen as a cube */
    bool render_target; /* the creator may render to it */
    bool host_access;   /* Map is for it: staging and dynamic resources */
    /* The creator's own description, kept verbatim for those who open the resource. */
    unsigned char creator[RESOURCE_CREATOR_BYTES];
};

struct resource {
    struct object object;
    struct device *device;
    struct resource_desc desc;
    const struct format *format; /* NULL for buffers */
    struct layout layout;
    struct memory memory;
    void *gpu;            /* the device's own, if it has gpu_ops */
    struct kmutex kmutex; /* only with desc.keyed_mutex */
};

/*
 * Zeroed, owned once as `first`. Shareable ones live in what other processes can open (a memfd,
 * exported memory of a GPU), others in private memory.
 */
enum ist_status resource_create(struct session *session, struct device *device,
                                const struct resource_desc *desc, enum holder first,
                                struct resource **out) FRONT_API(resource_create) MUST_CHECK;

/* What came from another process. -1: none. */
struct resource_fds {
    int payload, sync;
    uint64_t bytes; /* of the payload, as its sender says: not believed */
};

/*
 * The resource of another process, for parcel.c: computes everything again from `desc` and
 * refuses fds that do not fit. Takes both fds, whatever it answers. IST_BAD_PARCEL.
 */
enum ist_status resource_open(struct session *session, struct device *device,
                              const struct resource_desc *desc, struct resource_fds fds,
                              enum holder first, struct resource **out) MUST_CHECK;

struct resource *resource_from_object(struct object *object) FRONT_API(resource_from_object);

/* The largest size that an importer may name: the memory rounded up to the granularity. */
uint64_t resource_import_limit(const struct resource *resource)
    FRONT_API(resource_import_limit);

/* The address of the first byte of a subresource: on the cpu device, or with host_access. */
unsigned char *resource_address(const struct resource *resource, uint32_t level, uint32_t slice)
    FRONT_API(resource_address);

#endif
