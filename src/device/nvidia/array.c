/* SPDX-License-Identifier: MIT */
/*
 * The arrays of a texture: of their own, or laid over memory that can leave the process. A
 * second process lays the same arrays over the same memory and finds the same bytes. Each step
 * notes in the resource what it made; surfaces come later, under nv->lock.
 */
#include "device/nvidia/nvidia.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static enum ist_status find_levels(struct nvidia *nv, struct nv_plane *plane)
{
    enum ist_status status = IST_OK;
    for (unsigned i = 0; i < plane->shape.levels && status == IST_OK; i++)
        status =
            NV_CALL(nv, "a level of a texture", array_level, &plane->level[i], plane->array, i);
    return status;
}

enum ist_status nv_arrays_create(struct nvidia *nv, struct nv_resource *res,
                                 const struct nv_shape *shape)
{
    enum ist_status status = IST_OK;
    for (unsigned i = 0; i < shape->planes && status == IST_OK; i++) {
        struct nv_plane *plane = &res->plane[i];
        plane->shape = shape->plane[i];
        status = NV_CALL(nv, "the array of a texture", array_create, &plane->array,
                         &plane->shape.desc, plane->shape.levels);
        if (status != IST_OK)
            plane->array = NULL;
        else
            status = find_levels(nv, plane);
        res->planes = i + 1;
    }
    return status;
}

/*
 * The driver takes the fd, and closes it even where it does not like what is behind it (999);
 * only for an argument that it does not like it leaves it open (H100, driver 580.159.04,
 * 2026-11-21).
 */
static enum ist_status import(struct nvidia *nv, struct nv_plane *plane, int fd, size_t size)
{
    int own = fcntl(fd, F_DUPFD_CLOEXEC, 3);
    if (own < 0)
        return refuse(IST_NO_RESOURCES, "cannot duplicate the fd of shareable memory: %s",
                      strerror(errno));
    CUDA_EXTERNAL_MEMORY_HANDLE_DESC desc = {
        .type = CU_EXTERNAL_MEMORY_HANDLE_TYPE_OPAQUE_FD,
        .handle.fd = own,
        .size = size,
    };
    CUresult result = driver.external_import(&plane->external, &desc);
    if (result == CUDA_SUCCESS)
        return IST_OK;
    plane->external = NULL;
    if (result != CUDA_ERROR_UNKNOWN)
        close(own);
    return nv_answer(nv, result, driver_names.external_import, "the memory of a texture");
}

/* IST_OK with *fits false: too large for the memory. */
static enum ist_status map_plane(struct nvidia *nv, struct nv_plane *plane, bool *fits)
{
    CUDA_EXTERNAL_MEMORY_MIPMAPPED_ARRAY_DESC desc = {
        .offset = plane->shape.offset,
        .arrayDesc = plane->shape.desc,
        .numLevels = plane->shape.levels,
    };
    CUresult result = driver.external_array(&plane->array, plane->external, &desc);
    if (result != CUDA_SUCCESS)
        plane->array = NULL;
    *fits = result != CUDA_ERROR_INVALID_VALUE;
    if (!*fits)
        return IST_OK;
    enum ist_status status =
        nv_answer(nv, result, driver_names.external_array, "the array of a texture");
    return status == IST_OK ? find_levels(nv, plane) : status;
}

/* Each plane gets the memory up to the next one: the driver checks that it stays there. */
enum ist_status nv_arrays_map(struct nvidia *nv, struct nv_resource *res,
                              const struct nv_shape *shape, int fd, size_t size, bool *fits)
{
    enum ist_status status = IST_OK;
    *fits = true;
    for (unsigned i = 0; i < shape->planes && status == IST_OK && *fits; i++) {
        struct nv_plane *plane = &res->plane[i];
        bool last = i + 1 == shape->planes;
        plane->shape = shape->plane[i];
        res->planes = i + 1;
        status = import(nv, plane, fd, last ? size : shape->plane[i + 1].offset);
        if (status == IST_OK)
            status = map_plane(nv, plane, fits);
    }
    return status;
}

static void release_plane(struct nv_plane *plane)
{
    for (unsigned i = 0; i < LAYOUT_MAX_LEVELS; i++) {
        if (load_relaxed(&plane->surface[i]))
            driver.surface_destroy(load_relaxed(&plane->surface[i]));
        store_relaxed(&plane->surface[i], 0);
    }
    if (plane->array)
        driver.array_destroy(plane->array);
    plane->array = NULL;
    if (plane->external)
        driver.external_destroy(plane->external);
    plane->external = NULL;
}

void nv_arrays_release(struct nv_resource *res)
{
    for (unsigned i = 0; i < res->planes; i++)
        release_plane(&res->plane[i]);
    res->planes = 0;
}

static CUsurfObject make_surface(struct nvidia *nv, CUarray array)
{
    struct nv_surface_desc desc = {.type = NV_RESOURCE_ARRAY, .array = array};
    CUsurfObject made = 0;
    if (NV_CALL(nv, "the clear of a texture", surface_create, &made, &desc) != IST_OK)
        return 0;
    return made;
}

CUsurfObject nv_plane_surface(struct nvidia *nv, struct nv_plane *plane, unsigned level)
{
    CUsurfObject surface = load_acquire(&plane->surface[level]);
    if (surface || !(plane->shape.desc.Flags & CUDA_ARRAY3D_SURFACE_LDST))
        return surface;
    pthread_mutex_lock(&nv->lock);
    surface = load_relaxed(&plane->surface[level]);
    if (!surface) {
        surface = make_surface(nv, plane->level[level]);
        atomic_store_explicit(&plane->surface[level], surface, memory_order_release);
    }
    pthread_mutex_unlock(&nv->lock);
    return surface;
}

uint64_t nvidia_plane_offset(const struct resource *r, unsigned plane)
{
    const struct nv_resource *res = r->gpu;
    return plane < res->planes ? res->plane[plane].shape.offset : 0;
}
