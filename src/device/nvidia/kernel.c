/* SPDX-License-Identifier: MIT */
/*
 * Our kernels: loaded once, before the context is published. Without them (an old GPU, no
 * compiler in the driver) the driver's copies do the same, three times as slowly.
 */
#include "device/nvidia/copy_ptx.h"
#include "device/nvidia/fill_ptx.h"
#include "device/nvidia/nvidia.h"

#include "base/log.h"

#include <stdio.h>
#include <string.h>

const char nv_kernel_text[] = PTX_HEADER FILL_ENTRIES COPY_ENTRIES;

static const char *const fill_names[NV_GEOMETRIES] = {
    [NV_1D] = "ist_fill_1d",
    [NV_2D] = "ist_fill_2d",
    [NV_3D] = "ist_fill_3d",
    [NV_1D_LAYERED] = "ist_fill_1d_layered",
    [NV_2D_LAYERED] = "ist_fill_2d_layered",
};

/* What is copied between: one dimension is not worth a kernel. */
static const char *const copy_names[NV_GEOMETRIES] = {
    [NV_2D] = "2d",
    [NV_3D] = "3d",
    [NV_2D_LAYERED] = "layered",
};

static enum ist_status find_copies(struct nvidia *nv)
{
    enum ist_status status = IST_OK;
    char name[40];
    for (unsigned i = 0; i < NV_GEOMETRIES * NV_GEOMETRIES && status == IST_OK; i++) {
        const char *from = copy_names[i / NV_GEOMETRIES], *to = copy_names[i % NV_GEOMETRIES];
        if (!from || !to)
            continue;
        snprintf(name, sizeof(name), "ist_copy_%s_%s", from, to);
        status = NV_CALL(nv, "copies between textures", module_function,
                         &nv->copy[i / NV_GEOMETRIES][i % NV_GEOMETRIES], nv->module, name);
    }
    return status;
}

static enum ist_status load(struct nvidia *nv)
{
    enum ist_status status =
        NV_CALL(nv, "the clear of textures", module_load, &nv->module, nv_kernel_text);
    if (status != IST_OK) {
        nv->module = NULL;
        return status;
    }
    for (unsigned i = 0; i < NV_GEOMETRIES && status == IST_OK; i++)
        status = NV_CALL(nv, "the clear of textures", module_function, &nv->fill[i], nv->module,
                         fill_names[i]);
    return status == IST_OK ? find_copies(nv) : status;
}

/* ISTHMUS_NVIDIA_CLEAR=copy or =kernel takes that way for all textures: for measuring. */
void nv_kernel_load(struct nvidia *nv)
{
    const char *way = getenv("ISTHMUS_NVIDIA_CLEAR");
    nv->linear_clears = !way || !*way;
    if (way && strcmp(way, "copy") == 0)
        return;
    if (load(nv) == IST_OK)
        return;
    if (nv->module)
        driver.module_unload(nv->module);
    nv->module = NULL;
    log_line(LOG_WARN, "device",
             "%s: textures are cleared and copied by the driver, which is slower: %s",
             nv->device.description, status_reason());
}

enum nv_geometry nv_plane_geometry(const struct nv_plane *plane)
{
    const CUDA_ARRAY3D_DESCRIPTOR *desc = &plane->shape.desc;
    bool layered = desc->Flags & CUDA_ARRAY3D_LAYERED;
    if (!desc->Height)
        return layered ? NV_1D_LAYERED : NV_1D;
    if (layered)
        return NV_2D_LAYERED;
    return desc->Depth ? NV_3D : NV_2D;
}

static unsigned blocks(uint32_t threads, uint32_t block)
{
    return (threads + block - 1) / block;
}

/* Eight warps beside each other, of four threads in eight rows; or one row (kernel_ptx.h). */
struct nv_grid nv_kernel_grid(uint32_t width, uint32_t height)
{
    if (height == 1)
        return (struct nv_grid){blocks(width, 256), 1, 256, 1, 1};
    return (struct nv_grid){blocks(width, 32), blocks(height, 8), 4, 8, 8};
}
