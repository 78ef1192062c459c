/* SPDX-License-Identifier: MIT */
/* Every dimension and family through one call: the bytes that D3D11 wrote are what CUDA reads,
 * and what CUDA writes is what D3D11 reads. */
#include "rig.h"

#define ROOM 65536

static const UINT families[] = {MISC_KMT, MISC_NT, MISC_MUTEX_KMT, MISC_MUTEX_NT};

struct kind {
    struct texture texture;
    unsigned element; /* bytes */
};

static const struct kind kinds[] = {
    {{DXGI_FORMAT_R32_FLOAT, 37, 0, 0, 1, 1, 0}, 4},
    {{DXGI_FORMAT_R8_UINT, 64, 0, 0, 4, 3, 0}, 1},
    {{DXGI_FORMAT_R8G8B8A8_UNORM, 33, 7, 0, 1, 1, D3D11_BIND_RENDER_TARGET}, 4},
    {{DXGI_FORMAT_B8G8R8A8_UNORM, 32, 16, 0, 3, 1, 0}, 4},
    {{DXGI_FORMAT_R16G16B16A16_FLOAT, 16, 16, 0, 2, 6, 0}, 8},
    {{DXGI_FORMAT_R8G8B8A8_TYPELESS, 16, 16, 0, 1, 2, 0}, 4},
    {{DXGI_FORMAT_R32G32B32A32_UINT, 9, 5, 3, 2, 0, 0}, 16},
};

static UINT side(UINT size, UINT level)
{
    return size >> level > 1 ? size >> level : 1;
}

/* One level of all slices, tightly packed, in or out of CUDA. */
static void copy_level(const struct ist_resource *r, const struct kind *k, UINT level,
                       void *bytes, enum cudaMemcpyKind direction)
{
    const struct texture *t = &k->texture;
    CUarray array = NULL;
    struct cudaMemcpy3DParms copy;
    UINT slices = t->slices ? t->slices : 1, depth = side(t->depth, level);
    struct cudaPitchedPtr host;
    memset(&copy, 0, sizeof(copy));
    CHECK_EQ(cuMipmappedArrayGetLevel(&array, (CUmipmappedArray)r->mipmapped, level),
             CUDA_SUCCESS);
    host.ptr = bytes;
    host.pitch = (size_t)side(t->width, level) * k->element;
    host.xsize = side(t->width, level);
    host.ysize = side(t->height, level);
    copy.extent.width = side(t->width, level);
    copy.extent.height = side(t->height, level);
    copy.extent.depth = (size_t)depth * slices;
    copy.kind = direction;
    if (direction == cudaMemcpyDeviceToHost) {
        copy.srcArray = (cudaArray_t)array;
        copy.dstPtr = host;
    } else {
        copy.dstArray = (cudaArray_t)array;
        copy.srcPtr = host;
    }
    OK(cudaMemcpy3D(&copy));
}

static size_t level_bytes(const struct kind *k, UINT level)
{
    const struct texture *t = &k->texture;
    return (size_t)side(t->width, level) * side(t->height, level) * side(t->depth, level) *
           k->element;
}

static void upload(const struct d3d *d, ID3D11Resource *to, const struct kind *k, UINT level,
                   const unsigned char *bytes)
{
    const struct texture *t = &k->texture;
    UINT row = side(t->width, level) * k->element;
    for (UINT slice = 0; slice < (t->slices ? t->slices : 1); slice++)
        ID3D11DeviceContext_UpdateSubresource(d->context, to, level + slice * t->levels, NULL,
                                              bytes + slice * level_bytes(k, level), row,
                                              row * side(t->height, level));
}

static void check_kind(const struct kind *k, UINT misc)
{
    static unsigned char wrote[ROOM], read[ROOM];
    struct d3d d = d3d_new();
    ID3D11Resource *texture = d3d_texture(&d, k->texture, misc);
    UINT slices = k->texture.slices ? k->texture.slices : 1;
    struct ist_resource r = rig_import(texture, NULL);
    CHECK(r.mipmapped != NULL && r.pointer == 0);
    CHECK((r.mutex != NULL) == ((misc & MISC_MUTEX_KMT) != 0));
    CHECK_EQ(r.levels, k->texture.levels);
    if (r.mutex)
        CHECK_EQ(ist_d3d11_mutex_acquire(d3d_mutex(texture), 0, 0), IST_ACQUIRED);
    for (UINT level = 0; level < k->texture.levels; level++) {
        size_t size = level_bytes(k, level) * slices;
        CHECK(size <= ROOM);
        rig_pattern(wrote, size, level + misc);
        upload(&d, texture, k, level, wrote);
        ID3D11DeviceContext_Flush(d.context);
        copy_level(&r, k, level, read, cudaMemcpyDeviceToHost);
        CHECK_MEM(read, wrote, size);
    }
    if (r.mutex) {
        IDXGIKeyedMutex *mutex = d3d_mutex(texture);
        CHECK_EQ(ist_d3d11_mutex_release(mutex, 0), IST_OK);
        IDXGIKeyedMutex_Release(mutex);
        IDXGIKeyedMutex_Release(mutex); /* the one of the acquire above */
    }
    rig_release(&r);
    CHECK_EQ(ID3D11Resource_Release(texture), 0);
    d3d_finish(&d);
}

TEST(textures_of_each_dimension_by_each_family)
{
    for (size_t k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++)
        for (size_t f = 0; f < sizeof(families) / sizeof(families[0]); f++)
            check_kind(&kinds[k], families[f]);
}

TEST(buffers_by_each_family_both_ways)
{
    for (size_t f = 0; f < sizeof(families) / sizeof(families[0]); f++) {
        unsigned char wrote[1000], read[1000];
        struct d3d d = d3d_new();
        ID3D11Resource *buffer = d3d_buffer(&d, sizeof(wrote), families[f]);
        struct ist_resource r = rig_import(buffer, NULL), again = rig_import(buffer, NULL);
        rig_pattern(wrote, sizeof(wrote), (unsigned)f);
        CHECK(r.pointer != 0 && r.mipmapped == NULL);
        CHECK_EQ(r.size, sizeof(wrote));
        OK(cudaMemcpy((void *)(uintptr_t)r.pointer, wrote, sizeof(wrote),
                      cudaMemcpyHostToDevice));
        OK(cudaMemcpy(read, (void *)(uintptr_t)again.pointer, sizeof(read),
                      cudaMemcpyDeviceToHost));
        CHECK_MEM(read, wrote, sizeof(wrote));
        rig_release(&again);
        rig_release(&r);
        CHECK_EQ(ID3D11Resource_Release(buffer), 0);
        d3d_finish(&d);
    }
}

/* The import holds the memory: object and handle may go first. */
TEST(an_import_outlives_what_it_came_from)
{
    unsigned char wrote[64], read[64];
    struct d3d d = d3d_new();
    ID3D11Resource *buffer = d3d_buffer(&d, sizeof(wrote), MISC_NT);
    struct ist_resource r = rig_import(buffer, NULL);
    rig_pattern(wrote, sizeof(wrote), 1);
    ID3D11DeviceContext_UpdateSubresource(d.context, buffer, 0, NULL, wrote, 0, 0);
    ID3D11DeviceContext_Flush(d.context);
    CHECK_EQ(ID3D11Resource_Release(buffer), 0);
    d3d_finish(&d);
    OK(cudaMemcpy(read, (void *)(uintptr_t)r.pointer, sizeof(read), cudaMemcpyDeviceToHost));
    CHECK_MEM(read, wrote, sizeof(wrote));
    rig_release(&r);
}

TEST(handle_name_and_number_lead_to_the_same_memory)
{
    struct d3d d = d3d_new();
    ID3D11Resource *nt = d3d_buffer(&d, 64, MISC_MUTEX_NT);
    ID3D11Resource *kmt = d3d_buffer(&d, 64, MISC_KMT);
    struct ist_resource_desc desc = rig_describe(nt), kmt_desc = rig_describe(kmt);
    HANDLE handle = d3d_nt(nt, L"shared buffer");
    struct ist_resource a = IST_RESOURCE_INIT, b = IST_RESOURCE_INIT, c = IST_RESOURCE_INIT,
                        e = IST_RESOURCE_INIT;
    CHECK_EQ(ist_import_name_borrow(L"shared buffer", &desc, NULL, &a), IST_OK);
    CHECK_EQ(ist_import_handle_borrow(handle, &desc, NULL, &b), IST_OK);
    CHECK_EQ(ist_import_handle_take(handle, &desc, NULL, &c), IST_OK);
    CHECK(!CloseHandle(handle)); /* it was taken */
    CHECK_EQ(ist_import_kmt_borrow(d3d_kmt(kmt), &kmt_desc, NULL, &e), IST_OK);
    CHECK(a.mutex && b.mutex && c.mutex && !e.mutex);
    OK(cudaMemset((void *)(uintptr_t)a.pointer, 0x5a, 64));
    unsigned char seen[64];
    OK(cudaMemcpy(seen, (void *)(uintptr_t)c.pointer, 64, cudaMemcpyDeviceToHost));
    CHECK_EQ(seen[63], 0x5a);
    rig_release(&a);
    rig_release(&b);
    rig_release(&c);
    rig_release(&e);
    ID3D11Resource_Release(nt);
    ID3D11Resource_Release(kmt);
    d3d_finish(&d);
}

TEST(options_change_what_is_made)
{
    struct d3d d = d3d_new();
    ID3D11Resource *cube =
        d3d_texture(&d, (struct texture){DXGI_FORMAT_R8G8B8A8_UNORM, 16, 16, 0, 1, 6, 0},
                    MISC_MUTEX_NT);
    struct ist_import_options options = rig_options(
        IST_IMPORT_CUBE | IST_IMPORT_SURFACE | IST_IMPORT_NORMALIZED | IST_IMPORT_NO_MUTEX);
    struct ist_resource r = rig_import(cube, &options);
    CUDA_ARRAY3D_DESCRIPTOR found;
    CUarray level = NULL;
    CHECK_EQ(r.array_flags, CUDA_ARRAY3D_CUBEMAP | CUDA_ARRAY3D_SURFACE_LDST);
    CHECK_EQ(r.array_format, CU_AD_FORMAT_UNORM_INT8X4);
    CHECK(r.mutex == NULL);
    CHECK_EQ(cuMipmappedArrayGetLevel(&level, (CUmipmappedArray)r.mipmapped, 0), CUDA_SUCCESS);
    CHECK_EQ(cuArray3DGetDescriptor(&found, level), CUDA_SUCCESS);
    CHECK_EQ(found.Depth, 6);
    rig_release(&r);
    options = rig_options(IST_IMPORT_NO_MAPPING);
    r = rig_import(cube, &options);
    CHECK(r.memory && r.mutex && !r.mipmapped && !r.pointer);
    rig_release(&r);
    options = rig_options(0);
    options.view_format = DXGI_FORMAT_R8G8B8A8_SINT;
    r = rig_import(cube, &options);
    CHECK_EQ(r.array_format, CU_AD_FORMAT_SIGNED_INT8);
    rig_release(&r);
    ID3D11Resource_Release(cube);
    d3d_finish(&d);
}

/* A texture of this format, or NULL where D3D11 makes or shares none. */
static ID3D11Resource *texture_of(const struct d3d *d, unsigned format)
{
    ID3D11Texture2D *texture = NULL;
    D3D11_TEXTURE2D_DESC desc = {
        .Width = 32,
        .Height = 16,
        .MipLevels = 1,
        .ArraySize = 1,
        .Format = (DXGI_FORMAT)format,
        .SampleDesc = {.Count = 1},
        .BindFlags = D3D11_BIND_SHADER_RESOURCE,
        .MiscFlags = MISC_NT,
    };
    return SUCCEEDED(ID3D11Device_CreateTexture2D(d->device, &desc, NULL, &texture))
               ? (ID3D11Resource *)texture
               : NULL;
}

/* What the table of formats promises, the driver takes; what it refuses, the import refuses. */
TEST(every_format_that_d3d11_shares_is_mapped_or_refused_by_its_name)
{
    static const unsigned wishes[] = {
        IST_IMPORT_PACKED_AS_INTEGER,
        IST_IMPORT_PACKED_AS_INTEGER | IST_IMPORT_NORMALIZED,
    };
    struct d3d d = d3d_new();
    unsigned mapped = 0, refused = 0;
    for (unsigned i = 0; i < 2 * 133; i++) {
        struct ist_import_options options = rig_options(wishes[i % 2]);
        struct ist_cuda_format texel = IST_CUDA_FORMAT_INIT;
        struct ist_resource r = IST_RESOURCE_INIT;
        ID3D11Resource *texture = texture_of(&d, i / 2);
        if (!texture)
            continue;
        enum ist_status wanted = ist_query_cuda_format(i / 2, wishes[i % 2], &texel);
        enum ist_status found = ist_import_resource(texture, &options, &r);
        if (found != wanted)
            test_fail(TEST_HERE, "format %u: %s: %s", i / 2, ist_status_name(found),
                      ist_explain());
        if (found == IST_OK) {
            CHECK_EQ(r.array_format, texel.array_format);
            CHECK_EQ(r.array_channels, texel.array_channels);
            rig_release(&r);
            mapped++;
        } else {
            refused++;
        }
        ID3D11Resource_Release(texture);
    }
    CHECK(mapped >= 2 * 60);
    CHECK(refused >= 2);
    d3d_finish(&d);
}

TEST(empty_and_zeroed_structs_release_to_nothing)
{
    struct ist_resource empty = IST_RESOURCE_INIT, zeroed;
    memset(&zeroed, 0, sizeof(zeroed));
    CHECK_EQ(ist_release_resource(&empty), IST_OK);
    CHECK_EQ(ist_release_resource(&empty), IST_OK);
    CHECK_EQ(ist_release_resource(&zeroed), IST_OK);
}
