/* SPDX-License-Identifier: MIT */
/*
 * External memory and mapped buffers: the measured answers of NVIDIA's driver, who keeps the
 * memory alive, and that both sides have the very same pages.
 */
#include "d3d_rig.h"

#include <inttypes.h>
#include <stdio.h>

struct rig {
    struct d3d d;
    ID3D11Resource *buffer;
    HANDLE handle;
};

#define SIZE 100000u

static struct rig rig_new(void)
{
    struct rig r = {.d = d3d_new()};
    r.buffer = d3d_buffer(&r.d, SIZE, MISC_NT);
    r.handle = d3d_nt(r.buffer, NULL);
    return r;
}

static void rig_finish(struct rig *r)
{
    CHECK(CloseHandle(r->handle));
    ID3D11Resource_Release(r->buffer);
    d3d_finish(&r->d);
}

static CUresult try_import(memory_desc desc)
{
    CUexternalMemory memory = (CUexternalMemory)(uintptr_t)0x1234;
    CUresult code = cuImportExternalMemory(&memory, &desc);
    if (code == CUDA_SUCCESS)
        CHECK_EQ(cuDestroyExternalMemory(memory), CUDA_SUCCESS);
    else
        CHECK_EQ((uintptr_t)memory, 0x1234);
    return code;
}

TEST(import_wants_its_pointers)
{
    struct rig r = rig_new();
    CUexternalMemory memory = NULL;
    memory_desc desc = memory_by(TYPE_MEMORY_NT, r.handle, NULL, SIZE);
    CHECK_EQ(cuImportExternalMemory(NULL, &desc), CUDA_ERROR_INVALID_VALUE);
    CHECK_EQ(cuImportExternalMemory(&memory, NULL), CUDA_ERROR_INVALID_VALUE);
    CHECK(memory == NULL);
    rig_finish(&r);
}

TEST(import_types_answer_as_measured)
{
    static const unsigned unknown[] = {0, 9, 10, 11, 12, 99};
    struct rig r = rig_new();
    for (unsigned i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++)
        CHECK_EQ(try_import(memory_by(unknown[i], r.handle, NULL, SIZE)),
                 CUDA_ERROR_INVALID_VALUE);
    for (unsigned type = 2; type <= 8; type++) {
        bool ours = type == 6 || type == 7;
        CHECK_EQ(try_import(memory_by(type, NULL, NULL, SIZE)), CUDA_ERROR_INVALID_VALUE);
        if (!ours)
            REFUSED(try_import(memory_by(type, r.handle, NULL, SIZE)), CUDA_ERROR_NOT_SUPPORTED,
                    "not offered");
    }
    CHECK_EQ(try_import(memory_by(1, NULL, NULL, SIZE)), CUDA_ERROR_NOT_SUPPORTED);
    rig_finish(&r);
}

TEST(import_sizes_are_checked)
{
    struct rig r = rig_new();
    CHECK_EQ(try_import(memory_by(TYPE_MEMORY_NT, r.handle, NULL, 0)),
             CUDA_ERROR_INVALID_VALUE);
    CHECK_EQ(try_import(memory_by(TYPE_MEMORY_NT, r.handle, NULL, 100)), CUDA_SUCCESS);
    CHECK_EQ(try_import(memory_by(TYPE_MEMORY_NT, r.handle, NULL, SIZE)), CUDA_SUCCESS);
    CHECK_EQ(try_import(memory_by(TYPE_MEMORY_NT, r.handle, NULL, 131072)), CUDA_SUCCESS);
    REFUSED(try_import(memory_by(TYPE_MEMORY_NT, r.handle, NULL, 131073)),
            CUDA_ERROR_INVALID_VALUE, "131073");
    REFUSED(try_import(memory_by(TYPE_MEMORY_NT, r.handle, NULL, 2 * SIZE)),
            CUDA_ERROR_INVALID_VALUE, "100000 bytes, 131072");
    CHECK_EQ(try_import(memory_by(TYPE_MEMORY_NT, r.handle, NULL, 1ULL << 62)),
             CUDA_ERROR_INVALID_VALUE);
    CHECK_EQ(try_import(memory_by(TYPE_MEMORY_NT, r.handle, NULL, UINT64_MAX)),
             CUDA_ERROR_INVALID_VALUE);
    rig_finish(&r);
}

/* G4, and the bits that nobody knows. */
TEST(import_flags_are_dedicated_and_nothing_else)
{
    static const unsigned wrong[] = {0, 2, 3, 0x80000001};
    struct rig r = rig_new();
    for (unsigned i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        memory_desc desc = memory_by(TYPE_MEMORY_NT, r.handle, NULL, SIZE);
        desc.flags = wrong[i];
        REFUSED(try_import(desc), CUDA_ERROR_INVALID_VALUE, "Dedicated");
    }
    rig_finish(&r);
}

TEST(one_memory_may_be_imported_twice)
{
    struct rig r = rig_new();
    CUexternalMemory a = import_memory(TYPE_MEMORY_NT, r.handle, SIZE);
    CUexternalMemory b = import_memory(TYPE_MEMORY_NT, r.handle, SIZE);
    CHECK(a != b);
    CHECK_EQ(cuDestroyExternalMemory(a), CUDA_SUCCESS);
    CHECK_EQ(cuDestroyExternalMemory(a), CUDA_ERROR_INVALID_HANDLE);
    CHECK_EQ(cuDestroyExternalMemory(b), CUDA_SUCCESS);
    CHECK_EQ(cuDestroyExternalMemory(NULL), CUDA_ERROR_INVALID_VALUE);
    rig_finish(&r);
}

TEST(mapping_wants_its_pointers)
{
    struct rig r = rig_new();
    CUexternalMemory memory = import_memory(TYPE_MEMORY_NT, r.handle, SIZE);
    CUdeviceptr ptr = 0x1234;
    buffer_desc desc;
    memset(&desc, 0, sizeof(desc));
    desc.size = 256;
    CHECK_EQ(cuExternalMemoryGetMappedBuffer(NULL, memory, &desc), CUDA_ERROR_INVALID_VALUE);
    CHECK_EQ(cuExternalMemoryGetMappedBuffer(&ptr, memory, NULL), CUDA_ERROR_INVALID_VALUE);
    CHECK_EQ(cuExternalMemoryGetMappedBuffer(&ptr, NULL, &desc), CUDA_ERROR_INVALID_VALUE);
    CHECK_EQ(cuDestroyExternalMemory(memory), CUDA_SUCCESS);
    CHECK_EQ(cuExternalMemoryGetMappedBuffer(&ptr, memory, &desc), CUDA_ERROR_INVALID_HANDLE);
    CHECK_EQ(ptr, 0x1234);
    rig_finish(&r);
}

TEST(mapped_ranges_are_checked)
{
    static const struct {
        unsigned long long offset, size;
        CUresult code;
    } ranges[] = {
        {0, SIZE, CUDA_SUCCESS},
        {0, 1, CUDA_SUCCESS},
        {256, SIZE - 256, CUDA_SUCCESS},
        {65536, 1000, CUDA_SUCCESS},
        {0, 0, CUDA_ERROR_INVALID_VALUE},
        {0, SIZE + 1, CUDA_ERROR_INVALID_VALUE},
        {256, SIZE, CUDA_ERROR_INVALID_VALUE},
        {100096, 1, CUDA_ERROR_INVALID_VALUE},
        {256, UINT64_MAX, CUDA_ERROR_INVALID_VALUE},
        {UINT64_MAX - 255, 512, CUDA_ERROR_INVALID_VALUE},
        {1, 100, CUDA_ERROR_INVALID_VALUE},
        {3, 100, CUDA_ERROR_INVALID_VALUE},
        {1000, 100, CUDA_SUCCESS},
    };
    struct rig r = rig_new();
    CUexternalMemory memory = import_memory(TYPE_MEMORY_NT, r.handle, SIZE);
    for (unsigned i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++) {
        CUdeviceptr ptr = 0x1234;
        CHECK_EQ(map_buffer(&ptr, memory, ranges[i].offset, ranges[i].size), ranges[i].code);
        if (ranges[i].code == CUDA_SUCCESS)
            CHECK_EQ(cuMemFree(ptr), CUDA_SUCCESS);
        else
            CHECK_EQ(ptr, 0x1234);
    }
    CHECK_EQ(cuDestroyExternalMemory(memory), CUDA_SUCCESS);
    rig_finish(&r);
}

TEST(mapping_flags_and_reserved_words_are_zero)
{
    struct rig r = rig_new();
    CUexternalMemory memory = import_memory(TYPE_MEMORY_NT, r.handle, SIZE);
    CUdeviceptr ptr = 0;
    buffer_desc desc;
    memset(&desc, 0, sizeof(desc));
    desc.size = SIZE;
    desc.flags = 1;
    REFUSED(cuExternalMemoryGetMappedBuffer(&ptr, memory, &desc), CUDA_ERROR_INVALID_VALUE,
            "flags 0x1");
    desc.flags = 0;
    desc.reserved[0] = 7;
    CHECK_EQ(cuExternalMemoryGetMappedBuffer(&ptr, memory, &desc), CUDA_ERROR_INVALID_VALUE);
    CHECK_EQ(cuDestroyExternalMemory(memory), CUDA_SUCCESS);
    rig_finish(&r);
}

/* G20: a smaller import maps only so much. */
TEST(only_what_was_imported_can_be_mapped)
{
    struct rig r = rig_new();
    CUexternalMemory memory = import_memory(TYPE_MEMORY_NT, r.handle, 1000);
    CUdeviceptr ptr = 0;
    REFUSED(map_buffer(&ptr, memory, 0, 1001), CUDA_ERROR_INVALID_VALUE, "1000 bytes");
    CHECK_EQ(map_buffer(&ptr, memory, 256, 744), CUDA_SUCCESS);
    CHECK_EQ(cudaMemset((void *)(uintptr_t)ptr, 1, 745), cudaErrorInvalidValue);
    OK(cudaMemset((void *)(uintptr_t)ptr, 1, 744));
    CHECK_EQ(cuMemFree(ptr), CUDA_SUCCESS);
    CHECK_EQ(cuDestroyExternalMemory(memory), CUDA_SUCCESS);
    rig_finish(&r);
}

TEST(a_texture_is_no_buffer)
{
    struct d3d d = d3d_new();
    struct texture t = {DXGI_FORMAT_R8G8B8A8_UNORM, 64, 64, 0, 1, 1, 0};
    ID3D11Resource *texture = d3d_texture(&d, t, MISC_NT);
    HANDLE handle = d3d_nt(texture, NULL);
    CUexternalMemory memory = import_memory(TYPE_MEMORY_NT, handle, 16384);
    CUdeviceptr ptr = 0;
    REFUSED(map_buffer(&ptr, memory, 0, 4096), CUDA_ERROR_INVALID_VALUE, "texture");
    CHECK_EQ(cuDestroyExternalMemory(memory), CUDA_SUCCESS);
    CHECK(CloseHandle(handle));
    ID3D11Resource_Release(texture);
    d3d_finish(&d);
}

TEST(mapping_twice_gives_two_addresses_of_one_memory)
{
    struct rig r = rig_new();
    CUexternalMemory memory = import_memory(TYPE_MEMORY_NT, r.handle, SIZE);
    CUdeviceptr a = 0, b = 0;
    CHECK_EQ(map_buffer(&a, memory, 0, SIZE), CUDA_SUCCESS);
    CHECK_EQ(map_buffer(&b, memory, 512, SIZE - 512), CUDA_SUCCESS);
    CHECK(a + 512 != b);
    unsigned char *first = (unsigned char *)(uintptr_t)a,
                  *second = (unsigned char *)(uintptr_t)b;
    OK(cudaMemset(first, 0x12, SIZE));
    OK(cudaMemset(second, 0x34, 100));
    OK(cudaDeviceSynchronize());
    CHECK_EQ(first[511], 0x12);
    CHECK_EQ(first[512], 0x34);
    CHECK_EQ(second[100], 0x12);
    CHECK_EQ(cuMemFree(a), CUDA_SUCCESS);
    second[99] = 9; /* still there */
    CHECK_EQ(cuMemFree(a), CUDA_ERROR_INVALID_VALUE);
    CHECK_EQ(cuMemFree(b), CUDA_SUCCESS);
    CHECK_EQ(cuMemFree(b), CUDA_ERROR_INVALID_VALUE);
    CHECK_EQ(cuDestroyExternalMemory(memory), CUDA_SUCCESS);
    rig_finish(&r);
}

/* G1 and G5: the import alone keeps the memory, and then the mapping alone. */
TEST(a_mapping_outlives_everything_else)
{
    static const struct {
        unsigned misc, type;
    } ways[] = {{MISC_NT, TYPE_MEMORY_NT}, {MISC_KMT, TYPE_MEMORY_KMT}};
    for (unsigned i = 0; i < 2; i++) {
        struct d3d d = d3d_new();
        bool nt = ways[i].type == TYPE_MEMORY_NT;
        unsigned char bytes[256];
        ID3D11Resource *buffer = d3d_buffer(&d, 256, ways[i].misc);
        HANDLE handle = nt ? d3d_nt(buffer, NULL) : d3d_kmt(buffer);
        rig_pattern(bytes, sizeof(bytes), i);
        ID3D11DeviceContext_UpdateSubresource(d.context, buffer, 0, NULL, bytes, 0, 0);
        CUexternalMemory memory = import_memory(ways[i].type, handle, 256);
        CHECK_EQ(CloseHandle(handle), nt);
        CHECK_EQ(ID3D11Resource_Release(buffer), 0);
        d3d_finish(&d);
        CHECK_EQ(core_live_count(), 1);

        CUdeviceptr ptr = 0;
        CHECK_EQ(map_buffer(&ptr, memory, 0, 256), CUDA_SUCCESS);
        CHECK_EQ(cuDestroyExternalMemory(memory), CUDA_SUCCESS);
        CHECK_MEM((void *)(uintptr_t)ptr, bytes, sizeof(bytes));
        OK(cudaMemset((void *)(uintptr_t)ptr, 1, 256));
        CHECK_EQ(cuMemFree(ptr), CUDA_SUCCESS);
        CHECK_EQ(core_live_count(), 0);
    }
}

TEST(the_runtime_frees_what_the_driver_mapped)
{
    struct rig r = rig_new();
    CUexternalMemory memory = import_memory(TYPE_MEMORY_NT, r.handle, SIZE);
    struct cudaPointerAttributes a;
    CUdeviceptr ptr = 0;
    CHECK_EQ(map_buffer(&ptr, memory, 0, SIZE), CUDA_SUCCESS);
    OK(cudaPointerGetAttributes(&a, (void *)(uintptr_t)(ptr + SIZE - 1)));
    CHECK_EQ(a.type, cudaMemoryTypeDevice);
    OK(cudaFree((void *)(uintptr_t)ptr));
    OK(cudaDestroyExternalMemory((cudaExternalMemory_t)memory));
    rig_finish(&r);
}

/* The inode of the mapping around an address, 0 for memory of no file. */
static unsigned long long inode_at(const void *at)
{
    char line[512];
    unsigned long long found = 0;
    FILE *maps = fopen("/proc/self/maps", "re");
    CHECK(maps != NULL);
    while (fgets(line, sizeof(line), maps)) {
        uintptr_t start, end;
        unsigned long long inode;
        if (sscanf(line, "%" SCNxPTR "-%" SCNxPTR " %*s %*s %*s %llu", &start, &end, &inode) ==
                3 &&
            start <= (uintptr_t)at && (uintptr_t)at < end)
            found = inode;
    }
    fclose(maps);
    return found;
}

/*
 * Zero copy. D3D11 writes with UpdateSubresource and nothing else is called: the byte is
 * there for CUDA's pointer, in two mappings of one memory object. Back the same way, through
 * Map of a copy.
 */
TEST(both_sides_have_the_same_physical_memory)
{
    struct rig r = rig_new();
    unsigned char bytes[SIZE];
    CUexternalMemory memory = import_memory(TYPE_MEMORY_NT, r.handle, SIZE);
    CUdeviceptr a = 0, b = 0;
    CHECK_EQ(map_buffer(&a, memory, 0, SIZE), CUDA_SUCCESS);
    CHECK_EQ(map_buffer(&b, memory, 0, SIZE), CUDA_SUCCESS);
    unsigned char *one = (unsigned char *)(uintptr_t)a, *two = (unsigned char *)(uintptr_t)b;
    CHECK(one != two);
    CHECK(inode_at(one) != 0);
    CHECK_EQ(inode_at(one), inode_at(two));

    rig_pattern(bytes, SIZE, 77);
    ID3D11DeviceContext_UpdateSubresource(r.d.context, r.buffer, 0, NULL, bytes, 0, 0);
    CHECK_MEM(one, bytes, SIZE);
    CHECK_MEM(two, bytes, SIZE);

    D3D11_BUFFER_DESC desc = {.ByteWidth = SIZE,
                              .Usage = D3D11_USAGE_STAGING,
                              .CPUAccessFlags = D3D11_CPU_ACCESS_READ};
    ID3D11Buffer *staging = NULL;
    D3D11_MAPPED_SUBRESOURCE mapped;
    memset(two, 0xa5, SIZE); /* as a host function would write */
    CHECK_EQ(ID3D11Device_CreateBuffer(r.d.device, &desc, NULL, &staging), S_OK);
    ID3D11DeviceContext_CopyResource(r.d.context, (ID3D11Resource *)staging, r.buffer);
    CHECK_EQ(ID3D11DeviceContext_Map(r.d.context, (ID3D11Resource *)staging, 0, D3D11_MAP_READ,
                                     0, &mapped),
             S_OK);
    CHECK_MEM(mapped.pData, one, SIZE);
    CHECK_EQ(((unsigned char *)mapped.pData)[SIZE - 1], 0xa5);
    ID3D11DeviceContext_Unmap(r.d.context, (ID3D11Resource *)staging, 0);
    ID3D11Buffer_Release(staging);

    CHECK_EQ(cuMemFree(a), CUDA_SUCCESS);
    CHECK_EQ(cuMemFree(b), CUDA_SUCCESS);
    CHECK_EQ(cuDestroyExternalMemory(memory), CUDA_SUCCESS);
    rig_finish(&r);
}

TEST(reset_ends_imports_and_mappings)
{
    struct rig r = rig_new();
    CUexternalMemory memory = import_memory(TYPE_MEMORY_NT, r.handle, SIZE);
    CUdeviceptr ptr = 0;
    CHECK_EQ(map_buffer(&ptr, memory, 0, SIZE), CUDA_SUCCESS);
    OK(cudaDeviceReset());
    CHECK_EQ(cuMemFree(ptr), CUDA_ERROR_INVALID_VALUE);
    CHECK_EQ(cuDestroyExternalMemory(memory), CUDA_ERROR_INVALID_HANDLE);
    rig_finish(&r);
}
