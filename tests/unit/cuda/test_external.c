/* SPDX-License-Identifier: MIT */
/* From a descriptor to an object: which of handle and name, of which kind, and what is told. */
#include "d3d_rig.h"

struct rig {
    struct d3d d;
    ID3D11Resource *nt_buffer, *kmt_buffer;
    HANDLE nt, kmt;
};

static struct rig rig_new(void)
{
    struct rig r = {.d = d3d_new()};
    r.nt_buffer = d3d_buffer(&r.d, 4096, MISC_NT);
    r.kmt_buffer = d3d_buffer(&r.d, 4096, MISC_KMT);
    r.nt = d3d_nt(r.nt_buffer, L"isthmus external");
    r.kmt = d3d_kmt(r.kmt_buffer);
    return r;
}

static void rig_finish(struct rig *r)
{
    CHECK(CloseHandle(r->nt));
    CHECK_EQ(ID3D11Resource_Release(r->nt_buffer), 0);
    CHECK_EQ(ID3D11Resource_Release(r->kmt_buffer), 0);
    d3d_finish(&r->d);
}

static CUresult try_import(unsigned type, HANDLE handle, const void *name)
{
    CUexternalMemory memory = (CUexternalMemory)(uintptr_t)0x1234;
    memory_desc desc = memory_by(type, handle, name, 4096);
    CUresult code = cuImportExternalMemory(&memory, &desc);
    if (code == CUDA_SUCCESS)
        CHECK_EQ(cuDestroyExternalMemory(memory), CUDA_SUCCESS);
    else
        CHECK_EQ((uintptr_t)memory, 0x1234);
    return code;
}

TEST(every_right_way_works)
{
    struct rig r = rig_new();
    CHECK_EQ(try_import(TYPE_MEMORY_NT, r.nt, NULL), CUDA_SUCCESS);
    CHECK_EQ(try_import(TYPE_MEMORY_NT, NULL, u"isthmus external"), CUDA_SUCCESS);
    CHECK_EQ(try_import(TYPE_MEMORY_KMT, r.kmt, NULL), CUDA_SUCCESS);
    rig_finish(&r);
}

/* G3 */
TEST(exactly_one_of_handle_and_name)
{
    struct rig r = rig_new();
    REFUSED(try_import(TYPE_MEMORY_NT, NULL, NULL), CUDA_ERROR_INVALID_VALUE, "exactly one");
    REFUSED(try_import(TYPE_MEMORY_NT, r.nt, u"isthmus external"), CUDA_ERROR_INVALID_VALUE,
            "exactly one");
    REFUSED(try_import(TYPE_MEMORY_KMT, r.kmt, u"isthmus external"), CUDA_ERROR_INVALID_VALUE,
            "no name");
    REFUSED(try_import(TYPE_MEMORY_KMT, NULL, u"isthmus external"), CUDA_ERROR_INVALID_VALUE,
            "no name");
    CHECK_EQ(try_import(TYPE_MEMORY_KMT, NULL, NULL), CUDA_ERROR_INVALID_VALUE);
    rig_finish(&r);
}

/* G6: nothing is left behind, which the end of each test checks. */
TEST(the_kinds_of_handles_are_not_confused)
{
    struct rig r = rig_new();
    REFUSED(try_import(TYPE_MEMORY_NT, r.kmt, NULL), CUDA_ERROR_INVALID_HANDLE,
            "D3D11ResourceKmt");
    REFUSED(try_import(TYPE_MEMORY_KMT, r.nt, NULL), CUDA_ERROR_INVALID_HANDLE,
            "use D3D11Resource");
    rig_finish(&r);
}

TEST(dead_and_made_up_handles_are_refused)
{
    struct rig r = rig_new();
    HANDLE closed = d3d_nt(r.nt_buffer, NULL), dead;
    CHECK(CloseHandle(closed));
    CHECK_EQ(try_import(TYPE_MEMORY_NT, closed, NULL), CUDA_ERROR_INVALID_HANDLE);
    CHECK_EQ(try_import(TYPE_MEMORY_NT, (HANDLE)(uintptr_t)0xfffffffc, NULL),
             CUDA_ERROR_INVALID_HANDLE);
    CHECK_EQ(try_import(TYPE_MEMORY_NT, (HANDLE)(intptr_t)-1, NULL), CUDA_ERROR_INVALID_HANDLE);
    CHECK_EQ(try_import(TYPE_MEMORY_NT, (HANDLE)(uintptr_t)0x1234567890abcdef, NULL),
             CUDA_ERROR_INVALID_HANDLE);

    ID3D11Resource *buffer = d3d_buffer(&r.d, 64, MISC_KMT);
    dead = d3d_kmt(buffer);
    ID3D11Resource_Release(buffer);
    CHECK_EQ(try_import(TYPE_MEMORY_KMT, dead, NULL), CUDA_ERROR_INVALID_HANDLE);
    rig_finish(&r);
}

TEST(handles_and_names_of_other_things_are_refused)
{
    struct rig r = rig_new();
    ID3D11Fence *fence = d3d_fence(&r.d, 0);
    HANDLE handle = d3d_fence_nt(fence, L"isthmus external fence");
    HANDLE event = CreateEventW(NULL, TRUE, FALSE, L"isthmus external event");
    CHECK_EQ(try_import(TYPE_MEMORY_NT, handle, NULL), CUDA_ERROR_INVALID_HANDLE);
    CHECK_EQ(try_import(TYPE_MEMORY_NT, event, NULL), CUDA_ERROR_INVALID_HANDLE);
    CHECK_EQ(try_import(TYPE_MEMORY_NT, NULL, u"isthmus external fence"),
             CUDA_ERROR_INVALID_HANDLE);
    CHECK_EQ(try_import(TYPE_MEMORY_NT, NULL, u"isthmus external event"),
             CUDA_ERROR_INVALID_HANDLE);
    CHECK_EQ(try_import(TYPE_MEMORY_NT, NULL, u"isthmus nobody"), CUDA_ERROR_OPERATING_SYSTEM);
    CHECK(CloseHandle(event));
    CHECK(CloseHandle(handle));
    ID3D11Fence_Release(fence);
    rig_finish(&r);
}

TEST(the_driver_wants_reserved_words_to_be_zero)
{
    struct rig r = rig_new();
    CUexternalMemory memory = NULL;
    memory_desc desc = memory_by(TYPE_MEMORY_NT, r.nt, NULL, 4096);
    desc.reserved[15] = 1;
    REFUSED(cuImportExternalMemory(&memory, &desc), CUDA_ERROR_INVALID_VALUE, "reserved[15]");
    rig_finish(&r);
}
