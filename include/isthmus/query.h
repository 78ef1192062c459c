/* SPDX-License-Identifier: MIT */
/**
 * Questions about formats and layouts that have an answer without any device: what a texel is
 * made of, how CUDA names it, how many bytes a texture has and where each subresource begins.
 *
 * Plain C on every platform: formats and dimensions are the numbers of Microsoft's headers
 * (DXGI_FORMAT, D3D11_RESOURCE_DIMENSION), kinds and array formats those of NVIDIA's
 * (cudaChannelFormatKind, CUarray_format), and neither's headers are needed.
 *
 * For every function here:
 * - Units: sizes, pitches and offsets are bytes; width, height and depth are texels (bytes for
 *   buffers); bits are bits of one channel.
 * - Ownership: pointers are borrowed for the call, nothing is allocated.
 * - Errors: on failure the out parameter is untouched and ist_explain() says why.
 *   IST_BAD_POINTER: a pointer is NULL. IST_BAD_ARG: struct_size is not set (the _INIT macros
 *   set it), or what the function names. IST_BAD_FORMAT: no format has that number, or the
 *   format cannot do this; the explanation says which and what can be done instead.
 * - Threads: any, at the same time. Never blocks, makes no system call.
 *
 * isthmus.h includes this file.
 */
#ifndef ISTHMUS_QUERY_H
#define ISTHMUS_QUERY_H

#include <isthmus/isthmus.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- what a texel is ------------------------------------------------------------------ */

/** Bits of ist_format.flags. */
enum ist_format_flag {
    IST_FORMAT_SRGB = 1,    /**< D3D11 decodes colours when it reads; CUDA sees them encoded */
    IST_FORMAT_BGR = 2,     /**< blue lies first in memory */
    IST_FORMAT_DEPTH = 4,   /**< depth or stencil: D3D11 does not share it */
    IST_FORMAT_BLOCK = 8,   /**< block compressed: 4 x 4 texels a block */
    IST_FORMAT_PLANAR = 16, /**< 4:2:0: a second plane of half height follows the first */
    IST_FORMAT_PACKED = 32, /**< channels share bytes: 10:10:10:2, 5:6:5, YUY2 */
    IST_FORMAT_VIDEO = 64,  /**< YUV and palette formats */
    IST_FORMAT_TYPELESS = 128, /**< bits without a meaning until a view gives them one */
};

/** How the bits of a channel are read, in ist_format.reading. */
enum ist_reading {
    IST_READ_TYPELESS = 0,
    IST_READ_UNORM = 1,           /**< 0 .. 1 */
    IST_READ_SNORM = 2,           /**< -1 .. 1 */
    IST_READ_UINT = 3,            /**< unsigned integer */
    IST_READ_SINT = 4,            /**< signed integer */
    IST_READ_FLOAT = 5,           /**< IEEE, or its 11 and 10 bit cousins */
    IST_READ_SHARED_EXPONENT = 6, /**< R9G9B9E5 */
    IST_READ_XR_BIAS = 7,         /**< R10G10B10_XR_BIAS_A2 */
    IST_READ_MIXED = 8,           /**< depth and stencil together */
};

/** What a DXGI_FORMAT is made of. */
struct ist_format {
    uint32_t struct_size; /**< sizeof(struct ist_format), set by the caller */
    uint32_t format;      /**< the DXGI_FORMAT that was asked for */
    uint32_t family;      /**< the typeless format it may be seen as; itself if there is none */
    uint32_t block_bytes; /**< of a block; a texel is a block of 1 x 1; 0: no linear layout */
    uint32_t block_width; /**< texels; 2 for YUY2 and its like, 8 for R1 */
    uint32_t block_height; /**< texels */
    uint32_t channels;     /**< that carry data; the X of B8G8R8X8 counts */
    uint32_t bits[4];      /**< of red, green, blue, alpha; depth, stencil; Y, U, V, alpha */
    uint32_t reading;      /**< enum ist_reading, of the first channel */
    uint32_t flags;        /**< enum ist_format_flag */
};

/** To be filled by ist_query_format(). */
#define IST_FORMAT_INIT                                                 \
    {                                                                   \
        sizeof(struct ist_format), 0, 0, 0, 0, 0, 0, {0, 0, 0, 0}, 0, 0 \
    }

/**
 * What a format is made of.
 * @dxgi_format  A DXGI_FORMAT: 1 .. 115, 130 .. 132. 0 (UNKNOWN) and gaps: IST_BAD_FORMAT.
 * @out          struct_size set by the caller; the rest is filled.
 * Source of the values: Microsoft's page on DXGI_FORMAT.
 */
IST_API enum ist_status ist_query_format(uint32_t dxgi_format, struct ist_format *out);

/**
 * The name of a format without its prefix, as "R8G8B8A8_UNORM".
 * Returns a constant string; NULL if no format has that number.
 */
IST_API const char *ist_format_name(uint32_t dxgi_format);

/* ---- how CUDA names it ---------------------------------------------------------------- */

/** What may be asked for; the same bits as in ist_import_options.flags. */
enum ist_cuda_format_wish {
    /** UNORM and SNORM as CUDA's normalised formats instead of integers of the same bits. */
    IST_CUDA_NORMALIZED = 8,
    /** Texels whose channels share bytes (10:10:10:2, 11:11:10, 5:6:5) as one integer. */
    IST_CUDA_PACKED_AS_INTEGER = 16,
};

/** What a kernel must know besides: bits of ist_cuda_format.notes. */
enum ist_cuda_format_note {
    /** x, y, z, w are integers of the texel's bits; their meaning is up to the kernel. */
    IST_CUDA_NOTE_RAW_BITS = 1,
    /** x is blue and z is red. */
    IST_CUDA_NOTE_BLUE_FIRST = 2,
    /** x is alpha: A8. */
    IST_CUDA_NOTE_ALPHA_ONLY = 4,
    /** D3D11 decodes sRGB when it reads; what CUDA reads is encoded. Not set for compressed
     *  formats, which CUDA has as sRGB, too. */
    IST_CUDA_NOTE_SRGB_ENCODED = 8,
    /** The last channel has no defined content: the X of B8G8R8X8. */
    IST_CUDA_NOTE_NO_ALPHA = 16,
    /** There is no cudaChannelFormatDesc for it, only the driver's array_format: P010, P016. */
    IST_CUDA_NOTE_DRIVER_ONLY = 32,
};

/** A texel in CUDA's words, those of the runtime and those of the driver. */
struct ist_cuda_format {
    uint32_t struct_size;    /**< sizeof(struct ist_cuda_format), set by the caller */
    int32_t x;               /**< bits of the first channel in cudaChannelFormatDesc */
    int32_t y;               /**< of the second; 0 if there is none */
    int32_t z;               /**< of the third */
    int32_t w;               /**< of the fourth */
    uint32_t kind;           /**< cudaChannelFormatKind */
    uint32_t array_format;   /**< CUarray_format */
    uint32_t array_channels; /**< NumChannels beside it: 1, 2 or 4; 3 for planes and BC6H */
    uint32_t notes;          /**< enum ist_cuda_format_note */
    uint32_t cuda_version;   /**< oldest CUDA whose headers are known to have it: 11020 ... */
};

/** To be filled by ist_query_cuda_format(). */
#define IST_CUDA_FORMAT_INIT                                      \
    {                                                             \
        sizeof(struct ist_cuda_format), 0, 0, 0, 0, 0, 0, 0, 0, 0 \
    }

/**
 * How CUDA names the texels of a D3D11 texture: what to put into cudaChannelFormatDesc, or into
 * Format and NumChannels of CUDA_ARRAY3D_DESCRIPTOR, when its array is mapped.
 *
 * Source of the rule: NVIDIA's guide lists the UINT, SINT and 32-bit FLOAT formats of 1, 2 and
 * 4 channels. The others are what programs do with its driver: 16-bit FLOAT as halves; UNORM,
 * SNORM and typeless as integers of the same bits; block-compressed, normalised and planar
 * ones by the kinds that CUDA's headers have for them.
 * @dxgi_format  A DXGI_FORMAT.
 * @wishes       enum ist_cuda_format_wish; 0 is the usual. Others: IST_BAD_ARG.
 * @out          struct_size set by the caller; the rest is filled.
 * IST_BAD_FORMAT: CUDA has no such texel: three channels of 32 bits, depth, texels that share
 * bytes with each other, video formats without an array of their own.
 */
IST_API enum ist_status ist_query_cuda_format(uint32_t dxgi_format, uint32_t wishes,
                                              struct ist_cuda_format *out);

/* ---- how many bytes, and where -------------------------------------------------------- */

/** How rows, levels and slices follow one another. */
enum ist_packing {
    /** Without a gap. The sum is what to tell cudaImportExternalMemory as size, and what a file
     *  or a staging buffer of the program's own needs. */
    IST_PACKING_TIGHT = 0,
    /** As Isthmus lays out a resource on the cpu device: rows, levels and slices begin at
     *  multiples of 64 bytes. What its memory looks like to a host function; NVIDIA's driver
     *  keeps its own layout to itself. */
    IST_PACKING_ISTHMUS = 1,
};

/** A resource whose bytes are asked for, in the words of D3D11's descriptions. */
struct ist_shape {
    uint32_t struct_size; /**< sizeof(struct ist_shape) */
    uint32_t dimension;   /**< D3D11_RESOURCE_DIMENSION: 1 buffer, 2 .. 4 textures 1D .. 3D */
    uint64_t width;       /**< texels; ByteWidth of a buffer */
    uint32_t height;      /**< texels; 0 or 1 for buffers and 1D */
    uint32_t depth;       /**< texels; 0 or 1 for all but 3D */
    uint32_t levels;      /**< MipLevels; 0: all down to 1 x 1 x 1 */
    uint32_t slices;      /**< ArraySize, a cube has 6; 0 counts as 1 */
    uint32_t format;      /**< DXGI_FORMAT; ignored for buffers */
    uint32_t packing;     /**< enum ist_packing */
};

/** To be filled by the caller. */
#define IST_SHAPE_INIT                                   \
    {                                                    \
        sizeof(struct ist_shape), 0, 0, 0, 0, 0, 0, 0, 0 \
    }

/** The whole of it. */
struct ist_layout {
    uint32_t struct_size;  /**< sizeof(struct ist_layout), set by the caller */
    uint32_t levels;       /**< mip levels there are: at least 1 */
    uint32_t slices;       /**< array slices there are: at least 1 */
    uint32_t subresources; /**< levels * slices; number = level + slice * levels */
    uint64_t size;         /**< bytes of all, with the gaps of the packing */
    uint64_t slice_pitch;  /**< from one array slice to the next */
    uint64_t import_limit; /**< the largest size that an import of it may name: Isthmus' layout
                            *   rounded up to 64 KiB */
};

/** To be filled by ist_query_layout(). */
#define IST_LAYOUT_INIT                             \
    {                                               \
        sizeof(struct ist_layout), 0, 0, 0, 0, 0, 0 \
    }

/** One mip level of one slice. */
struct ist_subresource {
    uint32_t struct_size; /**< sizeof(struct ist_subresource), set by the caller */
    uint32_t width;       /**< texels of this level; bytes of a buffer, UINT32_MAX if more */
    uint32_t height;      /**< texels */
    uint32_t depth;       /**< texels */
    uint64_t offset;      /**< of its first byte, from the start of the resource */
    uint64_t row_bytes;   /**< bytes of data in a row of blocks */
    uint64_t row_pitch;   /**< from one row of blocks to the next: SysMemPitch */
    uint64_t rows; /**< rows of blocks in a depth slice; of both planes of a 4:2:0 format */
    uint64_t depth_pitch; /**< from one depth slice to the next: SysMemSlicePitch */
    uint64_t size;        /**< of all its depth slices */
};

/** To be filled by ist_query_subresource(). */
#define IST_SUBRESOURCE_INIT                                      \
    {                                                             \
        sizeof(struct ist_subresource), 0, 0, 0, 0, 0, 0, 0, 0, 0 \
    }

/**
 * How many bytes a resource has.
 * @shape  Borrowed. A larger struct_size than this version knows is fine if the rest is 0;
 *         otherwise IST_NOT_SUPPORTED.
 * @out    struct_size set by the caller; the rest is filled.
 * IST_BAD_ARG: an extent of 0 or beyond D3D11's limits (16384 texels a side, 2048 deep, 2048
 * slices), more levels than a full chain, a first level that is no multiple of the format's
 * block, or a size that overflows. IST_BAD_FORMAT: also planes of another shape than 4:2:0.
 * Source of the rules: Microsoft's pages on resource limits, mip levels and block compression.
 */
IST_API enum ist_status ist_query_layout(const struct ist_shape *shape, struct ist_layout *out);

/**
 * Where one subresource lies.
 * @shape  As above.
 * @level  Mip level, from 0. @slice: array slice, from 0. Beyond what there is: IST_BAD_ARG.
 * @out    struct_size set by the caller; the rest is filled.
 * Results as ist_query_layout().
 */
IST_API enum ist_status ist_query_subresource(const struct ist_shape *shape, uint32_t level,
                                              uint32_t slice, struct ist_subresource *out);

#ifdef __cplusplus
}
#endif

#endif
