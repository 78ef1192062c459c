/* SPDX-License-Identifier: MIT */
/* The Create methods themselves: NULL descriptions, checks without an out pointer, both
 * versions. */
#include "share_rig.h"

TEST(a_null_description)
{
    struct rig rig = rig_new();
    void *out = UNTOUCHED;
#define REFUSED(call)                 \
    do {                              \
        out = UNTOUCHED;              \
        CHECK_EQ(call, E_INVALIDARG); \
        CHECK_PTR_EQ(out, NULL);      \
    } while (0)
    REFUSED(ID3D11Device5_CreateBuffer(rig.device5, NULL, NULL, (ID3D11Buffer **)&out));
    REFUSED(ID3D11Device5_CreateTexture1D(rig.device5, NULL, NULL, (ID3D11Texture1D **)&out));
    REFUSED(ID3D11Device5_CreateTexture2D(rig.device5, NULL, NULL, (ID3D11Texture2D **)&out));
    REFUSED(ID3D11Device5_CreateTexture3D(rig.device5, NULL, NULL, (ID3D11Texture3D **)&out));
    REFUSED(ID3D11Device5_CreateTexture2D1(rig.device5, NULL, NULL, (ID3D11Texture2D1 **)&out));
    REFUSED(ID3D11Device5_CreateTexture3D1(rig.device5, NULL, NULL, (ID3D11Texture3D1 **)&out));
    REFUSED(ID3D11Device5_CreateQuery(rig.device5, NULL, (ID3D11Query **)&out));
    REFUSED(ID3D11Device5_CreateQuery1(rig.device5, NULL, (ID3D11Query1 **)&out));
    rig_finish(&rig);
}

TEST(without_an_out_pointer_only_a_check)
{
    struct rig rig = rig_new();
    size_t live = core_live_count();
    D3D11_TEXTURE2D_DESC good = tex_desc(0), bad = tex_desc(NTHANDLE), huge = tex_desc(0);
    D3D11_BUFFER_DESC buffer = {.ByteWidth = 16};
    D3D11_QUERY_DESC event = {.Query = D3D11_QUERY_EVENT};
    huge.Width = 16385;
    CHECK_EQ(ID3D11Device_CreateTexture2D(rig.device, &good, NULL, NULL), S_FALSE);
    CHECK_EQ(ID3D11Device_CreateTexture2D(rig.device, &bad, NULL, NULL), E_INVALIDARG);
    CHECK_EQ(ID3D11Device_CreateTexture2D(rig.device, &huge, NULL, NULL), E_INVALIDARG);
    CHECK_EQ(ID3D11Device_CreateBuffer(rig.device, &buffer, NULL, NULL), S_FALSE);
    CHECK_EQ(ID3D11Device_CreateQuery(rig.device, &event, NULL), S_FALSE);
    CHECK_EQ(core_live_count(), live);
    rig_finish(&rig);
}

TEST(the_newer_versions_make_the_same_objects)
{
    struct rig rig = rig_new();
    D3D11_TEXTURE2D_DESC1 two = {.Width = 16,
                                 .Height = 8,
                                 .MipLevels = 1,
                                 .ArraySize = 1,
                                 .Format = DXGI_FORMAT_R8_UNORM,
                                 .SampleDesc = {1, 0},
                                 .TextureLayout = D3D11_TEXTURE_LAYOUT_ROW_MAJOR};
    D3D11_TEXTURE3D_DESC1 three = {
        .Width = 4, .Height = 4, .Depth = 4, .MipLevels = 0, .Format = DXGI_FORMAT_R8_UNORM};
    D3D11_TEXTURE2D_DESC1 found;
    D3D11_TEXTURE3D_DESC1 found3;
    D3D11_TEXTURE2D_DESC older;
    ID3D11Texture2D1 *texture = NULL;
    ID3D11Texture3D1 *volume = NULL;
    CHECK_EQ(ID3D11Device5_CreateTexture2D1(rig.device5, &two, NULL, &texture), S_OK);
    ID3D11Texture2D1_GetDesc1(texture, &found);
    CHECK_MEM(&found, &two, sizeof(two));
    ID3D11Texture2D1_GetDesc(texture, &older);
    CHECK_MEM(&older, &two, sizeof(older));
    CHECK_EQ(ID3D11Device5_CreateTexture3D1(rig.device5, &three, NULL, &volume), S_OK);
    ID3D11Texture3D1_GetDesc1(volume, &found3);
    three.MipLevels = 3;
    CHECK_MEM(&found3, &three, sizeof(three));
    CHECK_EQ(ID3D11Texture2D1_Release(texture), 0);
    CHECK_EQ(ID3D11Texture3D1_Release(volume), 0);
    two.TextureLayout = D3D11_TEXTURE_LAYOUT_64K_STANDARD_SWIZZLE;
    CHECK_EQ(ID3D11Device5_CreateTexture2D1(rig.device5, &two, NULL, &texture), E_INVALIDARG);
    rig_finish(&rig);
}
