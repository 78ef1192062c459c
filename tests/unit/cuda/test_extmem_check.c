/* SPDX-License-Identifier: MIT */
/*
 * The order in which mistakes of a descriptor are told: the first one is the one that counts,
 * whoever serves the import. Each test makes two at once.
 */
#include "d3d_rig.h"

static CUresult refused(const memory_desc *desc, const char *word)
{
    CUexternalMemory memory = NULL;
    CUresult code = cuImportExternalMemory(&memory, desc);
    if (!strstr(ist_explain(), word))
        test_fail(TEST_HERE, "\"%s\" does not say \"%s\"", ist_explain(), word);
    CHECK(memory == NULL);
    return code;
}

TEST(the_handle_comes_before_reserved_size_flags_and_platform)
{
    memory_desc desc = memory_by(CU_EXTERNAL_MEMORY_HANDLE_TYPE_D3D12_HEAP, NULL, NULL, 0);
    desc.reserved[15] = 1;
    desc.flags = 2;
    CHECK_EQ(refused(&desc, "handle and name"), 1);
    desc.handle.win32.handle = (HANDLE)0x44;
    CHECK_EQ(refused(&desc, "reserved[15]"), 1);
    desc.reserved[15] = 0;
    CHECK_EQ(refused(&desc, "size"), 1);
    desc.size = 1;
    CHECK_EQ(refused(&desc, "flags"), 1);
    desc.flags = 0;
    CHECK_EQ(refused(&desc, "not offered"), 801);
    desc.type = (CUexternalMemoryHandleType)99;
    CHECK_EQ(refused(&desc, "does not exist"), 1);
}

TEST(a_kmt_handle_has_no_name_and_an_nt_handle_not_both)
{
    memory_desc desc = memory_by(TYPE_MEMORY_KMT, NULL, L"a", 1);
    CHECK_EQ(refused(&desc, "KMT"), 1);
    desc = memory_by(TYPE_MEMORY_NT, (HANDLE)0x44, L"a", 1);
    CHECK_EQ(refused(&desc, "both set"), 1);
}

TEST(a_size_may_lie_in_the_rounding_and_not_beyond)
{
    struct d3d d = d3d_new();
    ID3D11Resource *buffer = d3d_buffer(&d, 1000, MISC_NT);
    HANDLE handle = d3d_nt(buffer, NULL);
    memory_desc desc = memory_by(TYPE_MEMORY_NT, handle, NULL, 65536);
    CUexternalMemory memory;
    CUdeviceptr pointer;
    CHECK_EQ(cuImportExternalMemory(&memory, &desc), CUDA_SUCCESS);
    CHECK_EQ(map_buffer(&pointer, memory, 65528, 16), 1);
    CHECK_EQ(cuDestroyExternalMemory(memory), CUDA_SUCCESS);
    desc.size = 65537;
    CHECK_EQ(refused(&desc, "more than the resource has"), 1);
    CHECK(CloseHandle(handle));
    ID3D11Resource_Release(buffer);
    d3d_finish(&d);
}
