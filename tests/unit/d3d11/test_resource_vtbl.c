/* SPDX-License-Identifier: MIT */
/* What each of the four kinds says about itself through its own vtable. */
#include "share_rig.h"

TEST(types_and_priorities)
{
    static const D3D11_RESOURCE_DIMENSION wanted[] = {D3D11_RESOURCE_DIMENSION_BUFFER,
                                                      D3D11_RESOURCE_DIMENSION_TEXTURE1D,
                                                      D3D11_RESOURCE_DIMENSION_TEXTURE2D,
                                                      D3D11_RESOURCE_DIMENSION_TEXTURE3D};
    struct rig rig = rig_new();
    DXGI_FORMAT format = DXGI_FORMAT_R8_UNORM;
    ID3D11Resource *made[] = {rig_buffer(&rig, KIND_DEFAULT, 64, NULL),
                              rig_texture1d(&rig, KIND_DEFAULT, format, 8, 1, 1),
                              rig_texture2d(&rig, KIND_DEFAULT, format, 8, 8, 1, 1),
                              rig_texture3d(&rig, KIND_DEFAULT, format, 8, 8, 8, 1)};
    for (int i = 0; i < 4; i++) {
        D3D11_RESOURCE_DIMENSION found;
        ID3D11Resource_GetType(made[i], &found);
        CHECK_EQ(found, wanted[i]);
        ID3D11Resource_GetType(made[i], NULL);
        CHECK_EQ(ID3D11Resource_GetEvictionPriority(made[i]), DXGI_RESOURCE_PRIORITY_NORMAL);
        ID3D11Resource_SetEvictionPriority(made[i], DXGI_RESOURCE_PRIORITY_HIGH);
        CHECK_EQ(ID3D11Resource_GetEvictionPriority(made[i]), DXGI_RESOURCE_PRIORITY_HIGH);
        release(made[i]);
    }
    rig_finish(&rig);
}

TEST(descriptions_come_back)
{
    struct rig rig = rig_new();
    D3D11_BUFFER_DESC b = {96,
                           D3D11_USAGE_DEFAULT,
                           D3D11_BIND_SHADER_RESOURCE,
                           0,
                           D3D11_RESOURCE_MISC_BUFFER_STRUCTURED,
                           12},
                      b_found;
    D3D11_TEXTURE1D_DESC one = {9,
                                0,
                                3,
                                DXGI_FORMAT_R16_FLOAT,
                                D3D11_USAGE_DEFAULT,
                                D3D11_BIND_SHADER_RESOURCE,
                                0,
                                SHARED},
                         one_found;
    D3D11_TEXTURE3D_DESC three = {9,
                                  5,
                                  3,
                                  0,
                                  DXGI_FORMAT_R16_FLOAT,
                                  D3D11_USAGE_STAGING,
                                  0,
                                  D3D11_CPU_ACCESS_READ,
                                  0},
                         three_found;
    ID3D11Buffer *buffer = NULL;
    ID3D11Texture1D *line = NULL;
    ID3D11Texture3D *volume = NULL;
    CHECK_EQ(ID3D11Device_CreateBuffer(rig.device, &b, NULL, &buffer), S_OK);
    CHECK_EQ(ID3D11Device_CreateTexture1D(rig.device, &one, NULL, &line), S_OK);
    CHECK_EQ(ID3D11Device_CreateTexture3D(rig.device, &three, NULL, &volume), S_OK);
    ID3D11Buffer_GetDesc(buffer, &b_found);
    ID3D11Texture1D_GetDesc(line, &one_found);
    ID3D11Texture3D_GetDesc(volume, &three_found);
    one.MipLevels = three.MipLevels = 4; /* all there are */
    CHECK_MEM(&b_found, &b, sizeof(b));
    CHECK_MEM(&one_found, &one, sizeof(one));
    CHECK_MEM(&three_found, &three, sizeof(three));
    ID3D11Buffer_GetDesc(buffer, NULL);
    ID3D11Texture3D_GetDesc(volume, NULL);
    CHECK_EQ(ID3D11Buffer_Release(buffer), 0);
    CHECK_EQ(ID3D11Texture1D_Release(line), 0);
    CHECK_EQ(ID3D11Texture3D_Release(volume), 0);
    rig_finish(&rig);
}
