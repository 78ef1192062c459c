/* SPDX-License-Identifier: MIT */
/* Arrays and mipmapped arrays. */
#include "cuda/runtime/runtime.h"

/* Only the runtime has descriptors to forget, so the core could not tell this apart. */
static cudaError_t no_format(const char *call)
{
    return rt_refuse(IST_BAD_POINTER, "%s: the channel descriptor is NULL", call);
}

/* A format that cannot be expressed answers 20 before anything else is looked at (measured). */
static cudaError_t array_create(cudaArray_t *array, const struct cudaChannelFormatDesc *format,
                                struct cudaExtent extent, unsigned flags)
{
    struct istcu_array_desc desc;
    int code = rt_array_desc(&desc, format, extent, flags);
    return rt_done(code ? code : istcu_array_create((void **)array, &desc));
}

/* Height 0 makes it one-dimensional; this form has no third dimension to give. */
cudaError_t cudaMallocArray(cudaArray_t *array, const struct cudaChannelFormatDesc *desc,
                            size_t width, size_t height, unsigned int flags)
{
    struct cudaExtent extent = {width, height, 0};
    return desc ? array_create(array, desc, extent, flags) : no_format(__func__);
}

cudaError_t cudaMalloc3DArray(cudaArray_t *array, const struct cudaChannelFormatDesc *desc,
                              struct cudaExtent extent, unsigned int flags)
{
    return desc ? array_create(array, desc, extent, flags) : no_format(__func__);
}

/* More levels than the extent allows are no mistake: the core brings the number down. */
cudaError_t cudaMallocMipmappedArray(cudaMipmappedArray_t *mipmappedArray,
                                     const struct cudaChannelFormatDesc *desc,
                                     struct cudaExtent extent, unsigned int numLevels,
                                     unsigned int flags)
{
    struct istcu_array_desc array;
    if (!desc)
        return no_format(__func__);
    int code = rt_array_desc(&array, desc, extent, flags);
    return rt_done(code ? code
                        : istcu_mipmapped_create((void **)mipmappedArray, &array, numLevels));
}

/* Freeing nothing succeeds, unlike in the driver API. */
cudaError_t cudaFreeArray(cudaArray_t array)
{
    return rt_done(array ? istcu_array_destroy(array) : 0);
}

cudaError_t cudaFreeMipmappedArray(cudaMipmappedArray_t mipmappedArray)
{
    return rt_done(mipmappedArray ? istcu_mipmapped_destroy(mipmappedArray) : 0);
}

/* The level lives as long as the whole and is not freed by itself. */
cudaError_t cudaGetMipmappedArrayLevel(cudaArray_t *levelArray,
                                       cudaMipmappedArray_const_t mipmappedArray,
                                       unsigned int level)
{
    return rt_done(istcu_mipmapped_level((void **)levelArray, mipmappedArray, level));
}

/* Any of the three outs may be NULL: NVIDIA's runtime leaves out what is not asked for. */
cudaError_t cudaArrayGetInfo(struct cudaChannelFormatDesc *desc, struct cudaExtent *extent,
                             unsigned int *flags, cudaArray_t array)
{
    struct istcu_array_desc found;
    int code = istcu_array_info(array, &found);
    if (code)
        return rt_done(code);
    if (desc) {
        struct istcu_channels bits;
        code = istcu_channels_from_format(found.format, found.channels, &bits);
        if (code)
            return rt_done(code);
        *desc = cudaCreateChannelDesc(bits.x, bits.y, bits.z, bits.w,
                                      (enum cudaChannelFormatKind)bits.kind);
    }
    if (extent)
        *extent = (struct cudaExtent){found.width, found.height, found.depth};
    if (flags)
        *flags = found.flags;
    return rt_done(0);
}

cudaError_t cudaGetChannelDesc(struct cudaChannelFormatDesc *desc, cudaArray_const_t array)
{
    if (!desc)
        return no_format(__func__);
    /* CUDA declares the two questions with different types; neither writes to the array. */
    return cudaArrayGetInfo(desc, NULL, NULL, (cudaArray_t)array);
}

/* Checks nothing, as in CUDA: whoever uses the result does. */
struct cudaChannelFormatDesc cudaCreateChannelDesc(int x, int y, int z, int w,
                                                   enum cudaChannelFormatKind f)
{
    return (struct cudaChannelFormatDesc){x, y, z, w, f};
}
