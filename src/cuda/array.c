/* SPDX-License-Identifier: MIT */
/*
 * Arrays that CUDA makes. They are core resources like D3D11's, so copies find both alike;
 * nothing of an array changes after its making.
 */
#include "cuda/array.h"

#include "core/session.h"
#include "cuda/device.h"
#include "cuda/error.h"
#include "cuda/format.h"
#include "cuda/stream.h"

#include <isthmus/cuda.h>

_Static_assert(sizeof(struct ist_array_view) == 56, "part of the ABI");
_Static_assert(offsetof(struct ist_array_view, element_bytes) == 48, "part of the ABI");

/* What arrays of CUDA's own making may have; D3D11's are checked in extmem_array.c. */
#define FLAGS_MADE                                                             \
    (CUDA_ARRAY3D_LAYERED | CUDA_ARRAY3D_SURFACE_LDST | CUDA_ARRAY3D_CUBEMAP | \
     CUDA_ARRAY3D_TEXTURE_GATHER | CUDA_ARRAY3D_DEPTH_TEXTURE | CUDA_ARRAY3D_COLOR_ATTACHMENT)
#define FLAGS_LATER (CUDA_ARRAY3D_SPARSE | CUDA_ARRAY3D_DEFERRED_MAPPING)

/* Only for objects that were found as CU_ARRAY. */
static struct cu_array *array_of(struct cu_object *object)
{
    return container_of(object, struct cu_array, object);
}

/* A level lets go of the whole, which has the hold on the resource. */
static void array_destroy(struct cu_object *object)
{
    struct cu_array *a = array_of(object);
    if (a->parent)
        cu_unref(&a->parent->object);
    else
        object_drop_by(&a->resource->object, a->holder, a);
    free(a);
}

int cu_array_get(const void *handle, struct cu_array **out)
{
    struct cu_object *object;
    int code = cu_handle_get(handle, CU_ARRAY, &object);
    if (code == CUDA_SUCCESS)
        *out = array_of(object);
    return code;
}

/* Rules of the documented flags; what is asked for together must make sense together. */
static int check_flags(const struct istcu_array_desc *d)
{
    bool cube = d->flags & CUDA_ARRAY3D_CUBEMAP, layered = d->flags & CUDA_ARRAY3D_LAYERED;
    if (d->flags & ~(unsigned)(FLAGS_MADE | FLAGS_LATER))
        return cu_refuse(CUDA_ERROR_INVALID_VALUE, "array flags 0x%x: only 0x%x are known",
                         d->flags, FLAGS_MADE | FLAGS_LATER);
    if (d->flags & FLAGS_LATER)
        return cu_refuse(CUDA_ERROR_NOT_SUPPORTED,
                         "array flags 0x%x: sparse and deferred arrays are not offered",
                         d->flags);
    if (cube && (d->width != d->height || d->depth % 6 || (!layered && d->depth != 6)))
        return cu_refuse(CUDA_ERROR_INVALID_VALUE,
                         "a cubemap of %zu x %zu x %zu: equal sides and a depth of 6 (a "
                         "multiple "
                         "of 6 if layered) are right",
                         d->width, d->height, d->depth);
    if (layered && !d->depth)
        return cu_refuse(CUDA_ERROR_INVALID_VALUE, "a layered array of depth 0: the depth "
                                                   "counts its layers");
    if (d->flags & CUDA_ARRAY3D_TEXTURE_GATHER && (!d->height || d->depth))
        return cu_refuse(CUDA_ERROR_INVALID_VALUE,
                         "texture gather needs a 2D array, not %zu x %zu x %zu", d->width,
                         d->height, d->depth);
    return CUDA_SUCCESS;
}

/* Only what fits core's 32 bits comes through; the limits themselves are core's to check. */
static int check_sides(const struct istcu_array_desc *d)
{
    bool layered = d->flags & (CUDA_ARRAY3D_LAYERED | CUDA_ARRAY3D_CUBEMAP);
    if (!d->width || d->width > UINT32_MAX || d->height > UINT32_MAX || d->depth > UINT32_MAX)
        return cu_refuse(CUDA_ERROR_INVALID_VALUE, "an array of %zu x %zu x %zu elements",
                         d->width, d->height, d->depth);
    if (!d->height && d->depth && !layered)
        return cu_refuse(CUDA_ERROR_INVALID_VALUE,
                         "depth %zu with height 0: a 1D array with layers needs the flag "
                         "layered",
                         d->depth);
    return CUDA_SUCCESS;
}

/* The shape that a descriptor asks core for; the texture's, however CUDA names its extents. */
static int array_shape(const struct istcu_array_desc *desc, unsigned levels,
                       struct layout_request *out, const struct format **format)
{
    const struct format *f;
    int code = cu_format_find(desc->format, desc->channels, &f);
    if (!code)
        code = check_sides(desc);
    if (!code)
        code = check_flags(desc);
    if (code)
        return code;
    bool layered = desc->flags & (CUDA_ARRAY3D_LAYERED | CUDA_ARRAY3D_CUBEMAP);
    bool deep = !layered && desc->depth > 1;
    *out = (struct layout_request){
        .dimension = deep           ? DIMENSION_3D
                     : desc->height ? DIMENSION_2D
                                    : DIMENSION_1D,
        .format = f->number,
        .width = desc->width,
        .height = desc->height ? (uint32_t)desc->height : 1,
        .depth = deep ? (uint32_t)desc->depth : 1,
        .levels = levels,
        .slices = layered ? (uint32_t)desc->depth : 1,
    };
    *format = f;
    return CUDA_SUCCESS;
}

/* More levels than there can be are brought down to the full chain, as CUDA does. */
int cu_array_make(const struct istcu_array_desc *desc, unsigned levels, struct resource **out,
                  const struct format **format)
{
    struct resource_desc wanted = {.sharing = SHARING_NONE};
    int code = array_shape(desc, levels, &wanted.shape, format);
    if (code)
        return code;
    struct layout_request *shape = &wanted.shape;
    uint32_t full = layout_full_chain((uint32_t)shape->width, shape->height, shape->depth);
    if (shape->levels > full)
        shape->levels = full;
    return cu_code(
        resource_create(session_default(), cu_device(), &wanted, HOLDER_IMPORT, out));
}

/* Counts what copies need to know; the texels of a level are those of the layout. */
static void measure(struct cu_array *a)
{
    const struct layout_level *level = &a->resource->layout.level[a->level];
    a->row_bytes = level->row_bytes;
    a->rows = level->rows;
    a->slices = level->depth > 1 ? level->depth : a->resource->layout.slices;
}

int cu_array_add(const struct cu_array *made, void **out)
{
    struct cu_array *a = malloc(sizeof(*a));
    if (!a)
        return cu_refuse(CUDA_ERROR_OUT_OF_MEMORY, "no memory to describe an array");
    *a = *made;
    cu_object_init(&a->object, CU_ARRAY, array_destroy);
    measure(a);
    if (!a->parent)
        live_name_holder(&a->resource->object, a->holder, a);
    void *handle = cu_handle_add(&a->object);
    if (!handle) {
        free(a);
        return cu_refuse(CUDA_ERROR_OUT_OF_MEMORY, "no further array: the table is full");
    }
    *out = handle;
    return CUDA_SUCCESS;
}

int istcu_array_create(void **out, const struct istcu_array_desc *desc)
{
    struct cu_array a = {.holder = HOLDER_IMPORT};
    int code = cu_enter();
    if (code)
        return code;
    if (!out || !desc)
        return cu_refuse_out("cudaMallocArray");
    code = cu_array_make(desc, 1, &a.resource, &a.format);
    if (code)
        return code;
    a.desc = *desc;
    code = cu_array_add(&a, out);
    if (code)
        object_drop(&a.resource->object, a.holder);
    return code;
}

int istcu_array_destroy(void *array)
{
    struct cu_object *object;
    int code = cu_enter();
    if (!code)
        code = cu_handle_remove(array, CU_ARRAY, &object);
    if (!code)
        cu_streams_retire(object);
    return code;
}

/* Also for host functions, which have to know what they work on. */
int istcu_array_info(const void *array, struct istcu_array_desc *out)
{
    struct cu_array *a;
    if (!out)
        return cu_refuse_out("cudaArrayGetInfo");
    int code = cu_array_get(array, &a);
    if (code)
        return code;
    *out = a->desc;
    cu_unref(&a->object);
    return CUDA_SUCCESS;
}

/* Ours among theirs: exported from here because only this library knows the handles. */
enum ist_status ist_cuda_array_view(const void *array, struct ist_array_view *out)
{
    struct cu_array *a;
    if (!out)
        return refuse(IST_BAD_POINTER, "ist_cuda_array_view: out is NULL");
    if (cu_array_get(array, &a) != CUDA_SUCCESS)
        return IST_BAD_HANDLE;
    const struct layout *layout = &a->resource->layout;
    const struct layout_level *level = &layout->level[a->level];
    *out = (struct ist_array_view){
        .data = resource_address(a->resource, a->level, 0) + a->first_row * level->row_pitch,
        .row_pitch = level->row_pitch,
        .slice_pitch = level->depth > 1 ? level->depth_pitch : layout->slice_stride,
        .width = a->desc.width,
        .height = a->desc.height ? a->desc.height : 1,
        .depth = a->slices,
        .element_bytes = a->format->block_bytes,
    };
    cu_unref(&a->object);
    return IST_OK;
}
