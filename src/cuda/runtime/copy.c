/* SPDX-License-Identifier: MIT */
/*
 * Every form of copy. Each line gives a name of CUDA's the core function of the same shape.
 *
 * Units are CUDA's and differ between the families: where an array takes part in a 3D copy,
 * positions and widths count elements; the functions of rectangles and runs count bytes.
 * Nothing is checked here: the core knows what lies behind the pointers.
 */
#include "cuda/runtime/runtime.h"

static struct istcu_pos pos(struct cudaPos p)
{
    return (struct istcu_pos){p.x, p.y, p.z};
}

/* A NULL description is handed on, so that there is one place that explains it. */
static int memcpy_3d(const struct cudaMemcpy3DParms *p, void *stream, int async)
{
    if (!p)
        return istcu_memcpy_3d(NULL, stream, async);
    struct istcu_memcpy3d copy = {
        .src_array = p->srcArray,
        .src_pos = pos(p->srcPos),
        .src = rt_pitched(p->srcPtr),
        .dst_array = p->dstArray,
        .dst_pos = pos(p->dstPos),
        .dst = rt_pitched(p->dstPtr),
        .extent = rt_extent(p->extent),
        .kind = (int)p->kind,
    };
    return istcu_memcpy_3d(&copy, stream, async);
}

/* Between devices the direction follows from the places; the devices only have to exist. */
static int memcpy_3d_peer(const struct cudaMemcpy3DPeerParms *p, void *stream, int async)
{
    struct istcu_device_facts facts;
    if (!p)
        return istcu_memcpy_3d(NULL, stream, async);
    int code = istcu_device_facts(p->srcDevice, &facts);
    if (!code)
        code = istcu_device_facts(p->dstDevice, &facts);
    if (code)
        return code;
    struct cudaMemcpy3DParms copy = {
        .srcArray = p->srcArray,
        .srcPos = p->srcPos,
        .srcPtr = p->srcPtr,
        .dstArray = p->dstArray,
        .dstPos = p->dstPos,
        .dstPtr = p->dstPtr,
        .extent = p->extent,
        .kind = cudaMemcpyDefault,
    };
    return memcpy_3d(&copy, stream, async);
}

/* Linear memory. */

RT_SYNC(cudaMemcpy, istcu_memcpy,
        (void *dst, const void *src, size_t count, enum cudaMemcpyKind kind), dst, src, count,
        (int)kind)

RT_ASYNC(cudaMemcpyAsync, istcu_memcpy,
         (void *dst, const void *src, size_t count, enum cudaMemcpyKind kind,
          cudaStream_t stream),
         dst, src, count, (int)kind)

RT_SYNC(cudaMemcpy2D, istcu_memcpy_2d,
        (void *dst, size_t dpitch, const void *src, size_t spitch, size_t width, size_t height,
         enum cudaMemcpyKind kind),
        dst, dpitch, src, spitch, width, height, (int)kind)

RT_ASYNC(cudaMemcpy2DAsync, istcu_memcpy_2d,
         (void *dst, size_t dpitch, const void *src, size_t spitch, size_t width, size_t height,
          enum cudaMemcpyKind kind, cudaStream_t stream),
         dst, dpitch, src, spitch, width, height, (int)kind)

/* Boxes, of memory or of arrays on either side. */

RT_SYNC(cudaMemcpy3D, memcpy_3d, (const struct cudaMemcpy3DParms *p), p)
RT_ASYNC(cudaMemcpy3DAsync, memcpy_3d, (const struct cudaMemcpy3DParms *p, cudaStream_t stream),
         p)
RT_SYNC(cudaMemcpy3DPeer, memcpy_3d_peer, (const struct cudaMemcpy3DPeerParms *p), p)
RT_ASYNC(cudaMemcpy3DPeerAsync, memcpy_3d_peer,
         (const struct cudaMemcpy3DPeerParms *p, cudaStream_t stream), p)

/* Arrays, rectangles of them. */

RT_SYNC(cudaMemcpy2DToArray, istcu_memcpy_2d_to_array,
        (cudaArray_t dst, size_t wOffset, size_t hOffset, const void *src, size_t spitch,
         size_t width, size_t height, enum cudaMemcpyKind kind),
        dst, wOffset, hOffset, src, spitch, width, height, (int)kind)

RT_ASYNC(cudaMemcpy2DToArrayAsync, istcu_memcpy_2d_to_array,
         (cudaArray_t dst, size_t wOffset, size_t hOffset, const void *src, size_t spitch,
          size_t width, size_t height, enum cudaMemcpyKind kind, cudaStream_t stream),
         dst, wOffset, hOffset, src, spitch, width, height, (int)kind)

RT_SYNC(cudaMemcpy2DFromArray, istcu_memcpy_2d_from_array,
        (void *dst, size_t dpitch, cudaArray_const_t src, size_t wOffset, size_t hOffset,
         size_t width, size_t height, enum cudaMemcpyKind kind),
        dst, dpitch, src, wOffset, hOffset, width, height, (int)kind)

RT_ASYNC(cudaMemcpy2DFromArrayAsync, istcu_memcpy_2d_from_array,
         (void *dst, size_t dpitch, cudaArray_const_t src, size_t wOffset, size_t hOffset,
          size_t width, size_t height, enum cudaMemcpyKind kind, cudaStream_t stream),
         dst, dpitch, src, wOffset, hOffset, width, height, (int)kind)

RT_SYNC(cudaMemcpy2DArrayToArray, istcu_memcpy_2d_array_to_array,
        (cudaArray_t dst, size_t wOffsetDst, size_t hOffsetDst, cudaArray_const_t src,
         size_t wOffsetSrc, size_t hOffsetSrc, size_t width, size_t height,
         enum cudaMemcpyKind kind),
        dst, wOffsetDst, hOffsetDst, src, wOffsetSrc, hOffsetSrc, width, height, (int)kind)

/* Arrays, runs of bytes over the ends of rows: the old forms. */

RT_SYNC(cudaMemcpyToArray, istcu_memcpy_to_array,
        (cudaArray_t dst, size_t wOffset, size_t hOffset, const void *src, size_t count,
         enum cudaMemcpyKind kind),
        dst, wOffset, hOffset, src, count, (int)kind)

RT_ASYNC(cudaMemcpyToArrayAsync, istcu_memcpy_to_array,
         (cudaArray_t dst, size_t wOffset, size_t hOffset, const void *src, size_t count,
          enum cudaMemcpyKind kind, cudaStream_t stream),
         dst, wOffset, hOffset, src, count, (int)kind)

RT_SYNC(cudaMemcpyFromArray, istcu_memcpy_from_array,
        (void *dst, cudaArray_const_t src, size_t wOffset, size_t hOffset, size_t count,
         enum cudaMemcpyKind kind),
        dst, src, wOffset, hOffset, count, (int)kind)

RT_ASYNC(cudaMemcpyFromArrayAsync, istcu_memcpy_from_array,
         (void *dst, cudaArray_const_t src, size_t wOffset, size_t hOffset, size_t count,
          enum cudaMemcpyKind kind, cudaStream_t stream),
         dst, src, wOffset, hOffset, count, (int)kind)

RT_SYNC(cudaMemcpyArrayToArray, istcu_memcpy_array_to_array,
        (cudaArray_t dst, size_t wOffsetDst, size_t hOffsetDst, cudaArray_const_t src,
         size_t wOffsetSrc, size_t hOffsetSrc, size_t count, enum cudaMemcpyKind kind),
        dst, wOffsetDst, hOffsetDst, src, wOffsetSrc, hOffsetSrc, count, (int)kind)

/* Between devices: these two have no per-thread form in CUDA either. */

cudaError_t cudaMemcpyPeer(void *dst, int dstDevice, const void *src, int srcDevice,
                           size_t count)
{
    return rt_done(istcu_memcpy_peer(dst, dstDevice, src, srcDevice, count, NULL, 0));
}

cudaError_t cudaMemcpyPeerAsync(void *dst, int dstDevice, const void *src, int srcDevice,
                                size_t count, cudaStream_t stream)
{
    return rt_done(istcu_memcpy_peer(dst, dstDevice, src, srcDevice, count, stream, 1));
}
