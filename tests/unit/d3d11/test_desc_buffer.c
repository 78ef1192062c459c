/* SPDX-License-Identifier: MIT */
/* Rules for buffers alone: constants, structures, sizes. */
#include "share_rig.h"

static HRESULT try_buffer(const struct rig *rig, const D3D11_BUFFER_DESC *desc)
{
    ID3D11Buffer *buffer = UNTOUCHED;
    HRESULT hr = ID3D11Device_CreateBuffer(rig->device, desc, NULL, &buffer);
    if (hr == S_OK)
        CHECK_EQ(ID3D11Buffer_Release(buffer), 0);
    else
        CHECK_PTR_EQ(buffer, NULL);
    return hr;
}

static HRESULT try_bytes(const struct rig *rig, UINT bytes, UINT bind, UINT misc, UINT stride)
{
    D3D11_BUFFER_DESC desc = {.ByteWidth = bytes,
                              .BindFlags = bind,
                              .MiscFlags = misc,
                              .StructureByteStride = stride};
    return try_buffer(rig, &desc);
}

TEST(sizes)
{
    struct rig rig = rig_new();
    CHECK_EQ(try_bytes(&rig, 0, 0, 0, 0), E_INVALIDARG);
    CHECK_EQ(try_bytes(&rig, 1, 0, 0, 0), S_OK);
    CHECK_EQ(try_bytes(&rig, 4097, D3D11_BIND_VERTEX_BUFFER, 0, 0), S_OK);
    rig_finish(&rig);
}

TEST(constant_buffers)
{
    struct rig rig = rig_new();
    UINT constant = D3D11_BIND_CONSTANT_BUFFER;
    CHECK_EQ(try_bytes(&rig, 16, constant, 0, 0), S_OK);
    CHECK_EQ(try_bytes(&rig, 65536, constant, 0, 0), S_OK);
    CHECK_EQ(try_bytes(&rig, 24, constant, 0, 0), E_INVALIDARG);
    CHECK_EQ(try_bytes(&rig, 65536 + 16, constant, 0, 0), E_INVALIDARG);
    CHECK_EQ(try_bytes(&rig, 16, constant | D3D11_BIND_VERTEX_BUFFER, 0, 0), E_INVALIDARG);
    rig_finish(&rig);
}

TEST(structured_buffers)
{
    struct rig rig = rig_new();
    UINT bind = D3D11_BIND_SHADER_RESOURCE, misc = D3D11_RESOURCE_MISC_BUFFER_STRUCTURED;
    CHECK_EQ(try_bytes(&rig, 96, bind, misc, 12), S_OK);
    CHECK_EQ(try_bytes(&rig, 96, bind, misc, 0), E_INVALIDARG);
    CHECK_EQ(try_bytes(&rig, 96, bind, misc, 6), E_INVALIDARG);
    CHECK_EQ(try_bytes(&rig, 100, bind, misc, 12), E_INVALIDARG);
    CHECK_EQ(try_bytes(&rig, 2052, bind, misc, 2052), E_INVALIDARG);
    CHECK_EQ(try_bytes(&rig, 96, bind, misc | D3D11_RESOURCE_MISC_BUFFER_ALLOW_RAW_VIEWS, 12),
             E_INVALIDARG);
    CHECK_EQ(try_bytes(&rig, 96, bind, D3D11_RESOURCE_MISC_BUFFER_ALLOW_RAW_VIEWS, 0), S_OK);
    rig_finish(&rig);
}

TEST(a_stride_that_means_nothing_is_not_kept)
{
    struct rig rig = rig_new();
    D3D11_BUFFER_DESC desc = {.ByteWidth = 96, .StructureByteStride = 7}, found;
    ID3D11Buffer *buffer = NULL;
    CHECK_EQ(ID3D11Device_CreateBuffer(rig.device, &desc, NULL, &buffer), S_OK);
    ID3D11Buffer_GetDesc(buffer, &found);
    CHECK_EQ(found.StructureByteStride, 0);
    CHECK_EQ(found.ByteWidth, 96);
    CHECK_EQ(ID3D11Buffer_Release(buffer), 0);
    rig_finish(&rig);
}
