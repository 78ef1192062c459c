/* SPDX-License-Identifier: MIT */
/*
 * Whether an importer's descriptor of a texture agrees with what its creator made, whoever then
 * maps it: the stand-in (extmem_array.c) or NVIDIA's driver (real/memory.c). No state.
 */
#include "core/strict.h"
#include "cuda/error.h"
#include "cuda/extmem_check.h"
#include "cuda/format.h"

#define FLAGS_KNOWN                                                            \
    (CUDA_ARRAY3D_LAYERED | CUDA_ARRAY3D_SURFACE_LDST | CUDA_ARRAY3D_CUBEMAP | \
     CUDA_ARRAY3D_TEXTURE_GATHER | CUDA_ARRAY3D_DEPTH_TEXTURE | CUDA_ARRAY3D_COLOR_ATTACHMENT)

/* What can be judged without the texture. Levels of 0 crash NVIDIA's driver. */
static int check_numbers(const mapping_desc *desc)
{
    const CUDA_ARRAY3D_DESCRIPTOR *a = &desc->arrayDesc;
    int code = cu_check_reserved(desc->reserved, ARRAY_SIZE(desc->reserved));
    if (code)
        return code;
    if (a->Flags & ~(unsigned)FLAGS_KNOWN)
        return cu_refuse(CUDA_ERROR_INVALID_VALUE,
                         "mapped array flags 0x%x: only 0x%x are known for mappings", a->Flags,
                         FLAGS_KNOWN);
    if (!desc->numLevels)
        return cu_refuse(CUDA_ERROR_INVALID_VALUE, "mapped array of 0 levels: it must be the "
                                                   "texture's MipLevels");
    return CUDA_SUCCESS;
}

/* What CUDA must say for a texture, in its own terms. */
struct extents {
    size_t width, height, depth; /* height 0: 1D; depth 0: one slice of 2D or 1D */
    size_t first_row;            /* where the view begins: the chroma plane's or 0 */
    bool layered;
    bool planes; /* a view of planes */
};

static struct extents extents_of(const struct resource *r)
{
    const struct layout_request *s = &r->desc.shape;
    bool deep = s->dimension == DIMENSION_3D;
    return (struct extents){
        .width = s->width,
        .height = s->dimension == DIMENSION_1D ? 0 : s->height,
        .depth = deep            ? s->depth
                 : s->slices > 1 ? s->slices
                                 : 0,
        .layered = !deep && s->slices > 1,
    };
}

/* Both shapes in full, and the first side that differs. */
static int refuse_extents(const CUDA_ARRAY3D_DESCRIPTOR *a, const struct extents *e)
{
    size_t height = e->height ? e->height : 1;
    bool width_differs = a->Width != e->width;
    bool height_differs = !width_differs && (a->Height ? a->Height : 1) != height;
    return cu_refuse(CUDA_ERROR_INVALID_VALUE,
                     "mapped array of %zu x %zu x %zu, flags 0x%x: the texture is %zu x %zu x "
                     "%zu%s: %s must be %zu",
                     a->Width, a->Height, a->Depth, a->Flags, e->width, e->height, e->depth,
                     e->layered ? " with layers" : "",
                     width_differs    ? "width"
                     : height_differs ? "height"
                                      : "depth",
                     width_differs    ? e->width
                     : height_differs ? e->height
                                      : e->depth);
}

/* A missing side may also be called 1. */
static bool same_sides(const CUDA_ARRAY3D_DESCRIPTOR *a, const struct extents *e)
{
    size_t depth = e->depth ? e->depth : 1, height = e->height ? e->height : 1;
    return a->Width == e->width && (a->Height ? a->Height : 1) == height &&
           (a->Depth ? a->Depth : 1) == depth;
}

/*
 * NVIDIA's driver lays 2D with depth 1 out as 3D, so that D3D11's bytes are elsewhere: only
 * here they are not. Unreal does it, and drivers let it pass.
 */
static int check_missing_sides(const CUDA_ARRAY3D_DESCRIPTOR *a, const struct extents *e)
{
    bool layered = a->Flags & (CUDA_ARRAY3D_LAYERED | CUDA_ARRAY3D_CUBEMAP);
    if ((e->depth || !a->Depth || layered) && (e->height || !a->Height))
        return CUDA_SUCCESS;
    return cu_code(tolerate(IST_BAD_ARG,
                            "mapped array of %zu x %zu x %zu: the texture is %zu x %zu x %zu; "
                            "a "
                            "side that it lacks must be 0, because with %s 1 a GPU lays the "
                            "array out otherwise",
                            a->Width, a->Height, a->Depth, e->width, e->height, e->depth,
                            e->height ? "depth" : "height"));
}

/* Cubemaps are six slices here as in D3D11; which flags may name them is CUDA's rule. */
static int check_extents(const CUDA_ARRAY3D_DESCRIPTOR *a, const struct extents *e)
{
    bool layered = a->Flags & CUDA_ARRAY3D_LAYERED, cube = a->Flags & CUDA_ARRAY3D_CUBEMAP;
    if (!same_sides(a, e))
        return refuse_extents(a, e);
    if (cube &&
        (a->Width != a->Height || !e->layered || e->depth % 6 || (!layered && e->depth != 6)))
        return cu_refuse(CUDA_ERROR_INVALID_VALUE,
                         "mapped array flag cubemap: the texture is %zu x %zu with %zu "
                         "slice(s); equal sides and 6 slices (a multiple of 6 with flag "
                         "layered) are needed",
                         e->width, e->height, e->layered ? e->depth : 1);
    if (e->layered && !layered && !cube)
        return cu_refuse(CUDA_ERROR_INVALID_VALUE,
                         "mapped array flags 0x%x: the texture has %zu slices, which needs "
                         "cudaArrayLayered (1)",
                         a->Flags, e->depth);
    if (layered && !e->layered && e->depth)
        return cu_refuse(CUDA_ERROR_INVALID_VALUE, "mapped array flag layered: the texture is "
                                                   "3D and has no layers");
    if (layered && !a->Depth)
        return cu_refuse(CUDA_ERROR_INVALID_VALUE, "mapped array flag layered with depth 0: "
                                                   "the depth counts the layers");
    return check_missing_sides(a, e);
}

/* Fewer levels would be a mapping of another texture in the guide's terms. */
static int check_levels(const struct resource *r, unsigned levels)
{
    if (levels == r->layout.levels)
        return CUDA_SUCCESS;
    return cu_refuse(CUDA_ERROR_INVALID_VALUE,
                     "mapped array of %u levels: the texture has %u, and they must agree",
                     levels, r->layout.levels);
}

/* The bytes that the texture has at least, without what the layout adds between rows. */
static uint64_t tight_size(const struct layout *layout)
{
    uint64_t size = 0;
    for (unsigned i = 0; i < layout->levels; i++)
        size += (uint64_t)layout->level[i].row_bytes * layout->level[i].rows *
                layout->level[i].depth;
    return size * layout->slices;
}

/* Programs pass width x height x bytes, so what the layout adds cannot be asked for. */
static int check_size(const struct resource *r, uint64_t size)
{
    uint64_t needed = tight_size(&r->layout);
    if (size >= needed)
        return CUDA_SUCCESS;
    return cu_refuse(CUDA_ERROR_INVALID_VALUE,
                     "the memory was imported with size %llu: the texture has %llu bytes, and "
                     "only what was imported can be mapped",
                     (unsigned long long)size, (unsigned long long)needed);
}

/* True for a plain view of samples of the planes' size: `channels` of them an element. */
static bool sees_samples(const struct format *ours, const struct format *theirs,
                         unsigned channels)
{
    return theirs->channels == channels && theirs->block_width == 1 &&
           theirs->block_bytes == channels * ours->block_bytes;
}

/*
 * The usual ways to see 4:2:0, as one plain array: one channel of luma size, with the rows of
 * the first plane or of both; or two channels of half size, from the chroma plane on. That
 * plane's offset is said with or without what the layout adds to a row. False: none of them.
 */
static bool is_plane_view(const struct resource *r, const mapping_desc *desc,
                          const struct format *theirs, struct extents *e)
{
    const struct layout_level *level = &r->layout.level[0];
    size_t luma_rows = r->desc.shape.height;
    if (!(r->format->traits & FORMAT_PLANAR) || r->layout.levels > 1 || e->layered)
        return false;
    if (!desc->offset && sees_samples(r->format, theirs, 1)) {
        e->planes = true;
        if (desc->arrayDesc.Height != luma_rows)
            e->height = level->rows;
        return true;
    }
    if (!sees_samples(r->format, theirs, 2) || (desc->offset != luma_rows * level->row_pitch &&
                                                desc->offset != luma_rows * level->row_bytes))
        return false;
    e->planes = true;
    e->width /= 2;
    e->height = luma_rows / 2;
    e->first_row = luma_rows;
    return true;
}

/* CUDA has no format with blue first: the bytes are right, but x is blue in a kernel. */
static int check_order(const struct format *ours, const struct format *theirs)
{
    if (!(ours->traits & FORMAT_BGR) || theirs->channels == 1)
        return CUDA_SUCCESS;
    return cu_code(tolerate(IST_BAD_ARG,
                            "mapped array format: the texture is %s, where blue comes first, "
                            "and CUDA's %u channels begin with red: swap x and z in the "
                            "kernel, "
                            "or create the texture as R8G8B8A8",
                            ours->name, theirs->channels));
}

/* UNORM mapped as unsigned, BGRA as RGBA: usual, and the bytes are the same. */
static int check_format(const struct resource *r, const mapping_desc *desc,
                        const struct format **out, struct extents *e)
{
    const CUDA_ARRAY3D_DESCRIPTOR *a = &desc->arrayDesc;
    int code = cu_format_find(a->Format, a->NumChannels, out);
    if (code || is_plane_view(r, desc, *out, e))
        return code;
    if (desc->offset)
        return cu_refuse(CUDA_ERROR_INVALID_VALUE,
                         "mapped array offset %llu: a dedicated resource starts at 0",
                         desc->offset);
    if (cu_format_agrees(r->format, *out))
        return check_order(r->format, *out);
    return cu_refuse(CUDA_ERROR_INVALID_VALUE,
                     "mapped array format 0x%x with %u channels: the texture is %s, of %u "
                     "channels and %u bytes a texel: bits and channels must be the same",
                     (unsigned)a->Format, a->NumChannels, r->format->name, r->format->channels,
                     r->format->block_bytes);
}

/* NVIDIA's guide asks for it; the memory here is the same with and without. */
static int check_color_attachment(const struct resource *r, unsigned flags)
{
    if (!r->desc.render_target || flags & CUDA_ARRAY3D_COLOR_ATTACHMENT)
        return CUDA_SUCCESS;
    return cu_code(tolerate(IST_BAD_ARG,
                            "mapped array flags 0x%x lack cudaArrayColorAttachment (0x20), "
                            "which a texture with BIND_RENDER_TARGET needs",
                            flags));
}

/* Everything before anything: a refused mapping holds nothing. */
int cu_memory_check_array(const struct resource *r, uint64_t size, const mapping_desc *desc,
                          struct cu_mapping *out)
{
    int code = check_numbers(desc);
    if (code)
        return code;
    if (r->desc.shape.dimension == DIMENSION_BUFFER)
        return cu_refuse(CUDA_ERROR_INVALID_VALUE, "the external memory is a buffer, whose "
                                                   "bytes an array would show in "
                                                   "another order on a GPU: map it with "
                                                   "cudaExternalMemoryGetMappedBuffer");
    struct extents e = extents_of(r);
    code = check_format(r, desc, &out->format, &e);
    if (!code)
        code = check_extents(&desc->arrayDesc, &e);
    if (!code)
        code = check_levels(r, desc->numLevels);
    if (!code)
        code = check_size(r, size);
    if (!code)
        code = check_color_attachment(r, desc->arrayDesc.Flags);
    *out = (struct cu_mapping){out->format, e.width, e.height, e.depth, e.first_row, e.planes};
    return code;
}
