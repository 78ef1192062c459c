/* SPDX-License-Identifier: MIT */
/*
 * Dimensions, flags and extents as the tables of NVIDIA's guide give them (section Direct3D 11
 * Interoperability): 0 for a side that is missing, layers in the place of the depth.
 */
#include "interop/shape.h"

#include "core/format.h"
#include "core/layout.h"

#include <inttypes.h>
#include <string.h>

#define MISC_SHARED ((unsigned)D3D11_RESOURCE_MISC_SHARED)
#define MISC_KEYED ((unsigned)D3D11_RESOURCE_MISC_SHARED_KEYEDMUTEX)
#define MISC_NT ((unsigned)D3D11_RESOURCE_MISC_SHARED_NTHANDLE)
#define MISC_CUBE ((unsigned)D3D11_RESOURCE_MISC_TEXTURECUBE)

/* These have the values of the wishes of ist_query_cuda_format(). */
#define FLAGS_OF_FORMAT ((unsigned)(IST_IMPORT_NORMALIZED | IST_IMPORT_PACKED_AS_INTEGER))
_Static_assert((int)IST_IMPORT_NORMALIZED == (int)IST_CUDA_NORMALIZED, "one bit, two names");
_Static_assert((int)IST_IMPORT_PACKED_AS_INTEGER == (int)IST_CUDA_PACKED_AS_INTEGER,
               "one bit, two names");

#define FLAGS_KNOWN                                                                          \
    ((unsigned)(IST_IMPORT_SURFACE | IST_IMPORT_CUBE | IST_IMPORT_LAYERED |                  \
                IST_IMPORT_NORMALIZED | IST_IMPORT_PACKED_AS_INTEGER | IST_IMPORT_NO_MUTEX | \
                IST_IMPORT_NO_MAPPING))

/* The flags that share, as D3D11 lets them be combined. */
static enum ist_status check_sharing(const struct ist_resource_desc *desc)
{
    unsigned misc = desc->misc_flags;
    if (!(misc & (MISC_SHARED | MISC_KEYED)))
        return refuse(IST_BAD_ARG,
                      "MiscFlags 0x%x share nothing: create it with "
                      "D3D11_RESOURCE_MISC_SHARED (0x2) or SHARED_KEYEDMUTEX (0x100), for NT "
                      "handles together with SHARED_NTHANDLE (0x800)",
                      misc);
    if (desc->samples > 1)
        return refuse(IST_BAD_ARG,
                      "SampleDesc.Count %" PRIu32 ": CUDA has no multisampled arrays; resolve "
                      "into a texture of 1 sample and share that",
                      desc->samples);
    return IST_OK;
}

static enum ist_status check_options(const struct ist_import_options *options,
                                     const struct ist_resource_desc *desc)
{
    unsigned array_flags = IST_IMPORT_SURFACE | IST_IMPORT_CUBE | IST_IMPORT_LAYERED |
                           IST_IMPORT_NORMALIZED | IST_IMPORT_PACKED_AS_INTEGER;
    bool buffer = desc->dimension == D3D11_RESOURCE_DIMENSION_BUFFER;
    if (options->flags & ~FLAGS_KNOWN)
        return refuse(IST_BAD_ARG, "options.flags 0x%" PRIx32 ": only 0x%x are known",
                      options->flags, FLAGS_KNOWN);
    if (options->reserved || desc->reserved)
        return refuse(IST_BAD_ARG, "a reserved field is not 0: begin with the _INIT macro");
    if (buffer && options->flags & array_flags)
        return refuse(IST_BAD_ARG,
                      "options.flags 0x%" PRIx32 " are for arrays: a buffer is mapped as a "
                      "pointer",
                      options->flags);
    if (buffer && options->view_format)
        return refuse(IST_BAD_ARG, "options.view_format %" PRIu32 ": a buffer has no format",
                      options->view_format);
    return IST_OK;
}

/* The texture in core's words; tight rows, because that is what programs tell CUDA. */
static enum ist_status layout_of(const struct ist_resource_desc *desc, struct layout *out)
{
    struct layout_request request = {
        .dimension = (enum dimension)(desc->dimension - 1),
        .format = desc->format,
        .width = desc->width,
        .height = desc->height,
        .depth = desc->depth,
        .levels = desc->levels,
        .slices = desc->slices ? desc->slices : 1,
        .row_align = 1,
    };
    if (desc->dimension < D3D11_RESOURCE_DIMENSION_BUFFER ||
        desc->dimension > D3D11_RESOURCE_DIMENSION_TEXTURE3D)
        return refuse(IST_BAD_ARG,
                      "dimension %" PRIu32 " is none of D3D11's: buffer 1, textures 2, 3, 4",
                      desc->dimension);
    return layout_compute(&request, out);
}

/* The texels alone: what is between rows and levels is the driver's business. */
static uint64_t bytes_of(const struct layout *layout)
{
    uint64_t size = 0;
    for (unsigned i = 0; i < layout->levels; i++)
        size += (uint64_t)layout->level[i].row_bytes * layout->level[i].rows *
                layout->level[i].depth;
    return size * layout->slices;
}

static enum ist_status size_of(const struct ist_import_options *options,
                               const struct layout *layout, uint64_t *out)
{
    uint64_t needed = bytes_of(layout);
    if (options->size && options->size < needed)
        return refuse(IST_BAD_ARG,
                      "options.size %" PRIu64 ": the resource has %" PRIu64 " bytes; 0 lets "
                      "them be computed",
                      options->size, needed);
    *out = options->size ? options->size : needed;
    return IST_OK;
}

/* What to see the texels as: another format of the same family, or their own. */
static enum ist_status view_of(const struct ist_resource_desc *desc,
                               const struct ist_import_options *options, uint32_t *out)
{
    const struct format *own = format_get(desc->format);
    const struct format *view = options->view_format ? format_get(options->view_format) : own;
    if (!view)
        return refuse(IST_BAD_FORMAT, "options.view_format %" PRIu32 " is no format",
                      options->view_format);
    if (view->group != own->group)
        return refuse(IST_BAD_FORMAT,
                      "options.view_format %s: the resource is %s, which can only be seen as "
                      "formats of its own typeless family",
                      view->name, own->name);
    *out = view->number;
    return IST_OK;
}

static enum ist_status check_cube(const struct ist_resource_desc *desc)
{
    if (desc->dimension == D3D11_RESOURCE_DIMENSION_TEXTURE2D && desc->width == desc->height &&
        desc->slices && desc->slices % 6 == 0)
        return IST_OK;
    return refuse(IST_BAD_ARG,
                  "a cube of %" PRIu64 " x %" PRIu32 " texels and %" PRIu32 " slices: equal "
                  "sides and a multiple of 6 slices are right",
                  desc->width, desc->height, desc->slices);
}

/* Surface, colour attachment, layers and cubes. */
static enum ist_status array_flags_of(const struct ist_resource_desc *desc,
                                      const struct ist_import_options *options, unsigned *out)
{
    bool solid = desc->dimension == D3D11_RESOURCE_DIMENSION_TEXTURE3D;
    bool cube = options->flags & IST_IMPORT_CUBE || desc->misc_flags & MISC_CUBE;
    bool layered = cube ? desc->slices > 6 : desc->slices > 1;
    unsigned flags = 0;
    if (cube) {
        enum ist_status status = check_cube(desc);
        if (status != IST_OK)
            return status;
        flags |= CUDA_ARRAY3D_CUBEMAP;
    }
    if (solid && options->flags & IST_IMPORT_LAYERED)
        return refuse(IST_BAD_ARG, "IST_IMPORT_LAYERED: a 3D texture has depth and no layers");
    if (layered || options->flags & IST_IMPORT_LAYERED)
        flags |= CUDA_ARRAY3D_LAYERED;
    if (options->flags & IST_IMPORT_SURFACE || desc->bind_flags & D3D11_BIND_UNORDERED_ACCESS)
        flags |= CUDA_ARRAY3D_SURFACE_LDST;
    if (desc->bind_flags & D3D11_BIND_RENDER_TARGET)
        flags |= CUDA_ARRAY3D_COLOR_ATTACHMENT;
    *out = flags;
    return IST_OK;
}

static enum ist_status array_of(const struct ist_resource_desc *desc,
                                const struct ist_import_options *options,
                                CUDA_ARRAY3D_DESCRIPTOR *out)
{
    struct ist_cuda_format texel = IST_CUDA_FORMAT_INIT;
    uint32_t view = 0;
    unsigned flags = 0;
    enum ist_status status = view_of(desc, options, &view);
    if (status == IST_OK)
        status = ist_query_cuda_format(view, options->flags & FLAGS_OF_FORMAT, &texel);
    if (status == IST_OK)
        status = array_flags_of(desc, options, &flags);
    if (status != IST_OK)
        return status;
    bool layers = flags & (CUDA_ARRAY3D_LAYERED | CUDA_ARRAY3D_CUBEMAP);
    *out = (CUDA_ARRAY3D_DESCRIPTOR){
        .Width = desc->width,
        .Height = desc->dimension == D3D11_RESOURCE_DIMENSION_TEXTURE1D ? 0 : desc->height,
        .Depth = layers ? desc->slices : desc->depth,
        .Format = (CUarray_format)texel.array_format,
        .NumChannels = texel.array_channels,
        .Flags = flags,
    };
    return IST_OK;
}

enum ist_status shape_of(const struct ist_resource_desc *desc,
                         const struct ist_import_options *options, struct shape *out)
{
    struct layout layout;
    struct shape shape = {
        .buffer = desc->dimension == D3D11_RESOURCE_DIMENSION_BUFFER,
        .mutex = desc->misc_flags & MISC_KEYED && !(options->flags & IST_IMPORT_NO_MUTEX),
        .family = desc->misc_flags & MISC_NT ? HANDLES_NT : HANDLES_KMT,
    };
    enum ist_status status = check_sharing(desc);
    if (status == IST_OK)
        status = layout_of(desc, &layout);
    if (status == IST_OK)
        status = check_options(options, desc);
    if (status == IST_OK)
        status = size_of(options, &layout, &shape.size);
    if (status == IST_OK && !shape.buffer && !(options->flags & IST_IMPORT_NO_MAPPING))
        status = array_of(desc, options, &shape.array);
    if (status != IST_OK)
        return status;
    shape.levels = shape.buffer ? 0 : layout.levels;
    *out = shape;
    return IST_OK;
}

enum ist_status shape_without_gaps(const struct ist_resource_desc *d, struct ist_shape *out)
{
    if (d->samples > 1)
        return refuse(IST_BAD_ARG,
                      "samples %" PRIu32 ": a multisampled resource has no bytes for the host; "
                      "resolve it into one of 1 sample",
                      d->samples);
    *out = (struct ist_shape){
        .struct_size = sizeof(struct ist_shape),
        .dimension = d->dimension,
        .width = d->width,
        .height = d->height,
        .depth = d->depth,
        .levels = d->levels,
        .slices = d->slices,
        .format = d->format,
        .packing = IST_PACKING_TIGHT,
    };
    return IST_OK;
}
