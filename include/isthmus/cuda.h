/* SPDX-License-Identifier: MIT */
/**
 * What a host function needs on the cpu device, where no CUDA kernel runs: the memory of an
 * array. Exported by libisthmus-cuda, which every stand-in runtime is built on.
 */
#ifndef ISTHMUS_CUDA_H
#define ISTHMUS_CUDA_H

#include <isthmus/isthmus.h>

#ifdef __cplusplus
extern "C" {
#endif

/** The memory of one CUDA array. Sizes and pitches in bytes, extents in elements. */
struct ist_array_view {
    void *data;             /**< first element; borrowed, valid until the array is freed */
    size_t row_pitch;       /**< from one row to the next */
    size_t slice_pitch;     /**< from one depth slice or layer to the next */
    size_t width;           /**< at least 1 */
    size_t height;          /**< at least 1; 1 for a 1D array */
    size_t depth;           /**< depth of a 3D array, layers of a layered one, else 1 */
    unsigned element_bytes; /**< size of one element */
};

/**
 * Looks at the memory of an array as a host function may read and write it: the very bytes that
 * D3D11 and copies see.
 * @array  A cudaArray_t (or CUarray), also one level of a mapped mipmapped array. Borrowed.
 * @out    Filled; untouched on failure.
 * IST_BAD_POINTER: @out is NULL. IST_BAD_HANDLE: no live array. IST_NOT_SUPPORTED: the array is
 * on a device whose memory the host does not see.
 * Any thread, host functions included. Never blocks: the caller keeps stream order.
 */
IST_API enum ist_status ist_cuda_array_view(const void *array, struct ist_array_view *out);

#ifdef __cplusplus
}
#endif

#endif
