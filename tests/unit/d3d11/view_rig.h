/* SPDX-License-Identifier: MIT */
/* What the tests of views share: one resource bound in every way, and trying a description. */
#ifndef ISTHMUS_TEST_VIEW_RIG_H
#define ISTHMUS_TEST_VIEW_RIG_H

#include "share_rig.h"

#define COLOUR_BINDS \
    (D3D11_BIND_SHADER_RESOURCE | D3D11_BIND_RENDER_TARGET | D3D11_BIND_UNORDERED_ACCESS)
#define REST UINT32_MAX

static inline struct kind bound(UINT bind)
{
    return (struct kind){D3D11_USAGE_DEFAULT, 0, bind};
}

/* What creation answers; the complete description if `found` is not NULL; nothing is left. */
#define TRY_VIEW(kind, type, desc_type)                                                 \
    static inline HRESULT try_##kind(const struct rig *rig, ID3D11Resource *resource,   \
                                     const desc_type *desc, desc_type *found)           \
    {                                                                                   \
        type *view = (type *)UNTOUCHED;                                                 \
        HRESULT check = ID3D11Device5_Create##kind(rig->device5, resource, desc, NULL); \
        HRESULT hr = ID3D11Device5_Create##kind(rig->device5, resource, desc, &view);   \
        CHECK_EQ(check, hr == S_OK ? S_FALSE : hr);                                     \
        if (hr != S_OK) {                                                               \
            CHECK_PTR_EQ(view, NULL);                                                   \
            return hr;                                                                  \
        }                                                                               \
        if (found)                                                                      \
            type##_GetDesc(view, found);                                                \
        CHECK_EQ(type##_Release(view), 0);                                              \
        return hr;                                                                      \
    }

TRY_VIEW(ShaderResourceView, ID3D11ShaderResourceView, D3D11_SHADER_RESOURCE_VIEW_DESC)
TRY_VIEW(RenderTargetView, ID3D11RenderTargetView, D3D11_RENDER_TARGET_VIEW_DESC)
TRY_VIEW(DepthStencilView, ID3D11DepthStencilView, D3D11_DEPTH_STENCIL_VIEW_DESC)
TRY_VIEW(UnorderedAccessView, ID3D11UnorderedAccessView, D3D11_UNORDERED_ACCESS_VIEW_DESC)

#endif
