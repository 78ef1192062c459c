/* SPDX-License-Identifier: MIT */
/*
 * Descriptions of resources: whether a program may have such a thing, and what it is in core's
 * terms. Pure: nothing is created here.
 */
#ifndef ISTHMUS_D3D11_DESC_H
#define ISTHMUS_D3D11_DESC_H

#include "d3d11/resource.h"

/* What the four descriptions have in common, read out once. */
struct d3d11_traits {
    D3D11_USAGE usage;
    UINT bind, cpu, misc;
    DXGI_FORMAT format; /* DXGI_FORMAT_UNKNOWN: a buffer */
    bool is_buffer;
};

struct d3d11_traits d3d11_desc_traits(const struct d3d11_desc *desc);

/* Usage, CPU access, bind and misc flags, against each other. `data`: initial data is there. */
enum ist_status d3d11_check_traits(const struct d3d11_traits *t, bool data) MUST_CHECK;

/* Sharing flags: table 1.1 of the facts, and what can never be shared. */
enum ist_status d3d11_check_sharing(const struct d3d11_device *device,
                                    const struct d3d11_desc *desc) MUST_CHECK;

/* The rest, by kind. */
enum ist_status d3d11_check_buffer(const struct d3d11_device *device,
                                   const D3D11_BUFFER_DESC *desc) MUST_CHECK;
enum ist_status d3d11_check_texture(const struct d3d11_device *device,
                                    const struct d3d11_desc *desc) MUST_CHECK;

/* What core needs; the description goes along. */
struct resource_desc d3d11_core_desc(const struct d3d11_desc *desc);

/* Core counted the levels: 0 becomes how many there are. */
void d3d11_desc_complete(struct d3d11_desc *desc, const struct layout *layout);

#define D3D11_MISC_ANY_SHARING                                                        \
    ((UINT)D3D11_RESOURCE_MISC_SHARED | (UINT)D3D11_RESOURCE_MISC_SHARED_KEYEDMUTEX | \
     (UINT)D3D11_RESOURCE_MISC_SHARED_NTHANDLE)

#endif
