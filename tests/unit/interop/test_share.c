/* SPDX-License-Identifier: MIT */
/* Shares by each way: what they hold, who closes what, and what is believed of their bytes. */
#include "rig.h"

#include <unistd.h>

static const struct ist_share empty = IST_SHARE_INIT;

static struct ist_share share_of(ID3D11Resource *resource, const wchar_t *name)
{
    struct ist_share share = IST_SHARE_INIT;
    enum ist_status status = ist_share_resource(resource, name, &share);
    if (status != IST_OK)
        test_fail(TEST_HERE, "%s: %s", ist_status_name(status), ist_explain());
    return share;
}

static HANDLE handle_of(const struct ist_share *share)
{
    return (HANDLE)(uintptr_t)share->handle;
}

static bool is_open(HANDLE handle)
{
    DWORD flags;
    return GetHandleInformation(handle, &flags);
}

#define CHECK_REFUSED(call, status, word)                            \
    do {                                                             \
        CHECK_EQ(call, status);                                      \
        if (!strstr(ist_explain(), word))                            \
            test_fail(TEST_HERE, "the reason is %s", ist_explain()); \
    } while (0)

TEST(an_nt_handle_is_taken_by_the_import)
{
    struct d3d d = d3d_new();
    ID3D11Resource *buffer = d3d_buffer(&d, 4096, MISC_NT);
    struct ist_share share = share_of(buffer, NULL);
    struct ist_resource import = IST_RESOURCE_INIT;
    HANDLE handle = handle_of(&share);
    CHECK_EQ(share.way, IST_SHARE_HANDLE);
    CHECK_EQ(share.process, getpid());
    CHECK_EQ(share.desc.width, 4096);
    CHECK(is_open(handle));
    CHECK_EQ(ist_import_share_take(&share, NULL, &import), IST_OK);
    CHECK(!is_open(handle));
    CHECK_EQ(share.way, IST_SHARE_NONE);
    CHECK_EQ(ist_end_share(&share), IST_OK);
    CHECK_REFUSED(ist_import_share_take(&share, NULL, &import), IST_BAD_CALL, "empty");
    rig_release(&import);
    ID3D11Resource_Release(buffer);
    d3d_finish(&d);
}

TEST(a_handle_is_closed_also_when_the_import_fails)
{
    struct d3d d = d3d_new();
    ID3D11Resource *buffer = d3d_buffer(&d, 4096, MISC_NT);
    struct ist_share share = share_of(buffer, NULL);
    struct ist_resource full = rig_import(buffer, NULL);
    HANDLE handle = handle_of(&share);
    CHECK_REFUSED(ist_import_share_take(&share, NULL, &full), IST_BAD_CALL, "release it");
    CHECK(!is_open(handle));
    rig_release(&full);
    ID3D11Resource_Release(buffer);
    d3d_finish(&d);
}

TEST(a_name_lives_as_long_as_its_share)
{
    struct d3d d = d3d_new();
    ID3D11Resource *buffer = d3d_buffer(&d, 64, MISC_MUTEX_NT);
    struct ist_share share = share_of(buffer, L"test-share"), again = IST_SHARE_INIT;
    struct ist_resource first = IST_RESOURCE_INIT, second = IST_RESOURCE_INIT;
    CHECK_EQ(share.way, IST_SHARE_NAME);
    CHECK(wcscmp(share.name, L"test-share") == 0);
    CHECK_EQ(ist_share_resource(buffer, L"test-share", &again), IST_NAME_TAKEN);
    CHECK_EQ(again.way, IST_SHARE_NONE);
    CHECK_EQ(ist_import_share_take(&share, NULL, &first), IST_OK);
    CHECK(first.mutex != NULL);
    CHECK_EQ(ist_import_share_take(&share, NULL, &second), IST_OK); /* as often as one likes */
    struct ist_share copy = share;
    CHECK_EQ(ist_end_share(&share), IST_OK);
    CHECK_EQ(share.way, IST_SHARE_NONE);
    rig_release(&second);
    CHECK_EQ(ist_import_share_take(&copy, NULL, &second), IST_NOT_FOUND);
    CHECK_EQ(ist_end_share(&copy), IST_BAD_HANDLE); /* was closed by the other copy */
    rig_release(&first);
    ID3D11Resource_Release(buffer);
    d3d_finish(&d);
}

TEST(a_kmt_number_needs_no_end)
{
    struct d3d d = d3d_new();
    ID3D11Resource *buffer = d3d_buffer(&d, 64, MISC_KMT);
    struct ist_share share = share_of(buffer, NULL);
    struct ist_resource import = IST_RESOURCE_INIT;
    CHECK_EQ(share.way, IST_SHARE_KMT);
    CHECK_EQ(share.process, 0);
    CHECK(handle_of(&share) == d3d_kmt(buffer));
    CHECK_EQ(ist_give_share(&share, 1), IST_OK); /* good everywhere */
    CHECK_EQ(ist_import_share_take(&share, NULL, &import), IST_OK);
    CHECK_EQ(share.way, IST_SHARE_KMT);
    CHECK_EQ(ist_end_share(&share), IST_OK);
    rig_release(&import);
    ID3D11Resource_Release(buffer);
    d3d_finish(&d);
}

TEST(fences_by_handle_and_by_name)
{
    struct d3d d = d3d_new();
    ID3D11Fence *fence = d3d_fence(&d, 3);
    struct ist_share share = IST_SHARE_INIT, named = IST_SHARE_INIT;
    struct ist_fence a = IST_FENCE_INIT, b = IST_FENCE_INIT;
    struct ist_resource none = IST_RESOURCE_INIT;
    CHECK_EQ(ist_share_fence(fence, NULL, &share), IST_OK);
    CHECK_EQ(ist_share_fence(fence, L"test-share-fence", &named), IST_OK);
    CHECK(share.is_fence && share.desc.has_luid);
    CHECK_REFUSED(ist_import_share_take(&share, NULL, &none), IST_WRONG_TYPE, "of a fence");
    HANDLE handle = handle_of(&share);
    CHECK(is_open(handle)); /* what was not begun takes nothing */
    CHECK_EQ(ist_import_fence_share_take(&share, &a), IST_OK);
    CHECK(!is_open(handle));
    CHECK_EQ(ist_import_fence_share_take(&named, &b), IST_OK);
    CHECK_EQ(ist_end_share(&named), IST_OK);
    CHECK_EQ(ist_fence_signal(&a, 9, NULL), IST_OK);
    CHECK_EQ(ist_fence_wait(&b, 9, NULL), IST_OK);
    OK(cudaStreamSynchronize(NULL));
    CHECK_EQ(ID3D11Fence_GetCompletedValue(fence), 9);
    CHECK_EQ(ist_release_fence(&a), IST_OK);
    CHECK_EQ(ist_release_fence(&b), IST_OK);
    ID3D11Fence_Release(fence);
    d3d_finish(&d);
}

TEST(a_fence_of_another_device_is_closed_and_refused)
{
    struct d3d d = d3d_new();
    ID3D11Fence *fence = d3d_fence(&d, 0);
    struct ist_share share = IST_SHARE_INIT;
    struct ist_fence import = IST_FENCE_INIT;
    CHECK_EQ(ist_share_fence(fence, NULL, &share), IST_OK);
    HANDLE handle = handle_of(&share);
    share.desc.luid[0] ^= 0xff;
    CHECK_EQ(ist_import_fence_share_take(&share, &import), IST_WRONG_DEVICE);
    CHECK(!is_open(handle));
    CHECK_EQ(import.id, 0);
    ID3D11Fence_Release(fence);
    d3d_finish(&d);
}

TEST(what_cannot_be_shared_so_is_refused)
{
    struct d3d d = d3d_new();
    ID3D11Resource *kmt = d3d_buffer(&d, 64, MISC_KMT), *alone = d3d_buffer(&d, 64, 0);
    ID3D11Resource *nt = d3d_buffer(&d, 64, MISC_NT);
    wchar_t name[IST_SHARE_NAME_MAX + 2];
    struct ist_share share = IST_SHARE_INIT;
    wmemset(name, L'n', IST_SHARE_NAME_MAX + 1);
    name[IST_SHARE_NAME_MAX + 1] = 0;
    CHECK_REFUSED(ist_share_resource(kmt, L"test", &share), IST_BAD_ARG, "KMT number");
    CHECK_EQ(ist_share_resource(alone, NULL, &share), IST_BAD_ARG);
    CHECK_REFUSED(ist_share_resource(nt, name, &share), IST_NAME_TOO_LONG, "128 characters");
    CHECK_EQ(ist_share_resource(nt, L"", &share), IST_BAD_NAME);
    CHECK_EQ(ist_share_resource(NULL, NULL, &share), IST_BAD_POINTER);
    CHECK_EQ(ist_share_fence((ID3D11Fence *)nt, NULL, &share), IST_NO_INTERFACE);
    CHECK_MEM(&share, &empty, sizeof(share)); /* untouched by all of them */
    name[IST_SHARE_NAME_MAX] = 0;
    CHECK_EQ(ist_share_resource(nt, name, &share), IST_OK); /* the longest one */
    CHECK_REFUSED(ist_share_resource(nt, NULL, &share), IST_BAD_CALL, "ist_end_share");
    CHECK_EQ(ist_end_share(&share), IST_OK);
    CHECK_EQ(ist_end_share(NULL), IST_BAD_POINTER);
    ID3D11Resource_Release(nt);
    ID3D11Resource_Release(alone);
    ID3D11Resource_Release(kmt);
    d3d_finish(&d);
}

/* Another process may have written anything. */
TEST(bytes_of_others_are_not_believed)
{
    struct d3d d = d3d_new();
    ID3D11Resource *buffer = d3d_buffer(&d, 64, MISC_NT);
    struct ist_share good = share_of(buffer, NULL), bad;
    struct ist_resource import = IST_RESOURCE_INIT;
    struct ist_fence fence = IST_FENCE_INIT;
    bad = good;
    bad.process++;
    CHECK_REFUSED(ist_import_share_take(&bad, NULL, &import), IST_BAD_CALL, "ist_give_share");
    CHECK_EQ(ist_end_share(&bad), IST_OK); /* not ours: nothing to close */
    bad = good;
    bad.way = 4;
    CHECK_REFUSED(ist_import_share_take(&bad, NULL, &import), IST_BAD_ARG, "way 4");
    bad = good;
    bad.way = IST_SHARE_NAME;
    wmemset(bad.name, L'n', IST_SHARE_NAME_MAX + 1);
    CHECK_REFUSED(ist_import_share_take(&bad, NULL, &import), IST_BAD_NAME, "no end");
    bad = good;
    bad.way = IST_SHARE_KMT;
    bad.is_fence = 1;
    CHECK_REFUSED(ist_import_fence_share_take(&bad, &fence), IST_BAD_ARG, "no KMT");
    bad = good;
    bad.struct_size = 8;
    CHECK_EQ(ist_import_share_take(&bad, NULL, &import), IST_BAD_ARG);
    CHECK_EQ(ist_end_share(&bad), IST_BAD_ARG);
    CHECK(is_open(handle_of(&good))); /* after all that */
    CHECK_EQ(ist_end_share(&good), IST_OK);
    ID3D11Resource_Release(buffer);
    d3d_finish(&d);
}

/* Here no broker is used; that it arrives, `isthmus demo --processes 2` shows. */
TEST(a_share_that_cannot_be_given_stays_as_it_was)
{
    struct d3d d = d3d_new();
    ID3D11Resource *buffer = d3d_buffer(&d, 64, MISC_NT);
    struct ist_share share = share_of(buffer, NULL), before = share;
    struct ist_resource import = IST_RESOURCE_INIT;
    CHECK_EQ(ist_give_share(&share, 0x7ffffff0), IST_BAD_ARG); /* nobody has this number */
    CHECK(strstr(ist_explain(), "OpenProcess() answered error 87") != NULL);
    CHECK_EQ(ist_give_share(&share, (uint32_t)getppid()), IST_NO_BROKER);
    CHECK(strstr(ist_explain(), "DuplicateHandle() answered error 1722") != NULL);
    CHECK_EQ(ist_give_share(&share, (uint32_t)getpid()), IST_OK); /* it is ours */
    CHECK_MEM(&share, &before, sizeof(share));
    CHECK_EQ(ist_import_share_take(&share, NULL, &import), IST_OK);
    CHECK_REFUSED(ist_give_share(&share, (uint32_t)getpid()), IST_BAD_CALL, "empty");
    rig_release(&import);
    ID3D11Resource_Release(buffer);
    d3d_finish(&d);
}
