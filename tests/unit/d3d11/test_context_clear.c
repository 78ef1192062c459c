/* SPDX-License-Identifier: MIT */
/* Clears: the bytes of each format against values worked out by hand, and where they go. */
#include "context_rig.h"

#include <math.h>

static const struct kind target = {D3D11_USAGE_DEFAULT, 0, D3D11_BIND_RENDER_TARGET};
static const struct kind unordered = {D3D11_USAGE_DEFAULT, 0, D3D11_BIND_UNORDERED_ACCESS};

static ID3D11RenderTargetView *rtv(const struct rig *rig, ID3D11Resource *resource,
                                   const D3D11_RENDER_TARGET_VIEW_DESC *desc)
{
    ID3D11RenderTargetView *view = NULL;
    CHECK_EQ(ID3D11Device_CreateRenderTargetView(rig->device, resource, desc, &view), S_OK);
    return view;
}

static ID3D11UnorderedAccessView *uav(const struct rig *rig, ID3D11Resource *resource,
                                      const D3D11_UNORDERED_ACCESS_VIEW_DESC *desc)
{
    ID3D11UnorderedAccessView *view = NULL;
    CHECK_EQ(ID3D11Device_CreateUnorderedAccessView(rig->device, resource, desc, &view), S_OK);
    return view;
}

/* Clears by a render target of the format, and compares each texel. */
static void check_colour(DXGI_FORMAT format, const FLOAT rgba[4], const void *texel, UINT bytes)
{
    enum { W = 5, H = 3 };
    struct rig rig = rig_new();
    unsigned char wanted[W * H * 16], found[W * H * 16];
    ID3D11Resource *texture = rig_texture2d(&rig, target, format, W, H, 1, 1);
    ID3D11Resource *staging = rig_texture2d(&rig, KIND_STAGING, format, W, H, 1, 1);
    ID3D11RenderTargetView *view = rtv(&rig, texture, NULL);
    for (UINT i = 0; i < W * H; i++)
        memcpy(wanted + i * bytes, texel, bytes);
    ID3D11DeviceContext_ClearRenderTargetView(rig.context, view, rgba);
    ID3D11DeviceContext_CopyResource(rig.context, staging, texture);
    rig_read(&rig, staging, 0, found, W * bytes, H, 1);
    CHECK_MEM(found, wanted, W * H * bytes);
    ID3D11RenderTargetView_Release(view);
    release(texture);
    release(staging);
    rig_finish(&rig);
}

#define BYTES(...) ((const unsigned char[]){__VA_ARGS__})
#define COLOUR(format, rgba, ...) \
    check_colour(DXGI_FORMAT_##format, rgba, BYTES(__VA_ARGS__), sizeof(BYTES(__VA_ARGS__)))

TEST(normalised_colours)
{
    static const FLOAT c[4] = {0.2F, 0.4F, 0.6F, 0.8F};
    COLOUR(R8G8B8A8_UNORM, c, 0x33, 0x66, 0x99, 0xcc);
    COLOUR(B8G8R8A8_UNORM, c, 0x99, 0x66, 0x33, 0xcc);
    COLOUR(R8G8B8A8_UNORM_SRGB, c, 124, 170, 203, 0xcc);
    COLOUR(B8G8R8A8_UNORM_SRGB, c, 203, 170, 124, 0xcc);
    COLOUR(R8G8_UNORM, c, 0x33, 0x66);
    COLOUR(R8_UNORM, c, 0x33);
    COLOUR(A8_UNORM, c, 0xcc);
    COLOUR(R16_UNORM, c, 0x33, 0x33);
    COLOUR(R16G16_UNORM, c, 0x33, 0x33, 0x66, 0x66);
    COLOUR(R16G16B16A16_UNORM, c, 0x33, 0x33, 0x66, 0x66, 0x99, 0x99, 0xcc, 0xcc);
    COLOUR(R8G8B8A8_SNORM, c, 25, 51, 76, 102);
    COLOUR(R10G10B10A2_UNORM, c, 0xcd, 0x64, 0x66, 0xa6);
    COLOUR(B5G6R5_UNORM, c, 0x33, 0x33);
    COLOUR(B5G5R5A1_UNORM, c, 0x93, 0x99);
    COLOUR(B4G4R4A4_UNORM, c, 0x69, 0xc3);
}

TEST(floats)
{
    static const FLOAT c[4] = {0.2F, 0.4F, 0.6F, 0.8F};
    check_colour(DXGI_FORMAT_R32G32B32A32_FLOAT, c, c, 16);
    check_colour(DXGI_FORMAT_R32G32_FLOAT, c, c, 8);
    check_colour(DXGI_FORMAT_R32_FLOAT, c, c, 4);
    COLOUR(R16_FLOAT, c, 0x66, 0x32);
    COLOUR(R16G16B16A16_FLOAT, c, 0x66, 0x32, 0x66, 0x36, 0xcd, 0x38, 0x66, 0x3a);
    COLOUR(R11G11B10_FLOAT, c, 0x26, 0x33, 0x9b, 0x71);
}

TEST(colours_saturate)
{
    static const FLOAT c[4] = {-1, 2, NAN, INFINITY};
    static const FLOAT s[4] = {-1, -7, NAN, 9};
    COLOUR(R8G8B8A8_UNORM, c, 0, 255, 0, 255);
    COLOUR(R8G8B8A8_SNORM, s, 0x81, 0x81, 0, 127);
    COLOUR(R16G16_UNORM, c, 0, 0, 255, 255);
}

/* Towards zero, then to the range of the channel. */
TEST(integers_from_floats)
{
    static const FLOAT c[4] = {3.9F, -2.5F, 300, NAN};
    static const FLOAT big[4] = {5e9F, -5e9F, 70000, -70000};
    COLOUR(R8G8B8A8_UINT, c, 3, 0, 255, 0);
    COLOUR(R8G8B8A8_SINT, c, 3, 0xfe, 127, 0);
    COLOUR(R32G32_UINT, big, 255, 255, 255, 255, 0, 0, 0, 0);
    COLOUR(R32G32_SINT, big, 255, 255, 255, 127, 0, 0, 0, 128);
    COLOUR(R16G16B16A16_UINT, big, 255, 255, 0, 0, 255, 255, 0, 0);
    COLOUR(R16G16B16A16_SINT, big, 255, 127, 0, 128, 255, 127, 0, 128);
    COLOUR(R10G10B10A2_UINT, c, 0x03, 0x00, 0xc0, 0x12);
}

/* All bytes of a level of one slice. */
static void check_level(const struct rig *rig, ID3D11Resource *staging, UINT number, UINT bytes,
                        UINT rows, UINT slices, unsigned char wanted)
{
    unsigned char found[1024], all[1024];
    memset(all, wanted, sizeof(all));
    rig_read(rig, staging, number, found, bytes, rows, slices);
    CHECK_MEM(found, all, bytes * rows * slices);
}

TEST(a_view_of_one_level_and_slice)
{
    enum { LEVELS = 4, SLICES = 3 };
    static const FLOAT white[4] = {1, 1, 1, 1};
    struct rig rig = rig_new();
    DXGI_FORMAT format = DXGI_FORMAT_R8G8B8A8_TYPELESS;
    ID3D11Resource *texture = rig_texture2d(&rig, target, format, 9, 9, LEVELS, SLICES);
    ID3D11Resource *staging = rig_texture2d(&rig, KIND_STAGING, format, 9, 9, LEVELS, SLICES);
    D3D11_RENDER_TARGET_VIEW_DESC desc = {
        .Format = DXGI_FORMAT_R8G8B8A8_UNORM,
        .ViewDimension = D3D11_RTV_DIMENSION_TEXTURE2DARRAY,
        .Texture2DArray = {.MipSlice = 1, .FirstArraySlice = 1, .ArraySize = 2},
    };
    ID3D11RenderTargetView *view = rtv(&rig, texture, &desc);
    ID3D11DeviceContext_ClearRenderTargetView(rig.context, view, white);
    ID3D11DeviceContext_CopyResource(rig.context, staging, texture);
    for (UINT n = 0; n < LEVELS * SLICES; n++) {
        UINT level = n % LEVELS, side = 9U >> level;
        bool inside = level == 1 && n / LEVELS >= 1;
        check_level(&rig, staging, n, side * 4, side, 1, inside ? 0xff : 0);
    }
    ID3D11RenderTargetView_Release(view);
    release(texture);
    release(staging);
    rig_finish(&rig);
}

TEST(a_view_of_depth_slices)
{
    static const FLOAT white[4] = {1, 1, 1, 1};
    struct rig rig = rig_new();
    ID3D11Resource *texture = rig_texture3d(&rig, target, DXGI_FORMAT_R8_UNORM, 6, 5, 8, 2);
    ID3D11Resource *staging =
        rig_texture3d(&rig, KIND_STAGING, DXGI_FORMAT_R8_UNORM, 6, 5, 8, 2);
    D3D11_RENDER_TARGET_VIEW_DESC desc = {
        .Format = DXGI_FORMAT_R8_UNORM,
        .ViewDimension = D3D11_RTV_DIMENSION_TEXTURE3D,
        .Texture3D = {.MipSlice = 1, .FirstWSlice = 1, .WSize = 2},
    };
    ID3D11RenderTargetView *view = rtv(&rig, texture, &desc);
    unsigned char found[3 * 2 * 4], wanted[3 * 2 * 4] = {0};
    memset(wanted + 6, 0xff, 12);
    ID3D11DeviceContext_ClearRenderTargetView(rig.context, view, white);
    ID3D11DeviceContext_CopyResource(rig.context, staging, texture);
    rig_read(&rig, staging, 1, found, 3, 2, 4);
    CHECK_MEM(found, wanted, sizeof(wanted));
    check_level(&rig, staging, 0, 6, 5, 8, 0);
    ID3D11RenderTargetView_Release(view);
    release(texture);
    release(staging);
    rig_finish(&rig);
}

TEST(a_view_of_a_1d_array)
{
    static const FLOAT white[4] = {1, 1, 1, 1};
    struct rig rig = rig_new();
    ID3D11Resource *texture = rig_texture1d(&rig, target, DXGI_FORMAT_R16_UNORM, 10, 2, 3);
    ID3D11Resource *staging =
        rig_texture1d(&rig, KIND_STAGING, DXGI_FORMAT_R16_UNORM, 10, 2, 3);
    D3D11_RENDER_TARGET_VIEW_DESC desc = {
        .Format = DXGI_FORMAT_R16_UNORM,
        .ViewDimension = D3D11_RTV_DIMENSION_TEXTURE1DARRAY,
        .Texture1DArray = {.MipSlice = 0, .FirstArraySlice = 2, .ArraySize = 1},
    };
    ID3D11RenderTargetView *view = rtv(&rig, texture, &desc);
    ID3D11DeviceContext_ClearRenderTargetView(rig.context, view, white);
    ID3D11DeviceContext_CopyResource(rig.context, staging, texture);
    for (UINT n = 0; n < 6; n++)
        check_level(&rig, staging, n, (10U >> n % 2) * 2, 1, 1, n == 4 ? 0xff : 0);
    ID3D11RenderTargetView_Release(view);
    release(texture);
    release(staging);
    rig_finish(&rig);
}

TEST(a_view_of_a_part_of_a_buffer)
{
    static const FLOAT white[4] = {1, 1, 1, 1};
    struct rig rig = rig_new();
    ID3D11Resource *buffer = rig_buffer(&rig, target, 64, NULL);
    ID3D11Resource *staging = rig_buffer(&rig, KIND_STAGING, 64, NULL);
    D3D11_RENDER_TARGET_VIEW_DESC desc = {
        .Format = DXGI_FORMAT_R8G8_UNORM,
        .ViewDimension = D3D11_RTV_DIMENSION_BUFFER,
        .Buffer = {.FirstElement = 5, .NumElements = 7},
    };
    ID3D11RenderTargetView *view = rtv(&rig, buffer, &desc);
    unsigned char found[64], wanted[64] = {0};
    memset(wanted + 10, 0xff, 14);
    ID3D11DeviceContext_ClearRenderTargetView(rig.context, view, white);
    ID3D11DeviceContext_CopyResource(rig.context, staging, buffer);
    rig_read(&rig, staging, 0, found, 64, 1, 1);
    CHECK_MEM(found, wanted, 64);
    ID3D11RenderTargetView_Release(view);
    release(buffer);
    release(staging);
    rig_finish(&rig);
}

TEST(planes_are_cleared_on_their_own)
{
    static const FLOAT luma[4] = {0.2F, 0, 0, 0}, chroma[4] = {0.4F, 0.6F, 0, 0};
    struct rig rig = rig_new();
    ID3D11Resource *texture = rig_texture2d(&rig, target, DXGI_FORMAT_NV12, 8, 4, 1, 1);
    ID3D11Resource *staging = rig_texture2d(&rig, KIND_STAGING, DXGI_FORMAT_NV12, 8, 4, 1, 1);
    D3D11_RENDER_TARGET_VIEW_DESC desc = {.Format = DXGI_FORMAT_R8_UNORM,
                                          .ViewDimension = D3D11_RTV_DIMENSION_TEXTURE2D};
    ID3D11RenderTargetView *first = rtv(&rig, texture, &desc);
    desc.Format = DXGI_FORMAT_R8G8_UNORM;
    ID3D11RenderTargetView *second = rtv(&rig, texture, &desc);
    unsigned char found[48], wanted[48];
    memset(wanted, 0x33, 32);
    for (int i = 32; i < 48; i++)
        wanted[i] = i % 2 ? 0x99 : 0x66;
    ID3D11DeviceContext_ClearRenderTargetView(rig.context, first, luma);
    ID3D11DeviceContext_ClearRenderTargetView(rig.context, second, chroma);
    ID3D11DeviceContext_CopyResource(rig.context, staging, texture);
    rig_read(&rig, staging, 0, found, 8, 6, 1);
    CHECK_MEM(found, wanted, 48);
    ID3D11RenderTargetView_Release(first);
    ID3D11RenderTargetView_Release(second);
    release(texture);
    release(staging);
    rig_finish(&rig);
}

/* One clear of a texture's view by integers. */
static void check_uint(DXGI_FORMAT format, const UINT values[4], const void *texel, UINT bytes)
{
    struct rig rig = rig_new();
    unsigned char wanted[6 * 16], found[6 * 16];
    ID3D11Resource *texture = rig_texture2d(&rig, unordered, format, 3, 2, 1, 1);
    ID3D11Resource *staging = rig_texture2d(&rig, KIND_STAGING, format, 3, 2, 1, 1);
    ID3D11UnorderedAccessView *view = uav(&rig, texture, NULL);
    for (int i = 0; i < 6; i++)
        memcpy(wanted + i * bytes, texel, bytes);
    ID3D11DeviceContext_ClearUnorderedAccessViewUint(rig.context, view, values);
    ID3D11DeviceContext_CopyResource(rig.context, staging, texture);
    rig_read(&rig, staging, 0, found, 3 * bytes, 2, 1);
    CHECK_MEM(found, wanted, 6 * bytes);
    ID3D11UnorderedAccessView_Release(view);
    release(texture);
    release(staging);
    rig_finish(&rig);
}

#define UINTS(format, values, ...) \
    check_uint(DXGI_FORMAT_##format, values, BYTES(__VA_ARGS__), sizeof(BYTES(__VA_ARGS__)))

TEST(the_low_bits_of_integers)
{
    static const UINT v[4] = {0x11223301, 0x44556602, 0x77889903, 0xaabbcc04};
    UINTS(R8G8B8A8_UNORM, v, 1, 2, 3, 4);
    UINTS(R8G8B8A8_UINT, v, 1, 2, 3, 4);
    UINTS(R32_FLOAT, v, 0x01, 0x33, 0x22, 0x11);
    UINTS(R32_UINT, v, 0x01, 0x33, 0x22, 0x11);
    UINTS(R16G16_SINT, v, 0x01, 0x33, 0x02, 0x66);
    UINTS(R16G16B16A16_FLOAT, v, 0x01, 0x33, 0x02, 0x66, 0x03, 0x99, 0x04, 0xcc);
    UINTS(R32G32B32A32_UINT, v, 0x01, 0x33, 0x22, 0x11, 0x02, 0x66, 0x55, 0x44, 0x03, 0x99,
          0x88, 0x77, 0x04, 0xcc, 0xbb, 0xaa);
}

TEST(floats_convert_and_leave_integers_alone)
{
    static const FLOAT c[4] = {0.2F, 0.4F, 0.6F, 0.8F};
    static const DXGI_FORMAT formats[] = {DXGI_FORMAT_R8G8B8A8_UNORM,
                                          DXGI_FORMAT_R8G8B8A8_UINT};
    static const unsigned char wanted[2][4] = {{0x33, 0x66, 0x99, 0xcc}, {0}};
    for (int i = 0; i < 2; i++) {
        struct rig rig = rig_new();
        unsigned char found[4];
        ID3D11Resource *texture = rig_texture2d(&rig, unordered, formats[i], 1, 1, 1, 1);
        ID3D11Resource *staging = rig_texture2d(&rig, KIND_STAGING, formats[i], 1, 1, 1, 1);
        ID3D11UnorderedAccessView *view = uav(&rig, texture, NULL);
        ID3D11DeviceContext_ClearUnorderedAccessViewFloat(rig.context, view, c);
        ID3D11DeviceContext_CopyResource(rig.context, staging, texture);
        rig_read(&rig, staging, 0, found, 4, 1, 1);
        CHECK_MEM(found, wanted[i], 4);
        ID3D11UnorderedAccessView_Release(view);
        release(texture);
        release(staging);
        rig_finish(&rig);
    }
}

/* Clears bytes 8 .. 40 of a buffer through a view of each of its kinds. */
static void check_buffer(UINT misc, UINT stride, DXGI_FORMAT format, UINT first, UINT count,
                         UINT flags, const void *element, UINT bytes)
{
    static const UINT v[4] = {0x11223344, 0x55667788, 3, 4};
    static const FLOAT f[4] = {1, 1, 1, 1};
    struct rig rig = rig_new();
    D3D11_BUFFER_DESC desc = {.ByteWidth = 64,
                              .BindFlags = D3D11_BIND_UNORDERED_ACCESS,
                              .MiscFlags = misc,
                              .StructureByteStride = stride};
    D3D11_UNORDERED_ACCESS_VIEW_DESC view_desc = {
        .Format = format,
        .ViewDimension = D3D11_UAV_DIMENSION_BUFFER,
        .Buffer = {.FirstElement = first, .NumElements = count, .Flags = flags},
    };
    ID3D11Buffer *buffer = NULL;
    CHECK_EQ(ID3D11Device_CreateBuffer(rig.device, &desc, NULL, &buffer), S_OK);
    ID3D11Resource *staging = rig_buffer(&rig, KIND_STAGING, 64, NULL);
    ID3D11UnorderedAccessView *view = uav(&rig, (ID3D11Resource *)buffer, &view_desc);
    unsigned char found[64], wanted[64] = {0};
    for (UINT at = 8; at < 40; at += bytes)
        memcpy(wanted + at, element, bytes);
    ID3D11DeviceContext_ClearUnorderedAccessViewUint(rig.context, view, v);
    ID3D11DeviceContext_ClearUnorderedAccessViewFloat(rig.context, view, f); /* dropped */
    ID3D11DeviceContext_CopyResource(rig.context, staging, (ID3D11Resource *)buffer);
    rig_read(&rig, staging, 0, found, 64, 1, 1);
    CHECK_MEM(found, wanted, 64);
    ID3D11UnorderedAccessView_Release(view);
    release((ID3D11Resource *)buffer);
    release(staging);
    rig_finish(&rig);
}

TEST(buffers_typed_raw_and_structured)
{
    check_buffer(0, 0, DXGI_FORMAT_R16G16_UINT, 2, 8, 0, BYTES(0x44, 0x33, 0x88, 0x77), 4);
    check_buffer(0, 0, DXGI_FORMAT_R8_UINT, 8, 32, 0, BYTES(0x44), 1);
    check_buffer(D3D11_RESOURCE_MISC_BUFFER_ALLOW_RAW_VIEWS, 0, DXGI_FORMAT_R32_TYPELESS, 2, 8,
                 D3D11_BUFFER_UAV_FLAG_RAW, BYTES(0x44, 0x33, 0x22, 0x11), 4);
    check_buffer(D3D11_RESOURCE_MISC_BUFFER_STRUCTURED, 8, DXGI_FORMAT_UNKNOWN, 1, 4, 0,
                 BYTES(0x44, 0x33, 0x22, 0x11), 4);
}

TEST(clear_view_fills_rectangles)
{
    static const FLOAT white[4] = {1, 1, 1, 1};
    static const D3D11_RECT rects[] = {
        {1, 1, 3, 2},
        {4, 0, 4, 4},
        {5, 3, 99, 99},
        {-5, -5, 1, 1},
    };
    struct rig rig = rig_new();
    ID3D11Resource *texture = rig_texture2d(&rig, target, DXGI_FORMAT_R8_UNORM, 6, 4, 1, 1);
    ID3D11Resource *staging =
        rig_texture2d(&rig, KIND_STAGING, DXGI_FORMAT_R8_UNORM, 6, 4, 1, 1);
    ID3D11RenderTargetView *view = rtv(&rig, texture, NULL);
    unsigned char found[24], wanted[24] = {0};
    wanted[0] = wanted[7] = wanted[8] = wanted[23] = 0xff;
    ID3D11DeviceContext4_ClearView(rig.context4, (ID3D11View *)view, white, rects, 4);
    ID3D11DeviceContext_CopyResource(rig.context, staging, texture);
    rig_read(&rig, staging, 0, found, 6, 4, 1);
    CHECK_MEM(found, wanted, 24);
    ID3D11DeviceContext4_ClearView(rig.context4, (ID3D11View *)view, white, NULL,
                                   1); /* drops */
    ID3D11DeviceContext4_ClearView(rig.context4, NULL, white, NULL, 0);
    ID3D11DeviceContext4_ClearView(rig.context4, (ID3D11View *)view, NULL, NULL, 0);
    ID3D11DeviceContext_CopyResource(rig.context, staging, texture);
    rig_read(&rig, staging, 0, found, 6, 4, 1);
    CHECK_MEM(found, wanted, 24);
    ID3D11DeviceContext4_ClearView(rig.context4, (ID3D11View *)view, white, NULL, 0);
    ID3D11DeviceContext_CopyResource(rig.context, staging, texture);
    check_level(&rig, staging, 0, 6, 4, 1, 0xff);
    ID3D11RenderTargetView_Release(view);
    release(texture);
    release(staging);
    rig_finish(&rig);
}

TEST(null_views_and_colours_are_dropped)
{
    static const FLOAT white[4] = {1, 1, 1, 1};
    static const UINT ones[4] = {1, 1, 1, 1};
    struct rig rig = rig_new();
    ID3D11Resource *texture = rig_texture2d(&rig, target, DXGI_FORMAT_R8_UNORM, 6, 4, 1, 1);
    ID3D11RenderTargetView *view = rtv(&rig, texture, NULL);
    ID3D11DeviceContext_ClearRenderTargetView(rig.context, NULL, white);
    ID3D11DeviceContext_ClearRenderTargetView(rig.context, view, NULL);
    ID3D11DeviceContext_ClearUnorderedAccessViewUint(rig.context, NULL, ones);
    ID3D11DeviceContext_ClearUnorderedAccessViewFloat(rig.context, NULL, white);
    ID3D11DeviceContext_ClearDepthStencilView(rig.context, NULL, D3D11_CLEAR_DEPTH, 1, 0);
    ID3D11RenderTargetView_Release(view);
    release(texture);
    rig_finish(&rig);
}
