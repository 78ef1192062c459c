/* SPDX-License-Identifier: MIT */
/* The copies that programs call, but those whose one side is always an array: copy_array.c. */
#include "cuda/copy.h"
#include "cuda/device.h"
#include "cuda/error.h"
#include "cuda/istcu.h"

int istcu_memcpy(void *dst, const void *src, size_t count, int kind, void *stream, int async)
{
    struct cu_side to = {.ptr = dst}, from = {.ptr = src};
    struct cu_box box = {count, 1, 1};
    return cu_copy_run(&to, &from, &box, kind, stream, async);
}

/* One address space: the devices only have to exist. */
int istcu_memcpy_peer(void *dst, int dst_device, const void *src, int src_device, size_t count,
                      void *stream, int async)
{
    struct device *device;
    int code = cu_device_find(dst_device, &device);
    if (!code)
        code = cu_device_find(src_device, &device);
    return code ? code : istcu_memcpy(dst, src, count, CU_DEVICE_TO_DEVICE, stream, async);
}

int istcu_memcpy_2d(void *dst, size_t dst_pitch, const void *src, size_t src_pitch,
                    size_t width, size_t height, int kind, void *stream, int async)
{
    struct cu_side to = {.ptr = dst, .pitch = dst_pitch};
    struct cu_side from = {.ptr = src, .pitch = src_pitch};
    struct cu_box box = {width, height, 1};
    return cu_copy_run(&to, &from, &box, kind, stream, async);
}

/* An array's format; NULL for memory. The copy itself looks at the handle again. */
static int format_of(const void *array, const struct format **out)
{
    struct cu_array *a;
    *out = NULL;
    if (!array)
        return CUDA_SUCCESS;
    int code = cu_array_get(array, &a);
    if (code)
        return code;
    *out = a->format;
    cu_unref(&a->object);
    return CUDA_SUCCESS;
}

/* Both sides of a 3D copy count in elements of the array that takes part, if there is one. */
static int element_of(const struct istcu_memcpy3d *c, const struct format **dst,
                      const struct format **src, const struct format **out)
{
    int code = format_of(c->dst_array, dst);
    if (!code)
        code = format_of(c->src_array, src);
    if (code)
        return code;
    if (*dst && *src && (*dst)->block_bytes != (*src)->block_bytes)
        return cu_refuse(CUDA_ERROR_INVALID_VALUE,
                         "a copy from an array of %u bytes an element to one of %u",
                         (*src)->block_bytes, (*dst)->block_bytes);
    *out = *dst ? *dst : *src;
    return CUDA_SUCCESS;
}

/* Elements to bytes and rows of blocks; false on overflow. format NULL: bytes already. */
static bool to_bytes(const struct format *format, size_t *x, size_t *y)
{
    if (!format)
        return true;
    *x = (*x + format->block_width - 1) / format->block_width;
    *y = (*y + format->block_height - 1) / format->block_height;
    return !__builtin_mul_overflow(*x, (size_t)format->block_bytes, x);
}

/* False on overflow. */
static bool fill_side(struct cu_side *side, const void *array, const struct istcu_pitched *ptr,
                      const struct istcu_pos *pos, const struct format *format)
{
    *side = (struct cu_side){
        .is_array = array != NULL,
        .array = array,
        .ptr = ptr->ptr,
        .pitch = ptr->pitch,
        .x = pos->x,
        .y = pos->y,
        .z = pos->z,
    };
    return to_bytes(format, &side->x, &side->y) &&
           !__builtin_mul_overflow(ptr->pitch, ptr->ysize, &side->slice_pitch);
}

int istcu_memcpy_3d(const struct istcu_memcpy3d *copy, void *stream, int async)
{
    const struct format *dst, *src, *element = NULL;
    struct cu_side to, from;
    int code = cu_enter();
    if (code)
        return code;
    if (!copy)
        return cu_refuse(CUDA_ERROR_INVALID_VALUE, "cudaMemcpy3D: the parameters are NULL");
    if (!copy->dst_array == !copy->dst.ptr || !copy->src_array == !copy->src.ptr)
        return cu_refuse(CUDA_ERROR_INVALID_VALUE,
                         "cudaMemcpy3D: destination %s, source %s: each needs an array or a "
                         "pointer, not both",
                         copy->dst_array && copy->dst.ptr ? "both" : "one or none",
                         copy->src_array && copy->src.ptr ? "both" : "one or none");
    code = element_of(copy, &dst, &src, &element);
    if (code)
        return code;
    struct cu_box box = {copy->extent.width, copy->extent.height, copy->extent.depth};
    if (!to_bytes(element, &box.width, &box.height) ||
        !fill_side(&to, copy->dst_array, &copy->dst, &copy->dst_pos, dst) ||
        !fill_side(&from, copy->src_array, &copy->src, &copy->src_pos, src))
        return cu_refuse(CUDA_ERROR_INVALID_VALUE, "cudaMemcpy3D: the extents overflow");
    return cu_copy_run(&to, &from, &box, copy->kind, stream, async);
}
