/* SPDX-License-Identifier: MIT */
/* How cases fill shared things with bytes and look at them: patterns in, staging copies out. */
#include "conformance.h"

#include <stdlib.h>

void fill_pattern(unsigned char *to, size_t size, unsigned seed)
{
    for (size_t i = 0; i < size; i++)
        to[i] = (unsigned char)(i * 7 + i / 251 + seed * 31);
}

static unsigned char *new_pattern(size_t size, unsigned seed)
{
    unsigned char *bytes = malloc(size);
    if (!bytes)
        abort();
    fill_pattern(bytes, size, seed);
    return bytes;
}

static void write_all(const struct rig *rig, void *resource, size_t size, UINT pitch,
                      unsigned seed)
{
    if (!resource)
        return;
    unsigned char *bytes = new_pattern(size, seed);
    ID3D11DeviceContext_UpdateSubresource(rig->context, resource, 0, NULL, bytes, pitch, 0);
    ID3D11DeviceContext_Flush(rig->context);
    free(bytes);
}

void write_tex(const struct rig *rig, ID3D11Texture2D *tex, unsigned seed)
{
    write_all(rig, tex, TEX_BYTES, TEX_SIDE * 4, seed);
}

static UINT bytes_of(ID3D11Buffer *buffer)
{
    D3D11_BUFFER_DESC desc;
    ID3D11Buffer_GetDesc(buffer, &desc);
    return desc.ByteWidth;
}

void write_buffer(const struct rig *rig, ID3D11Buffer *buffer, unsigned seed)
{
    if (buffer)
        write_all(rig, buffer, bytes_of(buffer), 0, seed);
}

/* Copies to the staging resource, whose reference is taken over, and compares its rows. */
static bool expect_rows(const struct rig *rig, void *staging, void *resource, size_t row,
                        size_t rows, unsigned seed)
{
    D3D11_MAPPED_SUBRESOURCE map;
    unsigned char *wanted = new_pattern(row * rows, seed);
    ID3D11DeviceContext_CopyResource(rig->context, staging, resource);
    bool ok =
        EXPECT_HR(ID3D11DeviceContext_Map(rig->context, staging, 0, D3D11_MAP_READ, 0, &map),
                  S_OK);
    if (ok) {
        unsigned char *found = malloc(row * rows);
        if (!found)
            abort();
        for (size_t y = 0; y < rows; y++)
            memcpy(found + y * row, (unsigned char *)map.pData + y * map.RowPitch, row);
        ID3D11DeviceContext_Unmap(rig->context, staging, 0);
        ok = EXPECT_BYTES(found, wanted, row * rows);
        free(found);
    }
    free(wanted);
    release(staging);
    return ok;
}

bool expect_tex(const struct rig *rig, ID3D11Texture2D *tex, unsigned seed)
{
    D3D11_TEXTURE2D_DESC desc = tex_desc(0);
    ID3D11Texture2D *staging = NULL;
    desc.Usage = D3D11_USAGE_STAGING;
    desc.BindFlags = 0;
    desc.CPUAccessFlags = D3D11_CPU_ACCESS_READ;
    if (!tex ||
        !EXPECT_HR(ID3D11Device_CreateTexture2D(rig->device, &desc, NULL, &staging), S_OK))
        return false;
    return expect_rows(rig, staging, tex, TEX_SIDE * 4, TEX_SIDE, seed);
}

bool expect_buffer(const struct rig *rig, ID3D11Buffer *buffer, unsigned seed)
{
    ID3D11Buffer *staging = NULL;
    if (!buffer)
        return false;
    D3D11_BUFFER_DESC desc = buffer_desc(bytes_of(buffer), 0);
    desc.Usage = D3D11_USAGE_STAGING;
    desc.CPUAccessFlags = D3D11_CPU_ACCESS_READ;
    if (!EXPECT_HR(ID3D11Device_CreateBuffer(rig->device, &desc, NULL, &staging), S_OK))
        return false;
    return expect_rows(rig, staging, buffer, desc.ByteWidth, 1, seed);
}

void rig_idle(const struct rig *rig)
{
    D3D11_QUERY_DESC desc = {D3D11_QUERY_EVENT, 0};
    ID3D11Query *done = NULL;
    if (!EXPECT_HR(ID3D11Device_CreateQuery(rig->device, &desc, &done), S_OK))
        return;
    ID3D11DeviceContext_End(rig->context, (ID3D11Asynchronous *)done);
    ID3D11DeviceContext_Flush(rig->context);
    while (ID3D11DeviceContext_GetData(rig->context, (ID3D11Asynchronous *)done, NULL, 0, 0) ==
           S_FALSE)
        sleep_ms(1);
    release(done);
}
