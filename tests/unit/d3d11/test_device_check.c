/* SPDX-License-Identifier: MIT */
/* What a program can ask about the device, and that the answers agree with what can be
 * created. */
#include "share_rig.h"

TEST(sharing_features)
{
    struct rig rig = rig_new();
    D3D11_FEATURE_DATA_D3D11_OPTIONS options;
    D3D11_FEATURE_DATA_D3D11_OPTIONS2 options2;
    D3D11_FEATURE_DATA_D3D11_OPTIONS4 options4;
    D3D11_FEATURE_DATA_D3D11_OPTIONS5 options5;
#define ASK(feature, data) \
    ID3D11Device_CheckFeatureSupport(rig.device, D3D11_FEATURE_##feature, &(data), sizeof(data))
    CHECK_EQ(ASK(D3D11_OPTIONS, options), S_OK);
    CHECK_EQ(options.ExtendedResourceSharing, TRUE);
    CHECK_EQ(options.OutputMergerLogicOp, FALSE);
    CHECK_EQ(ASK(D3D11_OPTIONS2, options2), S_OK);
    CHECK_EQ(options2.UnifiedMemoryArchitecture, TRUE);
    CHECK_EQ(ASK(D3D11_OPTIONS4, options4), S_OK);
    CHECK_EQ(options4.ExtendedNV12SharedTextureSupported, TRUE);
    CHECK_EQ(ASK(D3D11_OPTIONS5, options5), S_OK);
    CHECK_EQ(options5.SharedResourceTier, D3D11_SHARED_RESOURCE_TIER_3);
    rig_finish(&rig);
}

TEST(all_features_answer_and_check_the_size)
{
    struct rig rig = rig_new();
    static const UINT sizes[] = {8,  4, 8, 8,  4,  56, 4, 4, 8, 4,
                                 16, 4, 4, 16, 32, 4,  8, 4, 4, 4};
    unsigned char data[64];
    for (UINT i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        memset(data, 0, sizeof(data));
        data[0] = DXGI_FORMAT_R8G8B8A8_UNORM; /* what two of them ask about */
        CHECK_EQ(ID3D11Device_CheckFeatureSupport(rig.device, (D3D11_FEATURE)i, data, sizes[i]),
                 S_OK);
        CHECK_EQ(ID3D11Device_CheckFeatureSupport(rig.device, (D3D11_FEATURE)i, data,
                                                  sizes[i] + 1),
                 E_INVALIDARG);
        CHECK_EQ(ID3D11Device_CheckFeatureSupport(rig.device, (D3D11_FEATURE)i, NULL, sizes[i]),
                 E_INVALIDARG);
    }
    CHECK_EQ(ID3D11Device_CheckFeatureSupport(rig.device, (D3D11_FEATURE)20, data, 4),
             E_INVALIDARG);
    rig_finish(&rig);
}

TEST(formats_by_both_calls)
{
    struct rig rig = rig_new();
    for (UINT i = 0; i <= 140; i++) {
        D3D11_FEATURE_DATA_FORMAT_SUPPORT asked = {(DXGI_FORMAT)i, 99};
        UINT support = 99;
        HRESULT hr = ID3D11Device_CheckFormatSupport(rig.device, (DXGI_FORMAT)i, &support);
        CHECK_EQ(hr, support ? S_OK : E_FAIL);
        CHECK_EQ(ASK(FORMAT_SUPPORT, asked), hr);
        CHECK_EQ(asked.OutFormatSupport, support);
    }
    CHECK_EQ(ID3D11Device_CheckFormatSupport(rig.device, DXGI_FORMAT_R8_UNORM, NULL),
             E_INVALIDARG);
    rig_finish(&rig);
}

/* One texel of each bit that a 2D texture can have: what is told must be what happens. */
TEST(what_is_told_is_what_can_be_created)
{
    static const struct {
        UINT support, bind;
    } uses[] = {
        {D3D11_FORMAT_SUPPORT_TEXTURE2D, D3D11_BIND_SHADER_RESOURCE},
        {D3D11_FORMAT_SUPPORT_RENDER_TARGET, D3D11_BIND_RENDER_TARGET},
        {D3D11_FORMAT_SUPPORT_DEPTH_STENCIL, D3D11_BIND_DEPTH_STENCIL},
        {D3D11_FORMAT_SUPPORT_TYPED_UNORDERED_ACCESS_VIEW, D3D11_BIND_UNORDERED_ACCESS},
    };
    struct rig rig = rig_new();
    for (UINT i = 1; i <= 132; i++) {
        D3D11_TEXTURE2D_DESC desc = tex_desc(0);
        UINT support = 0;
        ID3D11Device_CheckFormatSupport(rig.device, (DXGI_FORMAT)i, &support);
        desc.Format = (DXGI_FORMAT)i;
        for (int k = 0; k < 4; k++) {
            desc.BindFlags = uses[k].bind;
            if (support & uses[k].support)
                CHECK_EQ(try_texture(rig.device, &desc), S_OK);
            else if (!k)
                CHECK_EQ(try_texture(rig.device, &desc), E_INVALIDARG);
        }
    }
    rig_finish(&rig);
}

TEST(one_sample_only)
{
    struct rig rig = rig_new();
    UINT levels = 99;
    CHECK_EQ(ID3D11Device_CheckMultisampleQualityLevels(rig.device, DXGI_FORMAT_R8_UNORM, 1,
                                                        &levels),
             S_OK);
    CHECK_EQ(levels, 1);
    CHECK_EQ(ID3D11Device_CheckMultisampleQualityLevels(rig.device, DXGI_FORMAT_R8_UNORM, 4,
                                                        &levels),
             S_OK);
    CHECK_EQ(levels, 0);
    CHECK_EQ(ID3D11Device_CheckMultisampleQualityLevels(rig.device, DXGI_FORMAT_R8_UNORM, 0,
                                                        &levels),
             E_INVALIDARG);
    CHECK_EQ(ID3D11Device_CheckMultisampleQualityLevels(rig.device, DXGI_FORMAT_R8_UNORM, 1,
                                                        NULL),
             E_INVALIDARG);
    CHECK_EQ(ID3D11Device5_CheckMultisampleQualityLevels1(rig.device5, DXGI_FORMAT_R8_UNORM, 1,
                                                          1, &levels),
             E_INVALIDARG);
    rig_finish(&rig);
}

TEST(there_are_no_counters)
{
    struct rig rig = rig_new();
    D3D11_COUNTER_INFO info = {(D3D11_COUNTER)9, 9, 9};
    D3D11_COUNTER_DESC desc = {D3D11_COUNTER_DEVICE_DEPENDENT_0, 0};
    ID3D11Device_CheckCounterInfo(rig.device, &info);
    CHECK_EQ(info.LastDeviceDependentCounter, 0);
    CHECK_EQ(info.NumSimultaneousCounters, 0);
    CHECK_EQ(ID3D11Device_CheckCounter(rig.device, &desc, NULL, NULL, NULL, NULL, NULL, NULL,
                                       NULL, NULL),
             DXGI_ERROR_UNSUPPORTED);
    rig_finish(&rig);
}
