/* SPDX-License-Identifier: MIT */
/* Importing fences and keyed mutexes, and ending the imports. */
#include "d3d_rig.h"

struct rig {
    struct d3d d;
    ID3D11Fence *fence;
    ID3D11Resource *mutex_nt, *mutex_kmt, *plain;
    HANDLE fence_nt, nt, kmt, plain_nt;
};

static struct rig rig_new(void)
{
    struct texture t = {DXGI_FORMAT_R8G8B8A8_UNORM, 16, 16, 0, 1, 1, 0};
    struct rig r = {.d = d3d_new()};
    r.fence = d3d_fence(&r.d, 0);
    r.mutex_nt = d3d_texture(&r.d, t, MISC_MUTEX_NT);
    r.mutex_kmt = d3d_buffer(&r.d, 256, MISC_MUTEX_KMT);
    r.plain = d3d_texture(&r.d, t, MISC_NT);
    r.fence_nt = d3d_fence_nt(r.fence, L"isthmus fence");
    r.nt = d3d_nt(r.mutex_nt, L"isthmus mutex");
    r.kmt = d3d_kmt(r.mutex_kmt);
    r.plain_nt = d3d_nt(r.plain, NULL);
    return r;
}

static void rig_finish(struct rig *r)
{
    CHECK(CloseHandle(r->fence_nt));
    CHECK(CloseHandle(r->nt));
    CHECK(CloseHandle(r->plain_nt));
    ID3D11Fence_Release(r->fence);
    ID3D11Resource_Release(r->mutex_nt);
    ID3D11Resource_Release(r->mutex_kmt);
    ID3D11Resource_Release(r->plain);
    d3d_finish(&r->d);
}

static CUresult try_import(semaphore_desc desc)
{
    CUexternalSemaphore semaphore = (CUexternalSemaphore)(uintptr_t)0x1234;
    CUresult code = cuImportExternalSemaphore(&semaphore, &desc);
    if (code == CUDA_SUCCESS)
        CHECK_EQ(cuDestroyExternalSemaphore(semaphore), CUDA_SUCCESS);
    else
        CHECK_EQ((uintptr_t)semaphore, 0x1234);
    return code;
}

TEST(every_right_way_works)
{
    struct rig r = rig_new();
    CHECK_EQ(try_import(semaphore_by(TYPE_FENCE, r.fence_nt, NULL)), CUDA_SUCCESS);
    CHECK_EQ(try_import(semaphore_by(TYPE_FENCE, NULL, u"isthmus fence")), CUDA_SUCCESS);
    CHECK_EQ(try_import(semaphore_by(TYPE_MUTEX, r.nt, NULL)), CUDA_SUCCESS);
    CHECK_EQ(try_import(semaphore_by(TYPE_MUTEX, NULL, L"isthmus mutex")), CUDA_SUCCESS);
    CHECK_EQ(try_import(semaphore_by(TYPE_MUTEX_KMT, r.kmt, NULL)), CUDA_SUCCESS);
    rig_finish(&r);
}

TEST(import_wants_its_pointers_and_zero_flags)
{
    struct rig r = rig_new();
    CUexternalSemaphore semaphore = NULL;
    semaphore_desc desc = semaphore_by(TYPE_FENCE, r.fence_nt, NULL);
    CHECK_EQ(cuImportExternalSemaphore(NULL, &desc), CUDA_ERROR_INVALID_VALUE);
    CHECK_EQ(cuImportExternalSemaphore(&semaphore, NULL), CUDA_ERROR_INVALID_VALUE);
    desc.flags = 1;
    REFUSED(cuImportExternalSemaphore(&semaphore, &desc), CUDA_ERROR_INVALID_VALUE,
            "flags 0x1");
    desc.flags = 0;
    desc.reserved[0] = 1;
    REFUSED(cuImportExternalSemaphore(&semaphore, &desc), CUDA_ERROR_INVALID_VALUE,
            "reserved[0]");
    CHECK(semaphore == NULL);
    rig_finish(&r);
}

TEST(import_types_answer_as_measured)
{
    static const unsigned unknown[] = {0, 11, 12, 99}, others[] = {2, 3, 4, 6, 10};
    struct rig r = rig_new();
    for (unsigned i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++)
        CHECK_EQ(try_import(semaphore_by(unknown[i], r.fence_nt, NULL)),
                 CUDA_ERROR_INVALID_VALUE);
    for (unsigned i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        REFUSED(try_import(semaphore_by(others[i], r.fence_nt, NULL)), CUDA_ERROR_NOT_SUPPORTED,
                "not offered");
        CHECK_EQ(try_import(semaphore_by(others[i], NULL, NULL)), CUDA_ERROR_INVALID_VALUE);
    }
    CHECK_EQ(try_import(semaphore_by(1, NULL, NULL)), CUDA_ERROR_NOT_SUPPORTED);
    CHECK_EQ(try_import(semaphore_by(9, NULL, NULL)), CUDA_ERROR_NOT_SUPPORTED);
    rig_finish(&r);
}

TEST(exactly_one_of_handle_and_name)
{
    struct rig r = rig_new();
    CHECK_EQ(try_import(semaphore_by(TYPE_FENCE, NULL, NULL)), CUDA_ERROR_INVALID_VALUE);
    CHECK_EQ(try_import(semaphore_by(TYPE_FENCE, r.fence_nt, u"isthmus fence")),
             CUDA_ERROR_INVALID_VALUE);
    CHECK_EQ(try_import(semaphore_by(TYPE_MUTEX, NULL, NULL)), CUDA_ERROR_INVALID_VALUE);
    CHECK_EQ(try_import(semaphore_by(TYPE_MUTEX_KMT, r.kmt, u"isthmus mutex")),
             CUDA_ERROR_INVALID_VALUE);
    CHECK_EQ(try_import(semaphore_by(TYPE_MUTEX_KMT, NULL, NULL)), CUDA_ERROR_INVALID_VALUE);
    CHECK_EQ(try_import(semaphore_by(TYPE_FENCE, NULL, u"isthmus nobody")),
             CUDA_ERROR_OPERATING_SYSTEM);
    rig_finish(&r);
}

TEST(the_wrong_object_is_refused)
{
    struct rig r = rig_new();
    CHECK_EQ(try_import(semaphore_by(TYPE_FENCE, r.nt, NULL)), CUDA_ERROR_INVALID_HANDLE);
    CHECK_EQ(try_import(semaphore_by(TYPE_MUTEX, r.fence_nt, NULL)), CUDA_ERROR_INVALID_HANDLE);
    CHECK_EQ(try_import(semaphore_by(TYPE_FENCE, NULL, u"isthmus mutex")),
             CUDA_ERROR_INVALID_HANDLE);
    REFUSED(try_import(semaphore_by(TYPE_MUTEX, r.kmt, NULL)), CUDA_ERROR_INVALID_HANDLE,
            "KeyedMutexKmt");
    REFUSED(try_import(semaphore_by(TYPE_MUTEX_KMT, r.nt, NULL)), CUDA_ERROR_INVALID_HANDLE,
            "use KeyedMutex");
    CHECK_EQ(try_import(semaphore_by(TYPE_FENCE, r.kmt, NULL)), CUDA_ERROR_INVALID_HANDLE);
    rig_finish(&r);
}

/* G10 */
TEST(a_resource_without_keyed_mutex_is_refused)
{
    struct rig r = rig_new();
    REFUSED(try_import(semaphore_by(TYPE_MUTEX, r.plain_nt, NULL)), CUDA_ERROR_INVALID_HANDLE,
            "SHARED_KEYEDMUTEX");
    rig_finish(&r);
}

/* G8, G9 */
TEST(one_handle_serves_memory_and_mutex)
{
    struct rig r = rig_new();
    CUexternalMemory memory = import_memory(TYPE_MEMORY_KMT, r.kmt, 256);
    CUexternalSemaphore semaphore = import_semaphore(TYPE_MUTEX_KMT, r.kmt);
    CHECK_EQ(cuDestroyExternalMemory(memory), CUDA_SUCCESS);
    CHECK_EQ(cuDestroyExternalSemaphore(semaphore), CUDA_SUCCESS);
    memory = import_memory(TYPE_MEMORY_NT, r.nt, 1024);
    semaphore = import_semaphore(TYPE_MUTEX, r.nt);
    CHECK_EQ(cuDestroyExternalSemaphore(semaphore), CUDA_SUCCESS);
    CHECK_EQ(cuDestroyExternalMemory(memory), CUDA_SUCCESS);
    rig_finish(&r);
}

/* G11: the guide closes a KMT handle; that fails and harms nothing. */
TEST(closing_a_kmt_handle_leaves_the_import_alone)
{
    struct rig r = rig_new();
    CUexternalSemaphore semaphore = import_semaphore(TYPE_MUTEX_KMT, r.kmt);
    CHECK(!CloseHandle(r.kmt));
    CHECK_EQ(GetLastError(), ERROR_INVALID_HANDLE);
    CHECK_EQ(wait_value(semaphore, 0, 0, NULL), CUDA_SUCCESS);
    CHECK_EQ(signal_value(semaphore, 0, NULL), CUDA_SUCCESS);
    CHECK_EQ(cuDestroyExternalSemaphore(semaphore), CUDA_SUCCESS);
    rig_finish(&r);
}

TEST(an_import_is_destroyed_once)
{
    struct rig r = rig_new();
    CUexternalSemaphore semaphore = import_semaphore(TYPE_FENCE, r.fence_nt);
    CHECK_EQ(cuDestroyExternalSemaphore(semaphore), CUDA_SUCCESS);
    CHECK_EQ(cuDestroyExternalSemaphore(semaphore), CUDA_ERROR_INVALID_HANDLE);
    CHECK_EQ(cuDestroyExternalSemaphore(NULL), CUDA_ERROR_INVALID_VALUE);
    CHECK_EQ(signal_value(semaphore, 1, NULL), CUDA_ERROR_INVALID_HANDLE);
    rig_finish(&r);
}

/* G18 */
TEST(an_import_works_after_everybody_else_let_go)
{
    struct d3d d = d3d_new();
    ID3D11Fence *fence = d3d_fence(&d, 3);
    CUexternalSemaphore semaphore = import_fence(fence);
    cudaStream_t stream = rig_stream(cudaStreamNonBlocking);
    CHECK_EQ(ID3D11Fence_Release(fence), 0);
    d3d_finish(&d);
    CHECK_EQ(wait_value(semaphore, 3, 0, stream), CUDA_SUCCESS);
    OK(cudaStreamSynchronize(stream));
    CHECK_EQ(signal_value(semaphore, 9, stream), CUDA_SUCCESS);
    CHECK_EQ(wait_value(semaphore, 9, 0, stream), CUDA_SUCCESS);
    OK(cudaStreamSynchronize(stream));
    CHECK_EQ(cuDestroyExternalSemaphore(semaphore), CUDA_SUCCESS);
    OK(cudaStreamDestroy(stream));
}
