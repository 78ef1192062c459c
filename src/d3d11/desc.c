/* SPDX-License-Identifier: MIT */
/* Between the four descriptions and core's one; and the rules on flags that all four share. */
#include "d3d11/desc.h"

struct d3d11_traits d3d11_desc_traits(const struct d3d11_desc *desc)
{
#define TRAITS(d, fmt, buffer)                                                \
    (struct d3d11_traits)                                                     \
    {                                                                         \
        .usage = (d).Usage, .bind = (d).BindFlags, .cpu = (d).CPUAccessFlags, \
        .misc = (d).MiscFlags, .format = (fmt), .is_buffer = (buffer)         \
    }
    switch (desc->dimension) {
    case D3D11_RESOURCE_DIMENSION_TEXTURE1D:
        return TRAITS(desc->texture1d, desc->texture1d.Format, false);
    case D3D11_RESOURCE_DIMENSION_TEXTURE2D:
        return TRAITS(desc->texture2d, desc->texture2d.Format, false);
    case D3D11_RESOURCE_DIMENSION_TEXTURE3D:
        return TRAITS(desc->texture3d, desc->texture3d.Format, false);
    default: return TRAITS(desc->buffer, DXGI_FORMAT_UNKNOWN, true);
    }
#undef TRAITS
}

#define KNOWN_CPU ((UINT)D3D11_CPU_ACCESS_READ | (UINT)D3D11_CPU_ACCESS_WRITE)
#define READ_ONLY_BINDS                                                    \
    ((UINT)D3D11_BIND_VERTEX_BUFFER | (UINT)D3D11_BIND_INDEX_BUFFER |      \
     (UINT)D3D11_BIND_CONSTANT_BUFFER | (UINT)D3D11_BIND_SHADER_RESOURCE | \
     (UINT)D3D11_BIND_DECODER)
#define BUFFER_BINDS                                                       \
    ((UINT)D3D11_BIND_VERTEX_BUFFER | (UINT)D3D11_BIND_INDEX_BUFFER |      \
     (UINT)D3D11_BIND_CONSTANT_BUFFER | (UINT)D3D11_BIND_SHADER_RESOURCE | \
     (UINT)D3D11_BIND_STREAM_OUTPUT | (UINT)D3D11_BIND_RENDER_TARGET |     \
     (UINT)D3D11_BIND_UNORDERED_ACCESS)
#define TEXTURE_BINDS                                                     \
    ((UINT)D3D11_BIND_SHADER_RESOURCE | (UINT)D3D11_BIND_RENDER_TARGET |  \
     (UINT)D3D11_BIND_DEPTH_STENCIL | (UINT)D3D11_BIND_UNORDERED_ACCESS | \
     (UINT)D3D11_BIND_DECODER | (UINT)D3D11_BIND_VIDEO_ENCODER)

/* Flags that have a meaning here. Tiles, protected and restricted content have none. */
#define SHARED_MISC                                                      \
    (D3D11_MISC_ANY_SHARING | (UINT)D3D11_RESOURCE_MISC_RESOURCE_CLAMP | \
     (UINT)D3D11_RESOURCE_MISC_RESTRICT_SHARED_RESOURCE |                \
     (UINT)D3D11_RESOURCE_MISC_RESTRICT_SHARED_RESOURCE_DRIVER)
#define BUFFER_MISC                                              \
    (SHARED_MISC | (UINT)D3D11_RESOURCE_MISC_DRAWINDIRECT_ARGS | \
     (UINT)D3D11_RESOURCE_MISC_BUFFER_ALLOW_RAW_VIEWS |          \
     (UINT)D3D11_RESOURCE_MISC_BUFFER_STRUCTURED)
#define TEXTURE_MISC                                         \
    (SHARED_MISC | (UINT)D3D11_RESOURCE_MISC_GENERATE_MIPS | \
     (UINT)D3D11_RESOURCE_MISC_TEXTURECUBE | (UINT)D3D11_RESOURCE_MISC_GDI_COMPATIBLE)

#define TILED_MISC ((UINT)D3D11_RESOURCE_MISC_TILED | (UINT)D3D11_RESOURCE_MISC_TILE_POOL)

static enum ist_status check_known(const struct d3d11_traits *t)
{
    UINT binds = t->is_buffer ? BUFFER_BINDS : TEXTURE_BINDS;
    UINT misc = t->is_buffer ? BUFFER_MISC : TEXTURE_MISC;
    const char *kind = t->is_buffer ? "buffer" : "texture";
    if ((UINT)t->usage > (UINT)D3D11_USAGE_STAGING)
        return refuse(IST_BAD_ARG, "Usage %u is none of 0 .. 3", t->usage);
    if (t->bind & ~binds)
        return refuse(IST_BAD_ARG, "BindFlags 0x%x: a %s can have 0x%x only", t->bind, kind,
                      binds);
    if (t->cpu & ~KNOWN_CPU)
        return refuse(IST_BAD_ARG, "CPUAccessFlags 0x%x: READ 0x20000 and WRITE 0x10000 exist",
                      t->cpu);
    if (t->misc & ~misc)
        return refuse(IST_BAD_ARG, "MiscFlags 0x%x: 0x%x is not offered for a %s%s", t->misc,
                      t->misc & ~misc, kind,
                      t->misc & TILED_MISC ? " (tiled resources are not)" : "");
    return IST_OK;
}

static enum ist_status check_immutable(const struct d3d11_traits *t, bool data)
{
    if (!data)
        return refuse(IST_BAD_ARG, "USAGE_IMMUTABLE without initial data can never have any");
    if (t->cpu)
        return refuse(IST_BAD_ARG, "USAGE_IMMUTABLE with CPUAccessFlags 0x%x: 0 is right",
                      t->cpu);
    if (!t->bind || t->bind & ~READ_ONLY_BINDS)
        return refuse(IST_BAD_ARG, "USAGE_IMMUTABLE with BindFlags 0x%x: only inputs, not none",
                      t->bind);
    return IST_OK;
}

static enum ist_status check_dynamic(const struct d3d11_traits *t)
{
    if (t->cpu != D3D11_CPU_ACCESS_WRITE)
        return refuse(IST_BAD_ARG, "USAGE_DYNAMIC with CPUAccessFlags 0x%x: WRITE is right",
                      t->cpu);
    if (!t->bind || t->bind & ~READ_ONLY_BINDS)
        return refuse(IST_BAD_ARG, "USAGE_DYNAMIC with BindFlags 0x%x: only inputs, not none",
                      t->bind);
    return IST_OK;
}

static enum ist_status check_staging(const struct d3d11_traits *t)
{
    if (t->bind)
        return refuse(IST_BAD_ARG, "USAGE_STAGING with BindFlags 0x%x: 0 is right", t->bind);
    if (!t->cpu)
        return refuse(IST_BAD_ARG, "USAGE_STAGING with CPUAccessFlags 0: READ, WRITE or both");
    return IST_OK;
}

enum ist_status d3d11_check_traits(const struct d3d11_traits *t, bool data)
{
    enum ist_status status = check_known(t);
    if (status != IST_OK)
        return status;
    switch (t->usage) {
    case D3D11_USAGE_IMMUTABLE: return check_immutable(t, data);
    case D3D11_USAGE_DYNAMIC: return check_dynamic(t);
    case D3D11_USAGE_STAGING: return check_staging(t);
    default:
        /* Textures may, as on Windows; buffers would need MapOnDefaultBuffers. */
        if (t->is_buffer && t->cpu)
            return refuse(IST_BAD_ARG,
                          "CPUAccessFlags 0x%x on a buffer of USAGE_DEFAULT: 0 is right",
                          t->cpu);
        return IST_OK;
    }
}

static void shape_of(const struct d3d11_desc *desc, struct layout_request *shape)
{
    switch (desc->dimension) {
    case D3D11_RESOURCE_DIMENSION_TEXTURE1D:
        *shape = (struct layout_request){.dimension = DIMENSION_1D,
                                         .format = desc->texture1d.Format,
                                         .width = desc->texture1d.Width,
                                         .height = 1,
                                         .depth = 1,
                                         .levels = desc->texture1d.MipLevels,
                                         .slices = desc->texture1d.ArraySize};
        break;
    case D3D11_RESOURCE_DIMENSION_TEXTURE2D:
        *shape = (struct layout_request){.dimension = DIMENSION_2D,
                                         .format = desc->texture2d.Format,
                                         .width = desc->texture2d.Width,
                                         .height = desc->texture2d.Height,
                                         .depth = 1,
                                         .levels = desc->texture2d.MipLevels,
                                         .slices = desc->texture2d.ArraySize};
        break;
    case D3D11_RESOURCE_DIMENSION_TEXTURE3D:
        *shape = (struct layout_request){.dimension = DIMENSION_3D,
                                         .format = desc->texture3d.Format,
                                         .width = desc->texture3d.Width,
                                         .height = desc->texture3d.Height,
                                         .depth = desc->texture3d.Depth,
                                         .levels = desc->texture3d.MipLevels,
                                         .slices = 1};
        break;
    default:
        *shape = (struct layout_request){.dimension = DIMENSION_BUFFER,
                                         .width = desc->buffer.ByteWidth,
                                         .height = 1,
                                         .depth = 1,
                                         .levels = 1,
                                         .slices = 1};
        break;
    }
}

static enum resource_sharing sharing_of(UINT misc)
{
    if (misc & D3D11_RESOURCE_MISC_SHARED_NTHANDLE)
        return SHARING_NT;
    return misc & D3D11_MISC_ANY_SHARING ? SHARING_KMT : SHARING_NONE;
}

struct resource_desc d3d11_core_desc(const struct d3d11_desc *desc)
{
    struct d3d11_traits t = d3d11_desc_traits(desc);
    struct resource_desc out = {
        .sharing = sharing_of(t.misc),
        .keyed_mutex = (t.misc & D3D11_RESOURCE_MISC_SHARED_KEYEDMUTEX) != 0,
        .cube = (t.misc & D3D11_RESOURCE_MISC_TEXTURECUBE) != 0,
        .render_target = (t.bind & D3D11_BIND_RENDER_TARGET) != 0,
        .host_access = t.usage == D3D11_USAGE_STAGING || t.usage == D3D11_USAGE_DYNAMIC,
    };
    shape_of(desc, &out.shape);
    memcpy(out.creator, desc, sizeof(*desc));
    return out;
}

void d3d11_desc_complete(struct d3d11_desc *desc, const struct layout *layout)
{
    switch (desc->dimension) {
    case D3D11_RESOURCE_DIMENSION_TEXTURE1D: desc->texture1d.MipLevels = layout->levels; break;
    case D3D11_RESOURCE_DIMENSION_TEXTURE2D: desc->texture2d.MipLevels = layout->levels; break;
    case D3D11_RESOURCE_DIMENSION_TEXTURE3D: desc->texture3d.MipLevels = layout->levels; break;
    default: break;
    }
}
