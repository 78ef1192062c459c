/* SPDX-License-Identifier: MIT */
/* Subresources to the host and back: D3D11 sees what was written, and the pitches are kept. */
#include "rig.h"

#include <unistd.h>

#define LEVELS 2
#define SLICES 3

/* Returns when D3D11's work is done. */
static void d3d_idle(const struct d3d *d)
{
    D3D11_QUERY_DESC desc = {D3D11_QUERY_EVENT, 0};
    ID3D11Query *query = NULL;
    BOOL done = FALSE;
    CHECK_EQ(ID3D11Device_CreateQuery(d->device, &desc, &query), S_OK);
    ID3D11DeviceContext_End(d->context, (ID3D11Asynchronous *)query);
    while (ID3D11DeviceContext_GetData(d->context, (ID3D11Asynchronous *)query, &done,
                                       sizeof(done), 0) == S_FALSE)
        usleep(100);
    CHECK(done);
    ID3D11Query_Release(query);
}

static void fill(unsigned char *bytes, size_t size, unsigned seed)
{
    for (size_t i = 0; i < size; i++)
        bytes[i] = (unsigned char)(i * 7 + i / 251 + seed);
}

/* D3D11 writes each subresource, CUDA reads it and overwrites it. */
static void there_and_back(const struct d3d *d, ID3D11Resource *texture, unsigned levels,
                           unsigned slices)
{
    static unsigned char wanted[4096], found[4096];
    struct ist_resource import = rig_import(texture, NULL);
    for (unsigned number = 0; number < levels * slices; number++) {
        struct ist_subresource at = IST_SUBRESOURCE_INIT;
        const struct ist_resource_desc *r = &import.desc;
        struct ist_shape shape = {sizeof(shape), r->dimension, r->width,  r->height, r->depth,
                                  r->levels,     r->slices,    r->format, 0};
        unsigned level = number % levels, slice = number / levels;
        CHECK_EQ(ist_query_subresource(&shape, level, slice, &at), IST_OK);
        CHECK(at.size <= sizeof(wanted));
        fill(wanted, at.size, number);
        ID3D11DeviceContext_UpdateSubresource(d->context, texture, number, NULL, wanted,
                                              (UINT)at.row_pitch, (UINT)at.depth_pitch);
        d3d_idle(d);
        CHECK_EQ(ist_read_subresource(&import, level, slice, found, 0, 0, NULL), IST_OK);
        OK(cudaStreamSynchronize(NULL));
        CHECK_MEM(found, wanted, at.size);
        fill(wanted, at.size, number + 100);
        CHECK_EQ(ist_write_subresource(&import, level, slice, wanted, at.row_pitch, 0, NULL),
                 IST_OK);
        memset(found, 0, sizeof(found));
        CHECK_EQ(ist_read_subresource(&import, level, slice, found, 0, at.depth_pitch, NULL),
                 IST_OK);
        OK(cudaStreamSynchronize(NULL));
        CHECK_MEM(found, wanted, at.size);
    }
    rig_release(&import);
    ID3D11Resource_Release(texture);
}

TEST(every_subresource_goes_there_and_back)
{
    struct d3d d = d3d_new();
    there_and_back(&d, d3d_buffer(&d, 1021, MISC_NT), 1, 1);
    there_and_back(
        &d,
        d3d_texture(&d, (struct texture){DXGI_FORMAT_R16_UINT, 33, 0, 0, LEVELS, SLICES, 0},
                    MISC_NT),
        LEVELS, SLICES);
    there_and_back(&d,
                   d3d_texture(&d,
                               (struct texture){DXGI_FORMAT_R8G8B8A8_UNORM, 17, 9, 0, LEVELS,
                                                SLICES, 0},
                               MISC_NT),
                   LEVELS, SLICES);
    there_and_back(&d,
                   d3d_texture(&d,
                               (struct texture){DXGI_FORMAT_R32_FLOAT, 9, 5, 3, LEVELS, 1, 0},
                               MISC_KMT),
                   LEVELS, 1);
    d3d_finish(&d);
}

TEST(rows_of_the_host_may_lie_apart)
{
    struct d3d d = d3d_new();
    ID3D11Resource *texture =
        d3d_texture(&d, (struct texture){DXGI_FORMAT_R8_UINT, 5, 4, 2, 1, 1, 0}, MISC_NT);
    struct ist_resource import = rig_import(texture, NULL);
    unsigned char tight[40], apart[2 * 5 * 8], found[40];
    fill(tight, sizeof(tight), 5);
    memset(apart, 0xee, sizeof(apart));
    CHECK_EQ(ist_write_subresource(&import, 0, 0, tight, 0, 0, NULL), IST_OK);
    CHECK_EQ(ist_read_subresource(&import, 0, 0, apart, 8, 5 * 8, NULL), IST_OK);
    OK(cudaStreamSynchronize(NULL));
    for (unsigned z = 0; z < 2; z++)
        for (unsigned y = 0; y < 4; y++) {
            CHECK_MEM(apart + z * 40 + y * 8, tight + z * 20 + y * 5, 5);
            CHECK_EQ(apart[z * 40 + y * 8 + 5], 0xee); /* between the rows nothing is written */
        }
    CHECK_EQ(ist_write_subresource(&import, 0, 0, apart, 8, 5 * 8, NULL), IST_OK);
    CHECK_EQ(ist_read_subresource(&import, 0, 0, found, 0, 0, NULL), IST_OK);
    OK(cudaStreamSynchronize(NULL));
    CHECK_MEM(found, tight, sizeof(tight));
    rig_release(&import);
    ID3D11Resource_Release(texture);
    d3d_finish(&d);
}

#define CHECK_REFUSED(call, status, word)                            \
    do {                                                             \
        CHECK_EQ(call, status);                                      \
        if (!strstr(ist_explain(), word))                            \
            test_fail(TEST_HERE, "the reason is %s", ist_explain()); \
    } while (0)

TEST(all_of_it_at_once)
{
    struct d3d d = d3d_new();
    struct texture shape = {DXGI_FORMAT_R16_UINT, 10, 6, 0, 3, 2, 0};
    ID3D11Resource *texture = d3d_texture(&d, shape, MISC_NT);
    struct ist_resource import = rig_import(texture, NULL);
    enum { LEVEL0 = 10 * 6 * 2, LEVEL1 = 5 * 3 * 2, LEVEL2 = 2 * 1 * 2 };
    enum { SLICE = LEVEL0 + LEVEL1 + LEVEL2 };
    unsigned char wanted[2 * SLICE], found[2 * SLICE + 1] = {0}, part[LEVEL1];
    fill(wanted, sizeof(wanted), 9);
    found[sizeof(wanted)] = 0x5a;
    CHECK_EQ(ist_write_resource(&import, wanted, sizeof(wanted), NULL), IST_OK);
    CHECK_EQ(ist_read_resource(&import, found, sizeof(wanted), NULL), IST_OK);
    CHECK_EQ(ist_read_subresource(&import, 1, 1, part, 0, 0, NULL), IST_OK);
    OK(cudaStreamSynchronize(NULL));
    CHECK_MEM(found, wanted, sizeof(wanted));
    CHECK_EQ(found[sizeof(wanted)], 0x5a);
    CHECK_MEM(part, wanted + SLICE + LEVEL0, LEVEL1);
    CHECK_EQ(ist_read_resource(&import, found, sizeof(wanted) - 1, NULL), IST_BAD_ARG);
    CHECK_EQ(ist_write_resource(&import, found, sizeof(wanted) + 1, NULL), IST_BAD_ARG);
    CHECK(strstr(ist_explain(), "309 bytes for a resource that has 308") != NULL);
    CHECK_EQ(ist_read_resource(&import, NULL, sizeof(wanted), NULL), IST_BAD_POINTER);
    CHECK_EQ(ist_read_resource(NULL, found, sizeof(wanted), NULL), IST_BAD_POINTER);
    rig_release(&import);
    ID3D11Resource_Release(texture);
    d3d_finish(&d);
}

TEST(what_is_wrong_is_refused_by_name)
{
    struct d3d d = d3d_new();
    struct texture shape = {DXGI_FORMAT_R8G8B8A8_UNORM, 8, 8, 0, 2, 2, 0};
    ID3D11Resource *texture = d3d_texture(&d, shape, MISC_NT);
    shape.format = DXGI_FORMAT_BC1_UNORM;
    ID3D11Resource *blocks = d3d_texture(&d, shape, MISC_NT);
    struct ist_import_options bare = rig_options(IST_IMPORT_NO_MAPPING);
    struct ist_resource r = rig_import(texture, NULL), none = rig_import(texture, &bare);
    struct ist_resource bc = rig_import(blocks, NULL), ended;
    unsigned char bytes[256];
    CHECK_REFUSED(ist_read_subresource(NULL, 0, 0, bytes, 0, 0, NULL), IST_BAD_POINTER, "NULL");
    CHECK_REFUSED(ist_read_subresource(&r, 0, 0, NULL, 0, 0, NULL), IST_BAD_POINTER, "NULL");
    CHECK_REFUSED(ist_read_subresource(&r, 2, 0, bytes, 0, 0, NULL), IST_BAD_ARG, "level");
    CHECK_REFUSED(ist_write_subresource(&r, 0, 2, bytes, 0, 0, NULL), IST_BAD_ARG, "slice");
    CHECK_REFUSED(ist_read_subresource(&r, 0, 0, bytes, 31, 0, NULL), IST_BAD_ARG, "row pitch");
    CHECK_REFUSED(ist_read_subresource(&r, 0, 0, bytes, 32, 300, NULL), IST_BAD_ARG,
                  "no multiple");
    CHECK_REFUSED(ist_read_subresource(&r, 0, 0, bytes, 32, 224, NULL), IST_BAD_ARG, "8 rows");
    CHECK_REFUSED(ist_read_subresource(&none, 0, 0, bytes, 0, 0, NULL), IST_BAD_CALL,
                  "NO_MAPPING");
    CHECK_REFUSED(ist_read_subresource(&bc, 0, 0, bytes, 0, 0, NULL), IST_BAD_FORMAT,
                  "BC1_UNORM");
    ended = r;
    rig_release(&r);
    CHECK_EQ(ist_read_subresource(&ended, 0, 0, bytes, 0, 0, NULL), IST_BAD_HANDLE);
    rig_release(&none);
    rig_release(&bc);
    ID3D11Resource_Release(blocks);
    ID3D11Resource_Release(texture);
    d3d_finish(&d);
}

/* Numbers whose products do not fit. */
TEST(pitches_that_overflow_are_refused)
{
    struct d3d d = d3d_new();
    struct texture shape = {DXGI_FORMAT_R8_UINT, 5, 4, 2, 1, 1, 0};
    ID3D11Resource *texture = d3d_texture(&d, shape, MISC_NT);
    struct ist_resource r = rig_import(texture, NULL);
    unsigned char bytes[40];
    const uint64_t pitches[][2] = {
        {1ull << 63, 0},
        {1ull << 62, 0},
        {UINT64_MAX, 0},
        {1ull << 61, 1ull << 63},
        {5, UINT64_MAX - UINT64_MAX % 5},
        {1ull << 40, 0},
        {1ull << 31, 0},
        {8, 8ull << 57},
    };
    for (unsigned i = 0; i < sizeof(pitches) / sizeof(pitches[0]); i++) {
        CHECK_REFUSED(ist_read_subresource(&r, 0, 0, bytes, pitches[i][0], pitches[i][1], NULL),
                      IST_BAD_ARG, "pitch");
        CHECK_REFUSED(ist_write_subresource(&r, 0, 0, bytes, pitches[i][0], pitches[i][1],
                                            NULL),
                      IST_BAD_ARG, "pitch");
    }
    rig_release(&r);
    ID3D11Resource_Release(texture);
    d3d_finish(&d);
}

/* The mutex keeps the order of whoever holds it; a copy is work like any other. */
TEST(a_resource_with_a_mutex_is_copied_while_it_is_held)
{
    struct d3d d = d3d_new();
    ID3D11Resource *buffer = d3d_buffer(&d, 64, MISC_MUTEX_NT);
    struct ist_resource r = rig_import(buffer, NULL);
    unsigned char wanted[64], found[64] = {0};
    fill(wanted, sizeof(wanted), 3);
    CHECK_EQ(ist_keyed_mutex_acquire(&r, 0, 1000, NULL), IST_ACQUIRED);
    CHECK_EQ(ist_write_resource(&r, wanted, sizeof(wanted), NULL), IST_OK);
    CHECK_EQ(ist_read_resource(&r, found, sizeof(found), NULL), IST_OK);
    CHECK_EQ(ist_keyed_mutex_release(&r, 0, NULL), IST_OK);
    OK(cudaStreamSynchronize(NULL));
    CHECK_MEM(found, wanted, sizeof(wanted));
    rig_release(&r);
    ID3D11Resource_Release(buffer);
    d3d_finish(&d);
}

/* What a struct says beside its number came from the program. */
TEST(an_import_of_zeroes_or_twice_released_is_refused)
{
    struct ist_resource zeroes = {0}, empty = IST_RESOURCE_INIT;
    unsigned char bytes[4];
    CHECK_EQ(ist_read_resource(&zeroes, bytes, 4, NULL), IST_BAD_HANDLE);
    CHECK_EQ(ist_write_resource(&empty, bytes, 4, NULL), IST_BAD_HANDLE);
    CHECK_EQ(ist_write_subresource(NULL, 0, 0, bytes, 0, 0, NULL), IST_BAD_POINTER);
    CHECK_EQ(ist_write_resource(NULL, bytes, 4, NULL), IST_BAD_POINTER);
    empty.id = 999999;
    CHECK_EQ(ist_read_resource(&empty, bytes, 4, NULL), IST_BAD_HANDLE);
}
