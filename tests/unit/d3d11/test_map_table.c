/* SPDX-License-Identifier: MIT */
/* What a context remembers of mappings: shadows of discards, and whose work Map waits for. */
#include "context_rig.h"

#include <pthread.h>
#include <unistd.h>

static HRESULT map(const struct rig *rig, ID3D11Resource *resource, UINT number, UINT type,
                   UINT flags, D3D11_MAPPED_SUBRESOURCE *out)
{
    return ID3D11DeviceContext_Map(rig->context, resource, number, (D3D11_MAP)type, flags, out);
}

static void unmap(const struct rig *rig, ID3D11Resource *resource, UINT number)
{
    ID3D11DeviceContext_Unmap(rig->context, resource, number);
}

TEST(what_is_left_mapped_goes_with_the_resource)
{
    struct rig rig = rig_new();
    D3D11_MAPPED_SUBRESOURCE mapped = {0};
    ID3D11Resource *staging = rig_buffer(&rig, KIND_STAGING, 64, NULL);
    size_t before = core_live_count();
    CHECK_EQ(map(&rig, staging, 0, D3D11_MAP_WRITE, 0, &mapped), S_OK);
    release(staging);
    CHECK_EQ(core_live_count(), before - 1);
    rig_finish(&rig);
}

/* Three discards of one buffer behind a blocked context: each copy sees its own. */
TEST(discard_never_waits_and_keeps_order)
{
    enum { ROUNDS = 3, SIZE = 100 };
    struct rig rig = rig_new();
    struct gate gate = gate_new(&rig);
    D3D11_MAPPED_SUBRESOURCE mapped = {0};
    unsigned char data[SIZE], found[SIZE];
    ID3D11Resource *dynamic = rig_buffer(&rig, KIND_DYNAMIC, SIZE, NULL);
    ID3D11Resource *out[ROUNDS];
    gate_block(&gate, &rig, 1);
    for (unsigned i = 0; i < ROUNDS; i++) {
        out[i] = rig_buffer(&rig, KIND_STAGING, SIZE, NULL);
        fill_pattern(data, SIZE, i);
        CHECK_EQ(map(&rig, dynamic, 0, D3D11_MAP_WRITE_DISCARD, 0, &mapped), S_OK);
        CHECK_EQ(mapped.RowPitch, SIZE);
        memcpy(mapped.pData, data, SIZE);
        unmap(&rig, dynamic, 0);
        ID3D11DeviceContext_CopyResource(rig.context, out[i], dynamic);
    }
    gate_open(&gate, 1);
    for (unsigned i = 0; i < ROUNDS; i++) {
        fill_pattern(data, SIZE, i);
        rig_read(&rig, out[i], 0, found, SIZE, 1, 1);
        CHECK_MEM(found, data, SIZE);
        release(out[i]);
    }
    release(dynamic);
    gate_finish(&gate);
    rig_finish(&rig);
}

/* A ring: one discard, then parts of it without waiting, each used by a copy that is queued. */
TEST(no_overwrite_goes_on_in_a_discard_under_way)
{
    enum { PARTS = 4, PART = 32 };
    struct rig rig = rig_new();
    struct gate gate = gate_new(&rig);
    D3D11_MAPPED_SUBRESOURCE mapped = {0};
    unsigned char data[PARTS * PART], found[PARTS * PART];
    fill_pattern(data, sizeof(data), 1);
    ID3D11Resource *ring = rig_buffer(&rig, KIND_DYNAMIC, PARTS * PART, NULL);
    ID3D11Resource *out = rig_buffer(&rig, KIND_STAGING, PARTS * PART, NULL);
    gate_block(&gate, &rig, 1);
    ID3D11DeviceContext_CopyResource(rig.context, out, ring); /* makes it busy */
    for (UINT i = 0; i < PARTS; i++) {
        UINT type = i ? D3D11_MAP_WRITE_NO_OVERWRITE : D3D11_MAP_WRITE_DISCARD;
        D3D11_BOX part = {i * PART, 0, 0, (i + 1) * PART, 1, 1};
        CHECK_EQ(map(&rig, ring, 0, type, 0, &mapped), S_OK);
        memcpy((char *)mapped.pData + i * PART, data + i * PART, PART);
        unmap(&rig, ring, 0);
        ID3D11DeviceContext_CopySubresourceRegion(rig.context, out, 0, i * PART, 0, 0, ring, 0,
                                                  &part);
    }
    gate_open(&gate, 1);
    rig_read(&rig, out, 0, found, sizeof(found), 1, 1);
    CHECK_MEM(found, data, sizeof(data));
    /* idle again: in place, and all parts are there */
    CHECK_EQ(map(&rig, ring, 0, D3D11_MAP_WRITE_NO_OVERWRITE, 0, &mapped), S_OK);
    memset(mapped.pData, 0x77, PART);
    unmap(&rig, ring, 0);
    memset(data, 0x77, PART);
    ID3D11DeviceContext_CopyResource(rig.context, out, ring);
    rig_read(&rig, out, 0, found, sizeof(found), 1, 1);
    CHECK_MEM(found, data, sizeof(data));
    release(ring);
    release(out);
    gate_finish(&gate);
    rig_finish(&rig);
}

/* Queued readers of a buffer see what it held when they were queued. */
TEST(no_overwrite_does_not_wait_for_readers)
{
    struct rig rig = rig_new();
    struct gate gate = gate_new(&rig);
    D3D11_MAPPED_SUBRESOURCE mapped = {0};
    unsigned char data[64], found[64];
    fill_pattern(data, sizeof(data), 1);
    ID3D11Resource *ring = rig_buffer(&rig, KIND_DYNAMIC, 64, data);
    ID3D11Resource *out = rig_buffer(&rig, KIND_STAGING, 64, NULL);
    D3D11_BOX first = {0, 0, 0, 32, 1, 1};
    gate_block(&gate, &rig, 1);
    ID3D11DeviceContext_CopySubresourceRegion(rig.context, out, 0, 0, 0, 0, ring, 0, &first);
    CHECK_EQ(map(&rig, ring, 0, D3D11_MAP_WRITE_NO_OVERWRITE, 0, &mapped), S_OK);
    memset((char *)mapped.pData + 32, 0x11, 32);
    unmap(&rig, ring, 0);
    gate_open(&gate, 1);
    rig_read(&rig, out, 0, found, 64, 1, 1);
    CHECK_MEM(found, data, 32);
    release(ring);
    release(out);
    gate_finish(&gate);
    rig_finish(&rig);
}

/* Work keeps what it needs, though the program has let go of it. */
TEST(a_released_buffer_still_gets_its_last_discard)
{
    struct rig rig = rig_new();
    struct gate gate = gate_new(&rig);
    D3D11_MAPPED_SUBRESOURCE mapped = {0};
    unsigned char data[64], found[64];
    fill_pattern(data, sizeof(data), 3);
    ID3D11Resource *dynamic = rig_buffer(&rig, KIND_DYNAMIC, 64, NULL);
    ID3D11Resource *out = rig_buffer(&rig, KIND_STAGING, 64, NULL);
    gate_block(&gate, &rig, 1);
    ID3D11DeviceContext_CopyResource(rig.context, out, dynamic);
    CHECK_EQ(map(&rig, dynamic, 0, D3D11_MAP_WRITE_DISCARD, 0, &mapped), S_OK);
    memcpy(mapped.pData, data, 64);
    unmap(&rig, dynamic, 0);
    ID3D11DeviceContext_CopyResource(rig.context, out, dynamic);
    release(dynamic);
    gate_open(&gate, 1);
    rig_read(&rig, out, 0, found, 64, 1, 1);
    CHECK_MEM(found, data, 64);
    release(out);
    gate_finish(&gate);
    rig_finish(&rig);
}

/* A wait that was queued after the copy is no reason to wait for it. */
TEST(map_waits_for_its_own_work_only)
{
    struct rig rig = rig_new();
    struct gate gate = gate_new(&rig);
    unsigned char data[64], found[64];
    fill_pattern(data, sizeof(data), 1);
    ID3D11Resource *source = rig_buffer(&rig, KIND_DEFAULT, 64, data);
    ID3D11Resource *staging = rig_buffer(&rig, KIND_STAGING, 64, NULL);
    gate_block(&gate, &rig, 1);
    ID3D11DeviceContext_CopyResource(rig.context, staging, source);
    gate_block(&gate, &rig, 2);
    gate_open(&gate, 1);
    rig_read(&rig, staging, 0, found, sizeof(found), 1, 1);
    CHECK_MEM(found, data, sizeof(data));
    gate_open(&gate, 2);
    release(source);
    release(staging);
    gate_finish(&gate);
    rig_finish(&rig);
}

struct opening {
    const struct gate *gate;
    UINT64 value;
};

static void *open_later(void *arg)
{
    const struct opening *opening = arg;
    usleep(20000);
    gate_open(opening->gate, opening->value);
    return NULL;
}

/* The queue's own write came last: a shadow of before must not bring old bytes back. */
TEST(no_overwrite_waits_for_a_copy_to_the_buffer)
{
    struct rig rig = rig_new();
    struct gate gate = gate_new(&rig);
    struct opening opening = {&gate, 1};
    D3D11_MAPPED_SUBRESOURCE mapped = {0};
    unsigned char data[64], found[64];
    pthread_t thread;
    fill_pattern(data, sizeof(data), 5);
    ID3D11Resource *source = rig_buffer(&rig, KIND_DEFAULT, 64, data);
    ID3D11Resource *ring = rig_buffer(&rig, KIND_DYNAMIC, 64, NULL);
    ID3D11Resource *out = rig_buffer(&rig, KIND_STAGING, 64, NULL);
    gate_block(&gate, &rig, 1);
    ID3D11DeviceContext_CopyResource(rig.context, out, ring);
    CHECK_EQ(map(&rig, ring, 0, D3D11_MAP_WRITE_DISCARD, 0, &mapped), S_OK);
    memset(mapped.pData, 0xaa, 64);
    unmap(&rig, ring, 0);
    ID3D11DeviceContext_CopyResource(rig.context, ring, source);
    CHECK_EQ(pthread_create(&thread, NULL, open_later, &opening), 0);
    HRESULT hr = map(&rig, ring, 0, D3D11_MAP_WRITE_NO_OVERWRITE, 0, &mapped);
    CHECK_EQ(pthread_join(thread, NULL), 0);
    CHECK_EQ(hr, S_OK);
    ((unsigned char *)mapped.pData)[3] = data[3] = 0x42;
    unmap(&rig, ring, 0);
    ID3D11DeviceContext_CopyResource(rig.context, out, ring);
    rig_read(&rig, out, 0, found, 64, 1, 1);
    CHECK_MEM(found, data, 64);
    release(source);
    release(ring);
    release(out);
    gate_finish(&gate);
    rig_finish(&rig);
}
