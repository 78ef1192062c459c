/* SPDX-License-Identifier: MIT */
/* Map and Unmap: who may map what and how, pitches, and DO_NOT_WAIT on a busy queue. */
#include "context_rig.h"

#include <pthread.h>
#include <unistd.h>

#define ALL_TYPES 5

static HRESULT map(const struct rig *rig, ID3D11Resource *resource, UINT number, UINT type,
                   UINT flags, D3D11_MAPPED_SUBRESOURCE *out)
{
    return ID3D11DeviceContext_Map(rig->context, resource, number, (D3D11_MAP)type, flags, out);
}

static void unmap(const struct rig *rig, ID3D11Resource *resource, UINT number)
{
    ID3D11DeviceContext_Unmap(rig->context, resource, number);
}

/* A line of the matrix: which of the map types 1 .. 5 are allowed, as bits. */
static void check_types(const struct rig *rig, ID3D11Resource *resource, unsigned allowed)
{
    for (unsigned type = 0; type <= ALL_TYPES + 1; type++) {
        D3D11_MAPPED_SUBRESOURCE mapped = {(void *)rig, 7, 9};
        HRESULT wanted = allowed >> type & 1 ? S_OK : E_INVALIDARG;
        CHECK_EQ(map(rig, resource, 0, type, 0, &mapped), wanted);
        if (wanted == S_OK) {
            CHECK(mapped.pData && mapped.pData != rig);
            unmap(rig, resource, 0);
        } else { /* untouched */
            CHECK_PTR_EQ(mapped.pData, rig);
            CHECK_EQ(mapped.RowPitch, 7);
            CHECK_EQ(mapped.DepthPitch, 9);
        }
    }
    release(resource);
}

#define TYPE(name) (1U << D3D11_MAP_##name)

TEST(usage_and_cpu_access_decide)
{
    struct rig rig = rig_new();
    struct kind read = {D3D11_USAGE_STAGING, D3D11_CPU_ACCESS_READ, 0};
    struct kind write = {D3D11_USAGE_STAGING, D3D11_CPU_ACCESS_WRITE, 0};
    struct kind immutable = {D3D11_USAGE_IMMUTABLE, 0, D3D11_BIND_SHADER_RESOURCE};
    DXGI_FORMAT rgba = DXGI_FORMAT_R8G8B8A8_UNORM;
    unsigned char data[64] = {0};
    unsigned both = TYPE(READ) | TYPE(WRITE) | TYPE(READ_WRITE);
    check_types(&rig, rig_buffer(&rig, read, 64, NULL), TYPE(READ));
    check_types(&rig, rig_buffer(&rig, write, 64, NULL), TYPE(WRITE));
    check_types(&rig, rig_buffer(&rig, KIND_STAGING, 64, NULL), both);
    check_types(&rig, rig_buffer(&rig, KIND_DEFAULT, 64, NULL), 0);
    check_types(&rig, rig_buffer(&rig, immutable, 64, data), 0);
    check_types(&rig, rig_buffer(&rig, KIND_DYNAMIC, 64, NULL),
                TYPE(WRITE_DISCARD) | TYPE(WRITE_NO_OVERWRITE));
    check_types(&rig, rig_texture2d(&rig, KIND_DYNAMIC, rgba, 4, 4, 1, 1), TYPE(WRITE_DISCARD));
    check_types(&rig, rig_texture2d(&rig, KIND_STAGING, rgba, 4, 4, 1, 1), both);
    check_types(&rig, rig_texture2d(&rig, KIND_DEFAULT, rgba, 4, 4, 1, 1), 0);
    check_types(&rig, rig_texture1d(&rig, read, rgba, 4, 1, 1), TYPE(READ));
    check_types(&rig, rig_texture3d(&rig, write, rgba, 4, 4, 4, 1), TYPE(WRITE));
    rig_finish(&rig);
}

TEST(wrong_arguments_are_refused)
{
    struct rig rig = rig_new(), other = rig_new();
    D3D11_MAPPED_SUBRESOURCE mapped = {0};
    ID3D11Resource *staging =
        rig_texture2d(&rig, KIND_STAGING, DXGI_FORMAT_R8_UNORM, 8, 8, 2, 2);
    ID3D11Resource *dynamic = rig_buffer(&rig, KIND_DYNAMIC, 64, NULL);
    UINT wait = D3D11_MAP_FLAG_DO_NOT_WAIT;
    CHECK_EQ(map(&rig, staging, 4, D3D11_MAP_READ, 0, &mapped), E_INVALIDARG);
    CHECK_EQ(map(&rig, staging, UINT32_MAX, D3D11_MAP_READ, 0, &mapped), E_INVALIDARG);
    CHECK_EQ(map(&rig, staging, 0, D3D11_MAP_READ, 1, &mapped), E_INVALIDARG);
    CHECK_EQ(map(&rig, staging, 0, D3D11_MAP_READ, 0, NULL), E_INVALIDARG);
    CHECK_EQ(map(&rig, NULL, 0, D3D11_MAP_READ, 0, &mapped), E_INVALIDARG);
    CHECK_EQ(map(&rig, dynamic, 0, D3D11_MAP_WRITE_DISCARD, wait, &mapped), E_INVALIDARG);
    CHECK_EQ(map(&rig, dynamic, 0, D3D11_MAP_WRITE_NO_OVERWRITE, wait, &mapped), E_INVALIDARG);
    CHECK_EQ(map(&other, staging, 0, D3D11_MAP_READ, 0, &mapped), E_INVALIDARG);
    CHECK_EQ(map(&rig, staging, 3, D3D11_MAP_READ, wait, &mapped), S_OK);
    unmap(&rig, staging, 3);
    release(staging);
    release(dynamic);
    rig_finish(&rig);
    rig_finish(&other);
}

TEST(a_subresource_is_mapped_once)
{
    struct rig rig = rig_new();
    D3D11_MAPPED_SUBRESOURCE mapped = {0};
    ID3D11Resource *staging =
        rig_texture2d(&rig, KIND_STAGING, DXGI_FORMAT_R8_UNORM, 8, 8, 2, 1);
    unmap(&rig, staging, 0); /* harmless */
    unmap(&rig, staging, 9);
    unmap(&rig, NULL, 0);
    CHECK_EQ(map(&rig, staging, 0, D3D11_MAP_READ, 0, &mapped), S_OK);
    CHECK_EQ(map(&rig, staging, 0, D3D11_MAP_READ, 0, &mapped), E_INVALIDARG);
    CHECK_EQ(map(&rig, staging, 1, D3D11_MAP_READ, 0, &mapped), S_OK);
    unmap(&rig, staging, 0);
    CHECK_EQ(map(&rig, staging, 0, D3D11_MAP_WRITE, 0, &mapped), S_OK);
    unmap(&rig, staging, 0);
    unmap(&rig, staging, 0);
    unmap(&rig, staging, 1);
    release(staging);
    rig_finish(&rig);
}

TEST(a_mapped_resource_takes_no_copies)
{
    struct rig rig = rig_new();
    D3D11_MAPPED_SUBRESOURCE mapped = {0};
    unsigned char kept[64], data[64];
    fill_pattern(data, sizeof(data), 1);
    ID3D11Resource *source = rig_buffer(&rig, KIND_DEFAULT, 64, data);
    ID3D11Resource *staging = rig_buffer(&rig, KIND_STAGING, 64, NULL);
    memset(kept, 0x5a, sizeof(kept));
    CHECK_EQ(map(&rig, staging, 0, D3D11_MAP_READ_WRITE, 0, &mapped), S_OK);
    memcpy(mapped.pData, kept, sizeof(kept));
    ID3D11DeviceContext_CopyResource(rig.context, staging, source);
    ID3D11DeviceContext_CopyResource(rig.context, source, staging);
    ID3D11DeviceContext_UpdateSubresource(rig.context, staging, 0, NULL, data, 0, 0);
    CHECK_MEM(mapped.pData, kept, sizeof(kept));
    unmap(&rig, staging, 0);
    ID3D11DeviceContext_CopyResource(rig.context, staging, source);
    rig_read(&rig, staging, 0, kept, sizeof(kept), 1, 1);
    CHECK_MEM(kept, data, sizeof(data));
    release(source);
    release(staging);
    rig_finish(&rig);
}

static void check_pitch(const struct rig *rig, ID3D11Resource *staging, UINT number,
                        size_t row_bytes, size_t rows)
{
    D3D11_MAPPED_SUBRESOURCE mapped = {0};
    CHECK_EQ(map(rig, staging, number, D3D11_MAP_READ, 0, &mapped), S_OK);
    CHECK(mapped.RowPitch >= row_bytes);
    CHECK_EQ(mapped.DepthPitch, mapped.RowPitch * rows);
    unmap(rig, staging, number);
}

TEST(pitches_are_those_of_the_subresource)
{
    struct rig rig = rig_new();
    D3D11_MAPPED_SUBRESOURCE mapped = {0};
    ID3D11Resource *buffer = rig_buffer(&rig, KIND_STAGING, 1000, NULL);
    CHECK_EQ(map(&rig, buffer, 0, D3D11_MAP_READ, 0, &mapped), S_OK);
    CHECK_EQ(mapped.RowPitch, 1000);
    CHECK_EQ(mapped.DepthPitch, 1000);
    unmap(&rig, buffer, 0);
    ID3D11Resource *odd =
        rig_texture2d(&rig, KIND_STAGING, DXGI_FORMAT_R16G16B16A16_FLOAT, 33, 17, 3, 2);
    check_pitch(&rig, odd, 0, 33 * 8, 17);
    check_pitch(&rig, odd, 4, 16 * 8, 8);
    ID3D11Resource *blocks =
        rig_texture2d(&rig, KIND_STAGING, DXGI_FORMAT_BC7_UNORM, 20, 12, 4, 1);
    check_pitch(&rig, blocks, 0, 5 * 16, 3);
    check_pitch(&rig, blocks, 3, 16, 1);
    ID3D11Resource *planes = rig_texture2d(&rig, KIND_STAGING, DXGI_FORMAT_NV12, 20, 12, 1, 1);
    check_pitch(&rig, planes, 0, 20, 18);
    ID3D11Resource *cube = rig_texture3d(&rig, KIND_STAGING, DXGI_FORMAT_R8_UNORM, 7, 5, 3, 1);
    check_pitch(&rig, cube, 0, 7, 5);
    release(buffer);
    release(odd);
    release(blocks);
    release(planes);
    release(cube);
    rig_finish(&rig);
}

TEST(writes_reach_the_queue_and_reads_see_it)
{
    struct rig rig = rig_new();
    D3D11_MAPPED_SUBRESOURCE mapped = {0};
    unsigned char data[6 * 4 * 5], found[6 * 4 * 5];
    DXGI_FORMAT format = DXGI_FORMAT_R8G8B8A8_UINT;
    ID3D11Resource *in = rig_texture2d(&rig, KIND_STAGING, format, 6, 5, 1, 1);
    ID3D11Resource *dynamic = rig_texture2d(&rig, KIND_DYNAMIC, format, 6, 5, 1, 1);
    ID3D11Resource *out = rig_texture2d(&rig, KIND_STAGING, format, 6, 5, 1, 1);
    ID3D11Resource *sources[] = {in, dynamic};
    UINT types[] = {D3D11_MAP_WRITE, D3D11_MAP_WRITE_DISCARD};
    for (unsigned i = 0; i < 2; i++) {
        fill_pattern(data, sizeof(data), i);
        CHECK_EQ(map(&rig, sources[i], 0, types[i], 0, &mapped), S_OK);
        for (UINT y = 0; y < 5; y++)
            memcpy((char *)mapped.pData + y * mapped.RowPitch, data + y * 24, 24);
        unmap(&rig, sources[i], 0);
        ID3D11DeviceContext_CopyResource(rig.context, out, sources[i]);
        rig_read(&rig, out, 0, found, 24, 5, 1);
        CHECK_MEM(found, data, sizeof(data));
    }
    release(in);
    release(dynamic);
    release(out);
    rig_finish(&rig);
}

TEST(do_not_wait_says_still_drawing)
{
    struct rig rig = rig_new();
    struct gate gate = gate_new(&rig);
    D3D11_MAPPED_SUBRESOURCE mapped = {0};
    unsigned char data[64];
    fill_pattern(data, sizeof(data), 1);
    ID3D11Resource *source = rig_buffer(&rig, KIND_DEFAULT, 64, data);
    ID3D11Resource *staging = rig_buffer(&rig, KIND_STAGING, 64, NULL);
    ID3D11Resource *apart = rig_buffer(&rig, KIND_STAGING, 64, NULL);
    UINT wait = D3D11_MAP_FLAG_DO_NOT_WAIT;
    gate_block(&gate, &rig, 1);
    ID3D11DeviceContext_CopyResource(rig.context, staging, source);
    CHECK_EQ(map(&rig, staging, 0, D3D11_MAP_READ, wait, &mapped),
             DXGI_ERROR_WAS_STILL_DRAWING);
    CHECK_EQ(map(&rig, staging, 0, D3D11_MAP_WRITE, wait, &mapped),
             DXGI_ERROR_WAS_STILL_DRAWING);
    /* what no queued work touches is free, blocked context or not */
    CHECK_EQ(map(&rig, apart, 0, D3D11_MAP_READ_WRITE, wait, &mapped), S_OK);
    unmap(&rig, apart, 0);
    /* work that only reads it does not keep readers away */
    ID3D11DeviceContext_CopyResource(rig.context, source, apart);
    CHECK_EQ(map(&rig, apart, 0, D3D11_MAP_READ, wait, &mapped), S_OK);
    unmap(&rig, apart, 0);
    CHECK_EQ(map(&rig, apart, 0, D3D11_MAP_WRITE, wait, &mapped), DXGI_ERROR_WAS_STILL_DRAWING);
    gate_open(&gate, 1);
    CHECK_EQ(map(&rig, staging, 0, D3D11_MAP_READ, 0, &mapped), S_OK);
    CHECK_MEM(mapped.pData, data, sizeof(data));
    unmap(&rig, staging, 0);
    CHECK_EQ(map(&rig, staging, 0, D3D11_MAP_READ, wait, &mapped), S_OK);
    unmap(&rig, staging, 0);
    release(source);
    release(staging);
    release(apart);
    gate_finish(&gate);
    rig_finish(&rig);
}

static void *open_later(void *gate)
{
    usleep(30000);
    gate_open(gate, 1);
    return NULL;
}

TEST(map_blocks_until_the_work_is_done)
{
    struct rig rig = rig_new();
    struct gate gate = gate_new(&rig);
    unsigned char data[64], found[64];
    pthread_t thread;
    fill_pattern(data, sizeof(data), 1);
    ID3D11Resource *source = rig_buffer(&rig, KIND_DEFAULT, 64, data);
    ID3D11Resource *staging = rig_buffer(&rig, KIND_STAGING, 64, NULL);
    gate_block(&gate, &rig, 1);
    ID3D11DeviceContext_CopyResource(rig.context, staging, source);
    CHECK_EQ(pthread_create(&thread, NULL, open_later, &gate), 0);
    rig_read(&rig, staging, 0, found, sizeof(found), 1, 1);
    CHECK_EQ(pthread_join(thread, NULL), 0);
    CHECK_MEM(found, data, sizeof(data));
    release(source);
    release(staging);
    gate_finish(&gate);
    rig_finish(&rig);
}
