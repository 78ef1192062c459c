/* SPDX-License-Identifier: MIT */
/* The rules of D3D11_BUFFER_DESC that concern nothing but buffers. */
#include "d3d11/desc.h"

#define CONSTANT_BUFFER_BYTES 65536U /* 4096 constants; feature level 11_1 has no limit */
#define STRIDE_MAX 2048U

static enum ist_status check_constant(const struct d3d11_device *device,
                                      const D3D11_BUFFER_DESC *desc)
{
    if (!(desc->BindFlags & D3D11_BIND_CONSTANT_BUFFER))
        return IST_OK;
    if (desc->BindFlags != D3D11_BIND_CONSTANT_BUFFER)
        return refuse(IST_BAD_ARG,
                      "BindFlags 0x%x: BIND_CONSTANT_BUFFER goes with no other flag",
                      desc->BindFlags);
    if (desc->ByteWidth % 16)
        return refuse(IST_BAD_ARG, "ByteWidth %u of a constant buffer is no multiple of 16",
                      desc->ByteWidth);
    if (device->level < D3D_FEATURE_LEVEL_11_1 && desc->ByteWidth > CONSTANT_BUFFER_BYTES)
        return refuse(IST_BAD_ARG, "ByteWidth %u of a constant buffer is above %u",
                      desc->ByteWidth, CONSTANT_BUFFER_BYTES);
    return IST_OK;
}

static enum ist_status check_structured(const D3D11_BUFFER_DESC *desc)
{
    UINT stride = desc->StructureByteStride;
    if (!(desc->MiscFlags & D3D11_RESOURCE_MISC_BUFFER_STRUCTURED))
        return IST_OK; /* the stride is ignored, as documented */
    if (desc->MiscFlags & D3D11_RESOURCE_MISC_BUFFER_ALLOW_RAW_VIEWS)
        return refuse(IST_BAD_ARG, "MiscFlags 0x%x: a structured buffer has no raw views",
                      desc->MiscFlags);
    if (!stride || stride % 4 || stride > STRIDE_MAX)
        return refuse(IST_BAD_ARG, "StructureByteStride %u: a multiple of 4 up to %u is right",
                      stride, STRIDE_MAX);
    if (desc->ByteWidth % stride)
        return refuse(IST_BAD_ARG, "ByteWidth %u is no multiple of StructureByteStride %u",
                      desc->ByteWidth, stride);
    return IST_OK;
}

enum ist_status d3d11_check_buffer(const struct d3d11_device *device,
                                   const D3D11_BUFFER_DESC *desc)
{
    if (!desc->ByteWidth)
        return refuse(IST_BAD_ARG, "ByteWidth 0: a buffer has at least one byte");
    enum ist_status status = check_constant(device, desc);
    return status == IST_OK ? check_structured(desc) : status;
}
