/* SPDX-License-Identifier: MIT */
/* A 2D texture as a DXGI surface: its description, mapping by DXGI's flags, what does not
 * exist. */
#include "share_rig.h"

static IDXGISurface2 *surface_of(ID3D11Resource *texture)
{
    return query(texture, &IID_IDXGISurface2);
}

TEST(description_and_way_back)
{
    struct rig rig = rig_new();
    ID3D11Resource *texture =
        rig_texture2d(&rig, KIND_DEFAULT, DXGI_FORMAT_B8G8R8A8_UNORM, 12, 7, 1, 1);
    IDXGISurface2 *surface = surface_of(texture);
    DXGI_SURFACE_DESC desc;
    ID3D11Texture2D *back = NULL;
    ID3D11Device *device = NULL;
    UINT index = 99;
    CHECK_EQ(IDXGISurface2_GetDesc(surface, &desc), S_OK);
    CHECK_EQ(desc.Width, 12);
    CHECK_EQ(desc.Height, 7);
    CHECK_EQ(desc.Format, DXGI_FORMAT_B8G8R8A8_UNORM);
    CHECK_EQ(desc.SampleDesc.Count, 1);
    CHECK_EQ(IDXGISurface2_GetDesc(surface, NULL), E_INVALIDARG);
    CHECK_EQ(IDXGISurface2_GetResource(surface, &IID_ID3D11Texture2D, (void **)&back, &index),
             S_OK);
    CHECK_PTR_EQ(back, texture);
    CHECK_EQ(index, 0);
    CHECK_EQ(IDXGISurface2_GetDevice(surface, &IID_ID3D11Device, (void **)&device), S_OK);
    CHECK_PTR_EQ(device, rig.device);
    ID3D11Device_Release(device);
    ID3D11Texture2D_Release(back);
    IDXGISurface2_Release(surface);
    release(texture);
    rig_finish(&rig);
}

TEST(mapping_by_flags)
{
    struct rig rig = rig_new();
    ID3D11Resource *staging =
        rig_texture2d(&rig, KIND_STAGING, DXGI_FORMAT_R8_UNORM, 16, 2, 1, 1);
    ID3D11Resource *dynamic =
        rig_texture2d(&rig, KIND_DYNAMIC, DXGI_FORMAT_R8_UNORM, 16, 2, 1, 1);
    IDXGISurface2 *surface = surface_of(staging), *discarded = surface_of(dynamic);
    DXGI_MAPPED_RECT rect = {0, NULL};
    unsigned char found[32], wanted[32];
    fill_pattern(wanted, sizeof(wanted), 2);
    CHECK_EQ(IDXGISurface2_Map(surface, &rect, DXGI_MAP_READ | DXGI_MAP_WRITE), S_OK);
    CHECK(rect.Pitch >= 16);
    for (int y = 0; y < 2; y++)
        memcpy(rect.pBits + y * rect.Pitch, wanted + y * 16, 16);
    CHECK_EQ(IDXGISurface2_Unmap(surface), S_OK);
    rig_read(&rig, staging, 0, found, 16, 2, 1);
    CHECK_MEM(found, wanted, sizeof(wanted));
    CHECK_EQ(IDXGISurface2_Map(discarded, &rect, DXGI_MAP_WRITE | DXGI_MAP_DISCARD), S_OK);
    CHECK_EQ(IDXGISurface2_Unmap(discarded), S_OK);
    CHECK_EQ(IDXGISurface2_Map(discarded, &rect, DXGI_MAP_READ), E_INVALIDARG);
    CHECK_EQ(IDXGISurface2_Map(surface, &rect, 0), E_INVALIDARG);
    CHECK_EQ(IDXGISurface2_Map(surface, &rect, 8), E_INVALIDARG);
    CHECK_EQ(IDXGISurface2_Map(surface, NULL, DXGI_MAP_READ), E_INVALIDARG);
    IDXGISurface2_Release(surface);
    IDXGISurface2_Release(discarded);
    release(staging);
    release(dynamic);
    rig_finish(&rig);
}

TEST(there_is_no_gdi)
{
    struct rig rig = rig_new();
    ID3D11Resource *texture =
        rig_texture2d(&rig, KIND_DEFAULT, DXGI_FORMAT_B8G8R8A8_UNORM, 12, 7, 1, 1);
    IDXGISurface2 *surface = surface_of(texture);
    HDC context = (HDC)UNTOUCHED;
    CHECK_EQ(IDXGISurface2_GetDC(surface, FALSE, &context), E_NOTIMPL);
    CHECK_PTR_EQ(context, NULL);
    CHECK_EQ(IDXGISurface2_ReleaseDC(surface, NULL), E_NOTIMPL);
    IDXGISurface2_Release(surface);
    release(texture);
    rig_finish(&rig);
}
