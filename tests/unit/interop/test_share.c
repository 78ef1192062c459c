/* SPDX-License-Identifier: MIT */
/* Shares by each way: what they hold, who closes what, and what is believed of their bytes. */
#include "rig.h"
#include "fork.h"

#include <sys/mman.h>
#include <sys/wait.h>
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
    CHECK_REFUSED(ist_share_resource(nt, L"a\\b", &share), IST_BAD_CALL, "backslash");
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

/* The sizes in it came with the other bytes: nothing beyond the struct may be looked at. */
TEST(sizes_of_others_are_not_believed)
{
    struct d3d d = d3d_new();
    ID3D11Resource *buffer = d3d_buffer(&d, 64, MISC_NT);
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    char *pages =
        mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    struct ist_share *last = (struct ist_share *)(pages + page - sizeof(*last));
    struct ist_resource import = IST_RESOURCE_INIT;
    CHECK(pages != MAP_FAILED);
    CHECK_EQ(mprotect(pages + page, page, PROT_NONE), 0);
    *last = share_of(buffer, NULL);
    last->struct_size = 4096; /* as if a newer program had sent it */
    last->desc.struct_size = 4096;
    CHECK_REFUSED(ist_import_share_take(last, NULL, &import), IST_BAD_ARG, "desc.struct_size");
    CHECK_REFUSED(ist_give_share(last, (uint32_t)getppid()), IST_BAD_ARG, "desc.struct_size");
    CHECK(is_open(handle_of(last)));
    last->desc.struct_size = sizeof(last->desc);
    CHECK_EQ(ist_import_share_take(last, NULL, &import), IST_OK);
    rig_release(&import);
    CHECK_EQ(munmap(pages, 2 * page), 0);
    ID3D11Resource_Release(buffer);
    d3d_finish(&d);
}

/* Windows' CloseHandle() does not look at the two lowest bits. */
TEST(what_cannot_be_an_nt_handle_is_never_closed)
{
    struct d3d d = d3d_new();
    ID3D11Fence *fence = d3d_fence(&d, 0);
    struct ist_share share = IST_SHARE_INIT;
    struct ist_fence import = IST_FENCE_INIT;
    CHECK_EQ(ist_share_fence(fence, NULL, &share), IST_OK);
    HANDLE handle = handle_of(&share);
    share.handle += 2;
    share.desc.luid[0] ^= 0xff; /* would be refused before the import */
    struct ist_share copy = share;
    CHECK_REFUSED(ist_import_fence_share_take(&share, &import), IST_BAD_HANDLE, "no NT handle");
    copy.way = 77;
    CHECK_REFUSED(ist_end_share(&copy), IST_BAD_ARG, "way 77");
    copy.way = IST_SHARE_HANDLE;
    CHECK_REFUSED(ist_end_share(&copy), IST_BAD_HANDLE, "no NT handle");
    CHECK(is_open(handle));
    CHECK(CloseHandle(handle));
    ID3D11Fence_Release(fence);
    d3d_finish(&d);
}

TEST(nothing_crashes_for_null_and_zeroes)
{
    struct d3d d = d3d_new();
    ID3D11Resource *buffer = d3d_buffer(&d, 64, MISC_NT);
    ID3D11Fence *fence = d3d_fence(&d, 0);
    struct ist_share zeroes = {0}, share = share_of(buffer, NULL);
    struct ist_resource import = IST_RESOURCE_INIT, no_size = {0};
    struct ist_fence semaphore = IST_FENCE_INIT;
    CHECK_EQ(ist_share_resource(buffer, NULL, NULL), IST_BAD_POINTER);
    CHECK_EQ(ist_share_resource(buffer, NULL, &zeroes), IST_BAD_ARG);
    CHECK_EQ(ist_share_fence(fence, NULL, NULL), IST_BAD_POINTER);
    CHECK_EQ(ist_share_fence(NULL, NULL, &(struct ist_share)IST_SHARE_INIT), IST_BAD_POINTER);
    CHECK_EQ(ist_share_fence(fence, NULL, &zeroes), IST_BAD_ARG);
    CHECK_EQ(ist_give_share(NULL, 1), IST_BAD_POINTER);
    CHECK_EQ(ist_give_share(&zeroes, 1), IST_BAD_ARG);
    CHECK_EQ(ist_import_share_take(NULL, NULL, &import), IST_BAD_POINTER);
    CHECK_EQ(ist_import_share_take(&zeroes, NULL, &import), IST_BAD_ARG);
    CHECK_EQ(ist_import_fence_share_take(NULL, &semaphore), IST_BAD_POINTER);
    CHECK_EQ(ist_import_fence_share_take(&zeroes, &semaphore), IST_BAD_ARG);
    CHECK_EQ(ist_end_share(&zeroes), IST_OK);
    HANDLE handle = handle_of(&share);
    CHECK_EQ(ist_import_share_take(&share, NULL, NULL), IST_BAD_POINTER);
    CHECK(!is_open(handle) && share.way == IST_SHARE_NONE); /* taken all the same */
    share = share_of(buffer, NULL);
    handle = handle_of(&share);
    CHECK_EQ(ist_import_share_take(&share, NULL, &no_size), IST_BAD_ARG);
    CHECK(!is_open(handle));
    ID3D11Fence_Release(fence);
    ID3D11Resource_Release(buffer);
    d3d_finish(&d);
}

/* A process that has ended and one that forked: neither has our handles. */
TEST(a_share_is_of_one_process)
{
    struct d3d d = d3d_new();
    ID3D11Resource *buffer = d3d_buffer(&d, 64, MISC_NT);
    struct ist_share share = share_of(buffer, NULL), before = share;
    pid_t child = test_fork();
    int status = -1;
    if (child == 0) {
        struct ist_resource import = IST_RESOURCE_INIT;
        struct ist_share mine = share;
        bool ok = ist_import_share_take(&mine, NULL, &import) == IST_BAD_CALL &&
                  ist_give_share(&mine, 1) == IST_BAD_CALL && ist_end_share(&mine) == IST_OK;
        _exit(ok ? 0 : 1);
    }
    CHECK_EQ(waitpid(child, &status, 0), child);
    CHECK_EQ(status, 0);
    CHECK_EQ(ist_give_share(&share, (uint32_t)child), IST_BAD_ARG); /* it has ended */
    CHECK_MEM(&share, &before, sizeof(share));
    CHECK(is_open(handle_of(&share)));
    CHECK_EQ(ist_end_share(&share), IST_OK);
    CHECK(!is_open(handle_of(&before)));
    ID3D11Resource_Release(buffer);
    d3d_finish(&d);
}

/* Whatever the bytes are: an answer, and nothing of ours is closed but what they name. */
TEST(any_bytes_have_an_answer)
{
    struct d3d d = d3d_new();
    ID3D11Resource *buffer = d3d_buffer(&d, 64, MISC_NT);
    struct ist_share good = share_of(buffer, L"test-any-bytes");
    unsigned seed = 1;
    for (unsigned round = 0; round < 3000; round++) {
        struct ist_share bad = good;
        struct ist_resource import = IST_RESOURCE_INIT;
        struct ist_fence fence = IST_FENCE_INIT;
        for (unsigned flips = 1 + round % 3; flips; flips--) {
            seed = seed * 1103515245u + 12345u;
            size_t at = 4 + (seed >> 8) % (round % 2 ? 116 : sizeof(bad) - 4);
            seed = seed * 1103515245u + 12345u;
            ((unsigned char *)&bad)[at] = (unsigned char)(seed >> 16);
        }
        bad.handle = round % 5 ? good.handle + 1 : 0; /* nobody's */
        if (ist_import_share_take(&bad, NULL, &import) == IST_OK)
            CHECK_EQ(ist_release_resource(&import), IST_OK);
        bad.is_fence = 1;
        if (ist_import_fence_share_take(&bad, &fence) == IST_OK)
            CHECK_EQ(ist_release_fence(&fence), IST_OK);
        (void)ist_end_share(&bad);
    }
    CHECK(is_open(handle_of(&good)));
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
