/* SPDX-License-Identifier: MIT */
/*
 * What a program can ask about the device before it relies on something. Answers are what is
 * true: everything about sharing, nothing about drawing. Features are a table of constant
 * answers.
 */
#include "d3d11/convert.h"
#include "d3d11/device.h"
#include "d3d11/device_methods.h"
#include "d3d11/format_support.h"

DEV_METHOD(HRESULT, CheckFormatSupport)(DEV, DXGI_FORMAT format, UINT *out)
{
    (void)impl_from_ID3D11Device5(iface);
    if (!out)
        return d3d11_result(refuse(IST_BAD_POINTER, "CheckFormatSupport: out is NULL"));
    *out = d3d11_format_support(format);
    if (*out)
        return S_OK;
    return d3d11_because(answer(IST_BAD_FORMAT, "format %u is not offered", format), E_FAIL);
}

DEV_METHOD(HRESULT, CheckMultisampleQualityLevels1)
(DEV, DXGI_FORMAT format, UINT samples, UINT flags, UINT *out)
{
    (void)impl_from_ID3D11Device5(iface);
    if (!out)
        return d3d11_result(refuse(IST_BAD_POINTER, "CheckMultisampleQualityLevels: NULL out"));
    *out = 0;
    if (!samples || samples > D3D11_MAX_MULTISAMPLE_SAMPLE_COUNT || flags)
        return d3d11_result(refuse(IST_BAD_ARG,
                                   "%u samples, flags 0x%x: 1 .. 32 and 0 are right", samples,
                                   flags));
    /* One sample has one quality; of more there is none. */
    if (samples == 1 && d3d11_format_support(format))
        *out = 1;
    return S_OK;
}

DEV_METHOD(HRESULT, CheckMultisampleQualityLevels)
(DEV, DXGI_FORMAT format, UINT samples, UINT *out)
{
    return d3d11_device_CheckMultisampleQualityLevels1(iface, format, samples, 0, out);
}

DEV_METHOD(void, CheckCounterInfo)(DEV, D3D11_COUNTER_INFO *out)
{
    (void)impl_from_ID3D11Device5(iface);
    if (out)
        *out = (D3D11_COUNTER_INFO){0};
}

DEV_METHOD(HRESULT, CheckCounter)
(DEV, const D3D11_COUNTER_DESC *desc, D3D11_COUNTER_TYPE *type, UINT *active, LPSTR name,
 UINT *name_length, LPSTR units, UINT *units_length, LPSTR text, UINT *text_length)
{
    (void)impl_from_ID3D11Device5(iface);
    (void)type, (void)active, (void)name, (void)name_length; /* untouched: there is nothing */
    (void)units, (void)units_length, (void)text, (void)text_length;
    if (!desc)
        return d3d11_result(refuse(IST_BAD_POINTER, "CheckCounter: the description is NULL"));
    return d3d11_because(answer(IST_NOT_SUPPORTED, "this device has no performance counters"),
                         DXGI_ERROR_UNSUPPORTED);
}

/* The features whose answer is the same on each of our devices; what is not named is FALSE
 * or 0. */
static const D3D11_FEATURE_DATA_THREADING threading = {.DriverConcurrentCreates = TRUE};
static const D3D11_FEATURE_DATA_D3D11_OPTIONS options = {
    .DiscardAPIsSeenByDriver = TRUE,
    .FlagsForUpdateAndCopySeenByDriver = TRUE,
    .ClearView = TRUE,
    .ConstantBufferPartialUpdate = TRUE,
    .MapNoOverwriteOnDynamicConstantBuffer = TRUE,
    .MapNoOverwriteOnDynamicBufferSRV = TRUE,
    .ExtendedResourceSharing = TRUE,
};
static const D3D11_FEATURE_DATA_D3D9_OPTIONS options_9 = {.FullNonPow2TextureSupport = TRUE};
static const D3D11_FEATURE_DATA_D3D9_OPTIONS1 options_9_1 = {
    .FullNonPow2TextureSupported = TRUE};
static const D3D11_FEATURE_DATA_D3D11_OPTIONS2 options_2 = {
    .MapOnDefaultTextures = TRUE,
    .UnifiedMemoryArchitecture = TRUE,
};
static const D3D11_FEATURE_DATA_GPU_VIRTUAL_ADDRESS_SUPPORT addresses = {
    .MaxGPUVirtualAddressBitsPerResource = 47,
    .MaxGPUVirtualAddressBitsPerProcess = 47,
};
static const D3D11_FEATURE_DATA_D3D11_OPTIONS4 options_4 = {
    .ExtendedNV12SharedTextureSupported = TRUE,
};
static const D3D11_FEATURE_DATA_D3D11_OPTIONS5 options_5 = {
    .SharedResourceTier = D3D11_SHARED_RESOURCE_TIER_3,
};
static const unsigned char nothing[64]; /* the answer of features that are all about drawing */

static const struct feature {
    const void *answer;
    UINT size;
} features[] = {
#define FEATURE(name, data) [D3D11_FEATURE_##name] = {&(data), sizeof(data)}
#define NO_FEATURE(name) [D3D11_FEATURE_##name] = {nothing, sizeof(D3D11_FEATURE_DATA_##name)}
    FEATURE(THREADING, threading),
    NO_FEATURE(DOUBLES),
    NO_FEATURE(D3D10_X_HARDWARE_OPTIONS),
    FEATURE(D3D11_OPTIONS, options),
    NO_FEATURE(ARCHITECTURE_INFO),
    FEATURE(D3D9_OPTIONS, options_9),
    NO_FEATURE(SHADER_MIN_PRECISION_SUPPORT),
    NO_FEATURE(D3D9_SHADOW_SUPPORT),
    NO_FEATURE(D3D11_OPTIONS1),
    NO_FEATURE(D3D9_SIMPLE_INSTANCING_SUPPORT),
    NO_FEATURE(MARKER_SUPPORT),
    FEATURE(D3D9_OPTIONS1, options_9_1),
    FEATURE(D3D11_OPTIONS2, options_2),
    NO_FEATURE(D3D11_OPTIONS3),
    FEATURE(GPU_VIRTUAL_ADDRESS_SUPPORT, addresses),
    FEATURE(D3D11_OPTIONS4, options_4),
    NO_FEATURE(SHADER_CACHE),
    FEATURE(D3D11_OPTIONS5, options_5),
};

static HRESULT wrong_size(D3D11_FEATURE feature, UINT found, size_t wanted)
{
    return d3d11_result(refuse(IST_BAD_ARG, "CheckFeatureSupport(%u): %u bytes, %zu are right",
                               feature, found, wanted));
}

/* The two questions that have an input, which lies where the answer goes. */
static HRESULT check_format(D3D11_FEATURE feature, void *data, UINT size)
{
    D3D11_FEATURE_DATA_FORMAT_SUPPORT *asked = data;
    if (size != sizeof(*asked))
        return wrong_size(feature, size, sizeof(*asked));
    asked->OutFormatSupport = feature == D3D11_FEATURE_FORMAT_SUPPORT
                                  ? d3d11_format_support(asked->InFormat)
                                  : d3d11_format_support2(asked->InFormat);
    if (d3d11_format_support(asked->InFormat))
        return S_OK;
    return d3d11_because(answer(IST_BAD_FORMAT, "format %u is not offered", asked->InFormat),
                         E_FAIL);
}

_Static_assert(sizeof(D3D11_FEATURE_DATA_FORMAT_SUPPORT) ==
                   sizeof(D3D11_FEATURE_DATA_FORMAT_SUPPORT2),
               "both are a format and 32 bits");

DEV_METHOD(HRESULT, CheckFeatureSupport)(DEV, D3D11_FEATURE feature, void *data, UINT size)
{
    (void)impl_from_ID3D11Device5(iface);
    if (!data)
        return d3d11_result(refuse(IST_BAD_POINTER, "CheckFeatureSupport: the data is NULL"));
    if (feature == D3D11_FEATURE_FORMAT_SUPPORT || feature == D3D11_FEATURE_FORMAT_SUPPORT2)
        return check_format(feature, data, size);
    if ((size_t)feature >= ARRAY_SIZE(features))
        return d3d11_result(refuse(IST_BAD_ARG, "feature %u is none of 0 .. %zu", feature,
                                   ARRAY_SIZE(features) - 1));
    if (size != features[feature].size)
        return wrong_size(feature, size, features[feature].size);
    memcpy(data, features[feature].answer, size);
    return S_OK;
}
