/* SPDX-License-Identifier: MIT */
/*
 * Who may be shared, and how. SHARED and SHARED_KEYEDMUTEX exclude each other; SHARED_NTHANDLE
 * needs exactly one of them beside it, although CUDA's guide reads as if it stood alone.
 */
#include "d3d11/desc.h"

#define SHARED ((UINT)D3D11_RESOURCE_MISC_SHARED)
#define KEYED ((UINT)D3D11_RESOURCE_MISC_SHARED_KEYEDMUTEX)
#define NTHANDLE ((UINT)D3D11_RESOURCE_MISC_SHARED_NTHANDLE)
#define RESTRICT                                          \
    ((UINT)D3D11_RESOURCE_MISC_RESTRICT_SHARED_RESOURCE | \
     (UINT)D3D11_RESOURCE_MISC_RESTRICT_SHARED_RESOURCE_DRIVER)

static enum ist_status check_combination(UINT misc)
{
    if ((misc & (SHARED | KEYED)) == (SHARED | KEYED))
        return refuse(IST_BAD_ARG,
                      "MiscFlags 0x%x has SHARED and SHARED_KEYEDMUTEX: one of them is right",
                      misc);
    if (misc & NTHANDLE && !(misc & (SHARED | KEYED)))
        return refuse(IST_BAD_ARG,
                      "MiscFlags 0x%x has SHARED_NTHANDLE alone: it needs SHARED 0x2 or "
                      "SHARED_KEYEDMUTEX 0x100 beside it",
                      misc);
    if (misc & RESTRICT && !(misc & (SHARED | KEYED)))
        return refuse(IST_BAD_ARG, "MiscFlags 0x%x restricts a resource that is not shared",
                      misc);
    if (misc & KEYED && misc & D3D11_RESOURCE_MISC_GDI_COMPATIBLE)
        return refuse(IST_BAD_ARG,
                      "MiscFlags 0x%x has SHARED_KEYEDMUTEX and GDI_COMPATIBLE: not both",
                      misc);
    return IST_OK;
}

/* The documented list of what no device shares. */
static enum ist_status check_never(const struct d3d11_traits *t)
{
    if (t->usage != D3D11_USAGE_DEFAULT)
        return refuse(IST_BAD_ARG,
                      "MiscFlags 0x%x share a resource with Usage %u: USAGE_DEFAULT is right",
                      t->misc, t->usage);
    if (t->bind & D3D11_BIND_DEPTH_STENCIL)
        return refuse(IST_BAD_ARG,
                      "MiscFlags 0x%x share a texture with BIND_DEPTH_STENCIL: copy depth to a "
                      "colour format and share that",
                      t->misc);
    if (t->misc & D3D11_RESOURCE_MISC_TEXTURECUBE)
        return refuse(IST_BAD_ARG,
                      "MiscFlags 0x%x share a TEXTURECUBE: share an array of six slices, which "
                      "CUDA maps with cudaArrayCubemap",
                      t->misc);
    if (t->misc & D3D11_RESOURCE_MISC_RESOURCE_CLAMP)
        return refuse(IST_BAD_ARG,
                      "MiscFlags 0x%x share a texture with RESOURCE_CLAMP: leave "
                      "that flag out",
                      t->misc);
    return IST_OK;
}

enum ist_status d3d11_check_sharing(const struct d3d11_device *device,
                                    const struct d3d11_desc *desc)
{
    struct d3d11_traits t = d3d11_desc_traits(desc);
    enum ist_status status = check_combination(t.misc);
    if (status != IST_OK || !(t.misc & D3D11_MISC_ANY_SHARING))
        return status;
    if (d3d11_device_is_9(device))
        return refuse(IST_BAD_ARG,
                      "MiscFlags 0x%x: feature level 0x%x shares nothing, 0xa000 does", t.misc,
                      device->level);
    return check_never(&t);
}
