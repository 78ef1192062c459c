/* SPDX-License-Identifier: MIT */
/*
 * O1 to O13: the oracle table's answers to imports of memory. What was measured on NVIDIA's
 * driver with file descriptors is asked here of D3D11 resources. The rest of the table is in
 * group_oracle_map.c and group_oracle_sync.c.
 */
#include "group_oracle.h"

#define NO_FDS                                                                           \
    "file descriptors are no handle types of D3D11: OpaqueFd is neither of Windows nor " \
    "offered "                                                                           \
    "on the cpu device"

CASE(O1, import_of_null, T, "Import with a NULL out pointer or description: 1")
{
    struct thing t;
    thing_buffer(&t);
    cu_memory_desc desc = good_desc(&t);
    CUexternalMemory memory = UNTOUCHED;
    EXPECT_CU(cuImportExternalMemory(NULL, &desc), INVALID);
    EXPECT_CU(cuImportExternalMemory(&memory, NULL), INVALID);
    EXPECT_EQ(memory, UNTOUCHED);
    thing_close(&t);
}

CASE(O2, import_of_no_type, T, "Import with a type that does not exist: 1")
{
    static const unsigned types[] = {0, 9, 10, 11, 12, 99};
    struct thing t;
    thing_buffer(&t);
    for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++) {
        CONTEXT("type %u", types[i]);
        refuse_import(cu_memory_by(types[i], t.kmt, t.size), INVALID);
    }
    expect_importable(&t);
    thing_close(&t);
}

CASE(O3, import_of_a_type_not_offered, T, "Import with a type that the platform lacks: 801")
{
    struct thing t;
#ifdef _WIN32
    SKIP("Windows has the types 2 to 5");
#endif
    thing_buffer(&t);
    for (unsigned type = 2; type <= 5; type++) {
        CONTEXT("type %u", type);
        refuse_import(cu_memory_by(type, t.kmt, t.size), CUDA_ERROR_NOT_SUPPORTED);
    }
    expect_importable(&t);
    thing_close(&t);
}

CASE(O4, import_without_handle, T, "Types 2 to 8 without handle and name: 1, before 801")
{
    struct thing t;
    thing_open(&t);
    for (unsigned type = 2; type <= 8; type++) {
        CONTEXT("type %u", type);
        refuse_import(cu_memory_by(type, NULL, OBJECT_BYTES), INVALID);
    }
    rig_close(&t.rig);
}

CASE(O5, import_of_size_0, T, "Import of size 0: 1, and the handle stays good")
{
    struct thing t;
    thing_buffer(&t);
    refuse_import(cu_memory_by(TYPE_KMT, t.kmt, 0), INVALID);
    expect_importable(&t);
    thing_close(&t);
}

CASE(O6, import_of_less, T, "Import of size 100, or of less than the object: 0")
{
    struct thing t;
    thing_buffer(&t);
    t.size = 100;
    expect_importable(&t);
    t.size = OBJECT_BYTES - 1;
    expect_importable(&t);
    thing_close(&t);
}

CASE(O7, import_of_more, T, "Import of twice the object, or of 2^62 bytes: not checked")
{
    struct thing t;
    thing_buffer(&t);
#ifdef _WIN32
    t.size = 2 * OBJECT_BYTES;
    expect_importable(&t);
    t.size = 1ULL << 62;
    expect_importable(&t);
#else
    DIFFERS("the driver answers 0; here G20 rules, which refuses a size larger than the "
            "resource: what lies behind it is somebody else's memory");
    refuse_import(cu_memory_by(TYPE_KMT, t.kmt, 2 * OBJECT_BYTES), INVALID);
    refuse_import(cu_memory_by(TYPE_KMT, t.kmt, 1ULL << 62), INVALID);
    expect_importable(&t);
#endif
    thing_close(&t);
}

CASE(O8, import_of_other_flags, T, "Import with flags 2 or 0x80000001: 1")
{
    struct thing t;
    thing_buffer(&t);
    cu_memory_desc desc = good_desc(&t);
    desc.flags = 2;
    refuse_import(desc, INVALID);
    desc.flags = 0x80000001;
    refuse_import(desc, INVALID);
    expect_importable(&t);
    thing_close(&t);
}

CASE(O9, import_with_reserved_words, T, "reserved[0] = 1: the driver refuses, the runtime not")
{
    struct thing t;
    thing_buffer(&t);
    cu_memory_desc desc = good_desc(&t);
    desc.reserved[0] = 1;
    refuse_import(desc, INVALID);
#if CUDART_VERSION >= 13000
    cudaExternalMemory_t memory = NULL;
    memory_desc runtime = memory_by(MEMORY_KMT, t.kmt, NULL, t.size);
    runtime.reserved[0] = 1;
    REQUIRE_CUDA(cudaImportExternalMemory(&memory, &runtime), cudaSuccess);
    EXPECT_CUDA(cudaDestroyExternalMemory(memory), cudaSuccess);
#endif
    thing_close(&t);
}

CASE(O10, import_of_a_foreign_fd, T, "An fd of something else: 999, and the fd is closed")
{
    SKIP(NO_FDS);
}

CASE(O11, import_of_no_fd, T, "fd -1, or a number that is closed: 999")
{
    SKIP(NO_FDS);
}

CASE(O12, a_good_import, T, "A good import: 0. An fd would be taken over; an NT handle is not")
{
    struct thing t;
    thing_open(&t);
    ID3D11Texture2D *tex = rig_tex(&t.rig, SHARED | NTHANDLE);
    HANDLE handle = nt_handle(tex, NULL);
    CUexternalMemory memory = NULL;
    cu_memory_desc desc = cu_memory_by(TYPE_NT, handle, TEX_BYTES);
    REQUIRE_CU(cuImportExternalMemory(&memory, &desc), CUDA_SUCCESS);
    EXPECT_TRUE(memory != NULL);
    EXPECT_TRUE(CloseHandle(handle)); /* still the program's */
    EXPECT_CU(cuDestroyExternalMemory(memory), CUDA_SUCCESS);
    EXPECT_EQ(release(tex), 0);
    rig_close(&t.rig);
}

CASE(O13, a_second_import, T, "A second import of the same memory: 0")
{
    struct thing t;
    thing_buffer(&t);
    CUexternalMemory first = import_thing(&t), second = import_thing(&t);
    EXPECT_TRUE(first != second);
    EXPECT_CU(cuDestroyExternalMemory(first), CUDA_SUCCESS);
    CUdeviceptr ptr = 0;
    EXPECT_CU(map_at(second, 0, t.size, 0, &ptr), CUDA_SUCCESS);
    EXPECT_CU(cuMemFree(ptr), CUDA_SUCCESS);
    EXPECT_CU(cuDestroyExternalMemory(second), CUDA_SUCCESS);
    thing_close(&t);
}
