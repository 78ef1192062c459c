/* SPDX-License-Identifier: MIT */
/* G21: every dimension and every level as CUDA arrays, bit-exact both ways. */
#include "group_g.h"

#include <stdlib.h>

struct shape {
    const char *name;
    unsigned dimension; /* 1, 2, 3 */
    DXGI_FORMAT format;
    struct cudaChannelFormatDesc channels;
    UINT width, height, depth; /* 1 where there is none */
    UINT levels, slices;
};

#define UNSIGNED4                                 \
    {                                             \
        8, 8, 8, 8, cudaChannelFormatKindUnsigned \
    }
#define UNSIGNED16                                 \
    {                                              \
        16, 0, 0, 0, cudaChannelFormatKindUnsigned \
    }
#define FLOAT1                                  \
    {                                           \
        32, 0, 0, 0, cudaChannelFormatKindFloat \
    }
#define FLOAT4                                     \
    {                                              \
        32, 32, 32, 32, cudaChannelFormatKindFloat \
    }

static const struct shape shapes[] = {
    {"1D", 1, DXGI_FORMAT_R32_FLOAT, FLOAT1, 331, 1, 1, 1, 1},
    {"1D with levels", 1, DXGI_FORMAT_R8G8B8A8_UINT, UNSIGNED4, 128, 1, 1, 8, 1},
    {"2D with all levels", 2, DXGI_FORMAT_R16_UINT, UNSIGNED16, 61, 37, 1, 6, 1},
    {"2D array", 2, DXGI_FORMAT_R8G8B8A8_UINT, UNSIGNED4, 33, 17, 1, 1, 5},
    {"2D array with levels", 2, DXGI_FORMAT_R32G32B32A32_FLOAT, FLOAT4, 20, 12, 1, 3, 3},
    {"3D", 3, DXGI_FORMAT_R8G8B8A8_UNORM, UNSIGNED4, 19, 11, 7, 1, 1},
    {"3D with 3 levels", 3, DXGI_FORMAT_R32_FLOAT, FLOAT1, 36, 20, 12, 3, 1},
};

static size_t element_bytes(const struct shape *s)
{
    return (size_t)(s->channels.x + s->channels.y + s->channels.z + s->channels.w) / 8;
}

static UINT side(UINT whole, UINT level)
{
    return whole >> level ? whole >> level : 1;
}

/* One level of one slice, as packed rows. */
static size_t level_bytes(const struct shape *s, UINT level)
{
    return element_bytes(s) * side(s->width, level) * side(s->height, level) *
           side(s->depth, level);
}

static size_t whole_bytes(const struct shape *s)
{
    size_t size = 0;
    for (UINT level = 0; level < s->levels; level++)
        size += level_bytes(s, level) * s->slices;
    return size;
}

static ID3D11Resource *create(const struct rig *rig, const struct shape *s, bool staging)
{
    D3D11_USAGE usage = staging ? D3D11_USAGE_STAGING : D3D11_USAGE_DEFAULT;
    UINT cpu = staging ? D3D11_CPU_ACCESS_READ : 0, misc = staging ? 0 : SHARED;
    UINT bind = staging ? 0 : D3D11_BIND_SHADER_RESOURCE;
    D3D11_TEXTURE1D_DESC one = {s->width, s->levels, s->slices, s->format,
                                usage,    bind,      cpu,       misc};
    D3D11_TEXTURE2D_DESC two = {s->width, s->height, s->levels, s->slices, s->format,
                                {1, 0},   usage,     bind,      cpu,       misc};
    D3D11_TEXTURE3D_DESC three = {s->width, s->height, s->depth, s->levels, s->format,
                                  usage,    bind,      cpu,      misc};
    ID3D11Resource *made = NULL;
    if (s->dimension == 1)
        EXPECT_HR(ID3D11Device_CreateTexture1D(rig->device, &one, NULL,
                                               (ID3D11Texture1D **)&made),
                  S_OK);
    else if (s->dimension == 2)
        EXPECT_HR(ID3D11Device_CreateTexture2D(rig->device, &two, NULL,
                                               (ID3D11Texture2D **)&made),
                  S_OK);
    else
        EXPECT_HR(ID3D11Device_CreateTexture3D(rig->device, &three, NULL,
                                               (ID3D11Texture3D **)&made),
                  S_OK);
    REQUIRE_TRUE(made);
    return made;
}

/* Different bytes for each subresource and each side that writes. */
static unsigned seed_of(unsigned side_seed, UINT level, UINT slice)
{
    return side_seed + level * 16 + slice;
}

static void write_all(const struct rig *rig, const struct shape *s, ID3D11Resource *texture,
                      unsigned seed, unsigned char *scratch)
{
    for (UINT slice = 0; slice < s->slices; slice++)
        for (UINT level = 0; level < s->levels; level++) {
            UINT row = (UINT)element_bytes(s) * side(s->width, level);
            fill_pattern(scratch, level_bytes(s, level), seed_of(seed, level, slice));
            ID3D11DeviceContext_UpdateSubresource(rig->context, texture,
                                                  slice * s->levels + level, NULL, scratch, row,
                                                  row * side(s->height, level));
        }
    rig_idle(rig);
}

/* One level between an array and packed host memory; layers are the depth of a copy. */
static void copy_level(const struct shape *s, cudaArray_t array, UINT level,
                       unsigned char *host, bool to_array)
{
    struct cudaMemcpy3DParms copy;
    memset(&copy, 0, sizeof(copy));
    struct cudaPitchedPtr packed = {host, element_bytes(s) * side(s->width, level),
                                    side(s->width, level), side(s->height, level)};
    copy.extent.width = side(s->width, level);
    copy.extent.height = side(s->height, level);
    copy.extent.depth = s->slices > 1 ? s->slices : side(s->depth, level);
    copy.kind = to_array ? cudaMemcpyHostToDevice : cudaMemcpyDeviceToHost;
    if (to_array) {
        copy.srcPtr = packed;
        copy.dstArray = array;
    } else {
        copy.srcArray = array;
        copy.dstPtr = packed;
    }
    EXPECT_CUDA(cudaMemcpy3D(&copy), cudaSuccess);
}

static void fill_level(const struct shape *s, UINT level, unsigned seed, unsigned char *out)
{
    for (UINT slice = 0; slice < s->slices; slice++)
        fill_pattern(out + slice * level_bytes(s, level), level_bytes(s, level),
                     seed_of(seed, level, slice));
}

static void expect_levels(const struct shape *s, cudaMipmappedArray_t array, unsigned seed,
                          unsigned char *found, unsigned char *wanted)
{
    for (UINT level = 0; level < s->levels; level++) {
        CONTEXT("%s, level %u", s->name, level);
        fill_level(s, level, seed, wanted);
        copy_level(s, level_of(array, level), level, found, false);
        EXPECT_BYTES(found, wanted, level_bytes(s, level) * s->slices);
    }
}

static void write_levels(const struct shape *s, cudaMipmappedArray_t array, unsigned seed,
                         unsigned char *scratch)
{
    for (UINT level = 0; level < s->levels; level++) {
        fill_level(s, level, seed, scratch);
        copy_level(s, level_of(array, level), level, scratch, true);
    }
    EXPECT_CUDA(cudaDeviceSynchronize(), cudaSuccess);
}

/* Rows of a mapped subresource, without what its pitches add. */
static void pack(const struct shape *s, UINT level, const D3D11_MAPPED_SUBRESOURCE *mapped,
                 unsigned char *out)
{
    size_t row = element_bytes(s) * side(s->width, level);
    for (UINT z = 0; z < side(s->depth, level); z++)
        for (UINT y = 0; y < side(s->height, level); y++, out += row)
            memcpy(out,
                   (const unsigned char *)mapped->pData + (size_t)z * mapped->DepthPitch +
                       (size_t)y * mapped->RowPitch,
                   row);
}

static void expect_all(const struct rig *rig, const struct shape *s, ID3D11Resource *texture,
                       unsigned seed, unsigned char *found, unsigned char *wanted)
{
    ID3D11Resource *staging = create(rig, s, true);
    ID3D11DeviceContext_CopyResource(rig->context, staging, texture);
    for (UINT number = 0; number < s->slices * s->levels; number++) {
        D3D11_MAPPED_SUBRESOURCE mapped = {0};
        UINT level = number % s->levels, slice = number / s->levels;
        CONTEXT("%s, level %u, slice %u", s->name, level, slice);
        REQUIRE_HR(ID3D11DeviceContext_Map(rig->context, staging, number, D3D11_MAP_READ, 0,
                                           &mapped),
                   S_OK);
        pack(s, level, &mapped, found);
        ID3D11DeviceContext_Unmap(rig->context, staging, number);
        fill_pattern(wanted, level_bytes(s, level), seed_of(seed, level, slice));
        EXPECT_BYTES(found, wanted, level_bytes(s, level));
    }
    release(staging);
}

static array_desc describe(const struct shape *s)
{
    size_t height = s->dimension == 1 ? 0 : s->height;
    size_t depth = s->dimension == 3 ? s->depth : s->slices > 1 ? s->slices : 0;
    return array_of(s->channels, s->width, height, depth, s->levels,
                    s->slices > 1 ? cudaArrayLayered : 0);
}

static void check_shape(const struct rig *rig, const struct shape *s)
{
    size_t size = whole_bytes(s);
    unsigned char *found = malloc(size), *wanted = malloc(size);
    REQUIRE_TRUE(found && wanted);
    CONTEXT("%s", s->name);
    ID3D11Resource *texture = create(rig, s, false);
    write_all(rig, s, texture, 1, wanted);
    cudaExternalMemory_t memory = import_memory(MEMORY_KMT, kmt_handle(texture), size);
    cudaMipmappedArray_t array = map_array(memory, describe(s));
    expect_levels(s, array, 1, found, wanted);
    write_levels(s, array, 101, wanted);
    expect_all(rig, s, texture, 101, found, wanted);
    EXPECT_CUDA(cudaFreeMipmappedArray(array), cudaSuccess);
    EXPECT_CUDA(cudaDestroyExternalMemory(memory), cudaSuccess);
    EXPECT_EQ(release(texture), 0);
    free(found);
    free(wanted);
}

CASE(G21, every_dimension_and_level, G, "1D, 2D array and 3D textures map level by level")
{
    struct rig rig;
    NEEDS_CUDA();
    rig_open(&rig);
    for (size_t i = 0; i < sizeof(shapes) / sizeof(*shapes); i++)
        check_shape(&rig, &shapes[i]);
    rig_close(&rig);
}
