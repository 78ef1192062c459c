/* SPDX-License-Identifier: MIT */
/* Fences in turns between D3D11 and a stream, by every way of importing. */
#include "rig.h"

static struct ist_fence import_of(ID3D11Fence *fence)
{
    struct ist_fence out = IST_FENCE_INIT;
    CHECK_EQ(ist_import_fence(fence, &out), IST_OK);
    CHECK(out.id != 0 && out.semaphore != NULL);
    return out;
}

TEST(stream_and_context_take_turns)
{
    struct d3d d = d3d_new();
    ID3D11Fence *fence = d3d_fence(&d, 0);
    struct ist_fence cuda = import_of(fence);
    cudaStream_t stream = rig_stream(cudaStreamNonBlocking);
    for (UINT64 turn = 0; turn < 10; turn++) {
        d3d_signal(&d, fence, 2 * turn + 1);
        CHECK_EQ(ist_fence_wait(&cuda, 2 * turn + 1, stream), IST_OK);
        CHECK_EQ(ist_fence_signal(&cuda, 2 * turn + 2, stream), IST_OK);
        CHECK_EQ(ID3D11DeviceContext4_Wait(d.context4, fence, 2 * turn + 2), S_OK);
    }
    OK(cudaStreamSynchronize(stream));
    CHECK_EQ(ID3D11Fence_GetCompletedValue(fence), 20);
    CHECK_EQ(ist_release_fence(&cuda), IST_OK);
    CHECK_EQ(ist_release_fence(&cuda), IST_OK); /* empty now */
    rig_stream_end(stream);
    ID3D11Fence_Release(fence);
    d3d_finish(&d);
}

TEST(handles_are_borrowed_or_taken)
{
    struct d3d d = d3d_new();
    ID3D11Fence *fence = d3d_fence(&d, 3);
    HANDLE borrowed = d3d_fence_nt(fence, NULL), taken = d3d_fence_nt(fence, L"turns");
    struct ist_fence a = IST_FENCE_INIT, b = IST_FENCE_INIT, c = IST_FENCE_INIT;
    CHECK_EQ(ist_import_fence_borrow(borrowed, &a), IST_OK);
    CHECK(CloseHandle(borrowed));
    CHECK_EQ(ist_import_fence_name_borrow(L"turns", &b), IST_OK);
    CHECK_EQ(ist_import_fence_take(taken, &c), IST_OK);
    CHECK(!CloseHandle(taken)); /* the import closed it */
    CHECK_EQ(ist_fence_signal(&a, 9, NULL), IST_OK);
    CHECK_EQ(ist_fence_wait(&b, 9, NULL), IST_OK);
    CHECK_EQ(ist_fence_wait(&c, 9, NULL), IST_OK);
    OK(cudaStreamSynchronize(NULL));
    CHECK_EQ(ist_release_fence(&a), IST_OK);
    CHECK_EQ(ist_release_fence(&b), IST_OK);
    CHECK_EQ(ist_release_fence(&c), IST_OK);
    ID3D11Fence_Release(fence);
    d3d_finish(&d);
}

/* A handle of a resource is no fence; taken means closed all the same. */
TEST(a_refused_handle_is_closed_if_it_was_taken)
{
    struct d3d d = d3d_new();
    ID3D11Resource *buffer = d3d_buffer(&d, 64, MISC_NT);
    HANDLE handle = d3d_nt(buffer, NULL);
    struct ist_fence out = IST_FENCE_INIT;
    CHECK_EQ(ist_import_fence_borrow(handle, &out), IST_BAD_HANDLE);
    CHECK_EQ(ist_import_fence_take(handle, &out), IST_BAD_HANDLE);
    CHECK(strstr(ist_explain(), "cuImportExternalSemaphore() answered 400: ") != NULL);
    CHECK(!CloseHandle(handle));
    CHECK_EQ(out.id, 0);
    ID3D11Resource_Release(buffer);
    d3d_finish(&d);
}
