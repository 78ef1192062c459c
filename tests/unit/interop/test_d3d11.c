/* SPDX-License-Identifier: MIT */
/* Resources made by a description, and their bytes on D3D11's side. */
#include "rig.h"

#define HEAD(dimension) sizeof(struct ist_resource_desc), dimension

static const struct ist_resource_desc descs[] = {
    {HEAD(1), 1000, .bind_flags = D3D11_BIND_SHADER_RESOURCE, .misc_flags = MISC_NT},
    {HEAD(2), 33, .levels = 2, .slices = 3, .format = DXGI_FORMAT_R8_UINT,
     .bind_flags = D3D11_BIND_SHADER_RESOURCE, .misc_flags = MISC_KMT},
    {HEAD(3), 17, 9, .levels = 3, .slices = 2, .samples = 1,
     .format = DXGI_FORMAT_R8G8B8A8_UNORM, .bind_flags = D3D11_BIND_SHADER_RESOURCE,
     .misc_flags = MISC_MUTEX_NT},
    {HEAD(4), 9, 5, 3, .levels = 2, .format = DXGI_FORMAT_R32_FLOAT,
     .bind_flags = D3D11_BIND_SHADER_RESOURCE},
};

static ID3D11Resource *create(const struct d3d *d, const struct ist_resource_desc *desc)
{
    ID3D11Resource *made = NULL;
    enum ist_status status = ist_create_resource(d->device, desc, &made);
    if (status != IST_OK)
        test_fail(TEST_HERE, "%s: %s", ist_status_name(status), ist_explain());
    return made;
}

TEST(what_is_described_is_what_was_asked_for)
{
    struct d3d d = d3d_new();
    for (unsigned i = 0; i < sizeof(descs) / sizeof(descs[0]); i++) {
        ID3D11Resource *made = create(&d, &descs[i]);
        struct ist_resource_desc found = rig_describe(made);
        CHECK(found.has_luid);
        memset(found.luid, 0, sizeof(found.luid));
        found.has_luid = 0;
        CHECK_MEM(&found, &descs[i], sizeof(found));
        ID3D11Resource_Release(made);
    }
    d3d_finish(&d);
}

TEST(bytes_go_in_and_come_out_of_the_staging_twin)
{
    struct d3d d = d3d_new();
    for (unsigned i = 0; i < sizeof(descs) / sizeof(descs[0]); i++) {
        struct ist_resource_desc twin = descs[i];
        struct ist_layout layout = IST_LAYOUT_INIT;
        unsigned char wanted[4096], found[4097];
        twin.bind_flags = twin.misc_flags = 0;
        ID3D11Resource *made = create(&d, &descs[i]), *staging = create(&d, &twin);
        CHECK_EQ(ist_query_resource(&descs[i], &layout), IST_OK);
        CHECK(layout.size <= sizeof(wanted));
        for (size_t k = 0; k < layout.size; k++)
            wanted[k] = (unsigned char)(k * 13 + k / 200 + i);
        memset(found, 0x5a, sizeof(found));
        CHECK_EQ(ist_d3d11_write_resource(d.context, made, wanted, layout.size), IST_OK);
        ID3D11DeviceContext_CopyResource(d.context, staging, made);
        CHECK_EQ(ist_d3d11_read_resource(d.context, staging, NULL, layout.size), IST_OK);
        CHECK_EQ(ist_d3d11_read_resource(d.context, staging, found, layout.size), IST_OK);
        CHECK_MEM(found, wanted, layout.size);
        CHECK_EQ(found[layout.size], 0x5a);
        ID3D11Resource_Release(staging);
        ID3D11Resource_Release(made);
    }
    d3d_finish(&d);
}

#define CHECK_REFUSED(call, status, word)                            \
    do {                                                             \
        CHECK_EQ(call, status);                                      \
        if (!strstr(ist_explain(), word))                            \
            test_fail(TEST_HERE, "the reason is %s", ist_explain()); \
    } while (0)

TEST(flags_that_do_not_go_together_are_named)
{
    struct d3d d = d3d_new();
    ID3D11Resource *none = NULL;
    struct ist_resource_desc desc = descs[2];
    desc.misc_flags = D3D11_RESOURCE_MISC_SHARED_NTHANDLE;
    CHECK_REFUSED(ist_create_resource(d.device, &desc, &none), IST_BAD_ARG, "alone");
    desc.misc_flags = MISC_KMT | MISC_MUTEX_KMT;
    CHECK_REFUSED(ist_create_resource(d.device, &desc, &none), IST_BAD_ARG, "one of them");
    desc.misc_flags = MISC_KMT;
    desc.samples = 4;
    CHECK_REFUSED(ist_create_resource(d.device, &desc, &none), IST_BAD_ARG, "multisampled");
    desc = descs[2];
    desc.dimension = 5;
    CHECK_REFUSED(ist_create_resource(d.device, &desc, &none), IST_BAD_ARG, "dimension 5");
    desc = descs[0];
    desc.width = 1ull << 32;
    CHECK_REFUSED(ist_create_resource(d.device, &desc, &none), IST_BAD_ARG, "width");
    desc = descs[2];
    desc.width = 20000;
    CHECK_REFUSED(ist_create_resource(d.device, &desc, &none), IST_BAD_ARG,
                  "CreateTexture2D() answered 0x80070057");
    CHECK_EQ(ist_create_resource(NULL, &descs[0], &none), IST_BAD_POINTER);
    CHECK_EQ(ist_create_resource(d.device, NULL, &none), IST_BAD_POINTER);
    CHECK_EQ(ist_create_resource(d.device, &descs[0], NULL), IST_BAD_POINTER);
    CHECK(none == NULL);
    d3d_finish(&d);
}

TEST(sizes_and_pointers_are_checked)
{
    struct d3d d = d3d_new();
    ID3D11Resource *made = create(&d, &descs[0]);
    struct ist_layout layout = IST_LAYOUT_INIT;
    unsigned char bytes[1000] = {0};
    CHECK_REFUSED(ist_d3d11_write_resource(d.context, made, bytes, 999), IST_BAD_ARG,
                  "999 bytes for a resource that has 1000");
    CHECK_EQ(ist_d3d11_write_resource(d.context, made, NULL, 1000), IST_BAD_POINTER);
    CHECK_EQ(ist_d3d11_write_resource(NULL, made, bytes, 1000), IST_BAD_POINTER);
    CHECK_EQ(ist_d3d11_write_resource(d.context, NULL, bytes, 1000), IST_BAD_POINTER);
    CHECK_REFUSED(ist_d3d11_read_resource(d.context, made, bytes, 1000), IST_BAD_ARG,
                  "Map() answered 0x80070057"); /* no staging resource */
    CHECK_EQ(ist_query_resource(NULL, &layout), IST_BAD_POINTER);
    CHECK_EQ(ist_query_resource(&descs[0], NULL), IST_BAD_POINTER);
    ID3D11Resource_Release(made);
    d3d_finish(&d);
}

/* UpdateSubresource() answers nothing: what it would drop is refused before. */
TEST(what_cannot_be_updated_is_refused)
{
    struct d3d d = d3d_new(), other = d3d_new();
    static const unsigned char zeroes[64];
    const D3D11_SUBRESOURCE_DATA data = {zeroes, 0, 0};
    const D3D11_BUFFER_DESC fixed = {64, D3D11_USAGE_IMMUTABLE, D3D11_BIND_VERTEX_BUFFER, 0, 0,
                                     0};
    const D3D11_BUFFER_DESC dynamic = {
        64, D3D11_USAGE_DYNAMIC, D3D11_BIND_VERTEX_BUFFER, D3D11_CPU_ACCESS_WRITE, 0, 0};
    struct ist_resource_desc many = {HEAD(3),
                                     4,
                                     4,
                                     .levels = 1,
                                     .slices = 1,
                                     .samples = 4,
                                     .format = DXGI_FORMAT_R8G8B8A8_UNORM,
                                     .bind_flags = D3D11_BIND_RENDER_TARGET};
    struct ist_resource_desc depth = {HEAD(3),
                                      4,
                                      4,
                                      .levels = 1,
                                      .slices = 1,
                                      .samples = 1,
                                      .format = DXGI_FORMAT_D32_FLOAT,
                                      .bind_flags = D3D11_BIND_DEPTH_STENCIL};
    struct ist_layout layout = IST_LAYOUT_INIT;
    ID3D11Buffer *one = NULL, *two = NULL;
    CHECK_EQ(ID3D11Device_CreateBuffer(d.device, &fixed, &data, &one), S_OK);
    CHECK_EQ(ID3D11Device_CreateBuffer(d.device, &dynamic, NULL, &two), S_OK);
    ID3D11Resource *stencil = create(&d, &depth);
    ID3D11Resource *made = create(&d, &descs[0]);
    CHECK_REFUSED(ist_d3d11_write_resource(d.context, (ID3D11Resource *)one, zeroes, 64),
                  IST_BAD_ARG, "Usage 1");
    CHECK_REFUSED(ist_d3d11_write_resource(d.context, (ID3D11Resource *)two, zeroes, 64),
                  IST_BAD_ARG, "Usage 2");
    CHECK_REFUSED(ist_query_resource(&many, &layout), IST_BAD_ARG, "samples 4");
    CHECK_REFUSED(ist_d3d11_write_resource(d.context, stencil, zeroes, 64), IST_BAD_ARG,
                  "DEPTH_STENCIL");
    CHECK_REFUSED(ist_d3d11_write_resource(other.context, made, zeroes, 1000), IST_WRONG_DEVICE,
                  "another device");
    CHECK_EQ(ist_d3d11_read_resource(other.context, made, NULL, 1000), IST_WRONG_DEVICE);
    ID3D11Resource_Release(made);
    ID3D11Resource_Release(stencil);
    ID3D11Buffer_Release(two);
    ID3D11Buffer_Release(one);
    d3d_finish(&other);
    d3d_finish(&d);
}

/* What D3D11 would not even see, or refuse without a word. */
TEST(a_description_is_taken_whole_or_not_at_all)
{
    struct d3d d = d3d_new();
    ID3D11Resource *none = NULL;
    struct ist_resource_desc desc = descs[0];
    desc.height = 5;
    CHECK_REFUSED(ist_create_resource(d.device, &desc, &none), IST_BAD_ARG, "height 5");
    desc = descs[3];
    desc.slices = 6;
    CHECK_REFUSED(ist_create_resource(d.device, &desc, &none), IST_BAD_ARG, "slices");
    desc = descs[1];
    desc.height = 3;
    CHECK_REFUSED(ist_create_resource(d.device, &desc, &none), IST_BAD_ARG, "height");
    desc = descs[1];
    desc.reserved = 1;
    CHECK_REFUSED(ist_create_resource(d.device, &desc, &none), IST_BAD_ARG, "reserved");
    desc = descs[0];
    desc.misc_flags = D3D11_RESOURCE_MISC_BUFFER_STRUCTURED;
    CHECK_REFUSED(ist_create_resource(d.device, &desc, &none), IST_BAD_ARG, "stride");
    CHECK_EQ(ist_create_resource((ID3D11Device *)d.context, &descs[0], &none),
             IST_NO_INTERFACE);
    CHECK(none == NULL);
    d3d_finish(&d);
}

/* Any interface of an object will do, as for ist_import_resource(). */
TEST(other_interfaces_of_the_objects_will_do)
{
    struct d3d d = d3d_new();
    ID3D11Resource *made = create(&d, &descs[0]);
    IDXGIResource *dxgi = NULL;
    unsigned char bytes[1000] = {1, 2, 3};
    CHECK_EQ(ID3D11Resource_QueryInterface(made, &IID_IDXGIResource, (void **)&dxgi), S_OK);
    CHECK_EQ(ist_d3d11_write_resource(d.context, (ID3D11Resource *)dxgi, bytes, 1000), IST_OK);
    CHECK_EQ(ist_d3d11_write_resource((ID3D11DeviceContext *)made, made, bytes, 1000),
             IST_NO_INTERFACE);
    IDXGIResource_Release(dxgi);
    ID3D11Resource_Release(made);
    d3d_finish(&d);
}
