/* SPDX-License-Identifier: MIT */
/*
 * What the library calls, in which order, with which numbers, and what it takes back when a
 * step fails: read from the record of a driver and a D3D11 that do nothing else. The same
 * program on Linux and on Windows.
 */
#include "close_handle.h"
#include "fake.h"

#include <isthmus/interop.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static unsigned checks, failures;

#define CHECK(cond) check((cond) ? true : false, #cond, __LINE__)

static void check(bool ok, const char *text, int line)
{
    checks++;
    if (ok)
        return;
    failures++;
    printf("test_calls.c:%d: failed: %s\n  reason: %s\n  record:\n%s", line, text,
           ist_explain(), fake_lines());
}

/* The lines from the first one that says `word` on. */
static const char *from(const char *word)
{
    const char *found = strstr(fake_lines(), word);
    return found ? found : "";
}

static bool nothing_is_left(void)
{
    for (int kind = 0; kind < FAKE_KINDS; kind++)
        if (fake_alive((enum fake_kind)kind))
            return false;
    return !strstr(fake_lines(), "DOUBLE") && !strstr(fake_lines(), "AGAIN");
}

static const struct ist_resource empty = IST_RESOURCE_INIT;
static const struct ist_fence empty_fence = IST_FENCE_INIT;

/* ---- order and numbers ------------------------------------------------------------------ */

struct expected {
    unsigned dimension;
    enum fake_family family;
    bool keyed;
    const char *import, *release;
};

static const struct expected table[] = {
    {1, FAKE_NT, false,
     "cuImportExternalMemory type 6 by handle size 512 flags 1 reserved 0\n"
     "cuExternalMemoryGetMappedBuffer offset 0 size 512 flags 0\n"
     "CloseHandle\n",
     "cuMemFree\ncuDestroyExternalMemory\n"},
    {1, FAKE_KMT, true,
     "cuImportExternalMemory type 7 by handle size 512 flags 1 reserved 0\n"
     "cuImportExternalSemaphore type 8 by handle flags 0 reserved 0\n"
     "cuExternalMemoryGetMappedBuffer offset 0 size 512 flags 0\n",
     "cuMemFree\ncuDestroyExternalMemory\ncuDestroyExternalSemaphore\n"},
    {2, FAKE_KMT, false,
     "cuImportExternalMemory type 7 by handle size 576 flags 1 reserved 0\n"
     "cuExternalMemoryGetMappedMipmappedArray offset 0 32 x 0 x 3 format 0x20 channels 1 flags "
     "0x1 levels 2\n",
     "cuMipmappedArrayDestroy\ncuDestroyExternalMemory\n"},
    {3, FAKE_NT, true,
     "cuImportExternalMemory type 6 by handle size 4096 flags 1 reserved 0\n"
     "cuImportExternalSemaphore type 7 by handle flags 0 reserved 0\n"
     "cuExternalMemoryGetMappedMipmappedArray offset 0 64 x 16 x 0 format 0x1 channels 4 flags "
     "0x20 levels 1\n"
     "CloseHandle\n",
     "cuMipmappedArrayDestroy\ncuDestroyExternalMemory\ncuDestroyExternalSemaphore\n"},
    {4, FAKE_NT, false,
     "cuImportExternalMemory type 6 by handle size 1024 flags 1 reserved 0\n"
     "cuExternalMemoryGetMappedMipmappedArray offset 0 8 x 8 x 4 format 0x2 channels 2 flags "
     "0x2 levels 1\n"
     "CloseHandle\n",
     "cuMipmappedArrayDestroy\ncuDestroyExternalMemory\n"},
};

static void calls_come_in_order_with_the_right_numbers(void)
{
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        const struct expected *e = &table[i];
        struct ist_resource r = empty;
        ID3D11Resource *resource = fake_resource(e->dimension, e->family, e->keyed);
        fake_reset();
        CHECK(ist_import_resource(resource, NULL, &r) == IST_OK);
        CHECK(strcmp(from("cuImportExternalMemory"), e->import) == 0);
        CHECK((strstr(fake_lines(), "access 0x80000001") != NULL) == (e->family == FAKE_NT));
        CHECK(fake_alive(FAKE_HANDLE) == 0 && fake_alive(FAKE_REFS) == 0);
        fake_reset();
        CHECK(ist_release_resource(&r) == IST_OK);
        CHECK(strcmp(strchr(fake_lines(), '\n') + 1, e->release) == 0);
        CHECK(nothing_is_left());
        CHECK(memcmp(&r, &empty.struct_size, 4) == 0 && r.id == 0);
    }
}

/* ---- every step fails once -------------------------------------------------------------- */

static enum ist_status import(unsigned dimension, enum fake_family family, bool keyed,
                              struct ist_resource *r)
{
    return ist_import_resource(fake_resource(dimension, family, keyed), NULL, r);
}

/* Returns how many steps can fail: the first number at which none did. */
static unsigned fail_each_step(unsigned dimension, enum fake_family family, bool keyed)
{
    for (unsigned n = 1;; n++) {
        struct ist_resource r = empty;
        fake_reset();
        fake_fail_at(n);
        enum ist_status status = import(dimension, family, keyed, &r);
        if (!fake_has_failed()) {
            fake_fail_at(0);
            CHECK(status == IST_OK);
            CHECK(ist_release_resource(&r) == IST_OK);
            CHECK(nothing_is_left());
            return n - 1;
        }
        CHECK(status != IST_OK);
        CHECK(nothing_is_left());
        CHECK(memcmp(&r, &empty, sizeof(r)) == 0);
        CHECK(strstr(ist_explain(), "answered") != NULL);
    }
}

static void a_failed_step_takes_back_the_ones_before(void)
{
    unsigned steps = 0;
    for (unsigned dimension = 1; dimension <= 4; dimension++)
        for (int family = FAKE_NT; family <= FAKE_KMT; family++)
            for (int keyed = 0; keyed < 2; keyed++)
                steps += fail_each_step(dimension, (enum fake_family)family, keyed);
    CHECK(steps >= 16 * 8);
    printf("%u steps failed, each alone\n", steps);
}

/* A step of the release that fails keeps no other from being made. */
static void a_failed_release_goes_on(void)
{
    for (unsigned n = 2; n <= 4; n++) { /* 1 is cuCtxGetDevice */
        struct ist_resource r = empty;
        fake_reset();
        CHECK(import(3, FAKE_NT, true, &r) == IST_OK);
        fake_reset();
        fake_fail_at(n);
        CHECK(ist_release_resource(&r) != IST_OK);
        CHECK(strcmp(from("cuMipmappedArrayDestroy"), "cuMipmappedArrayDestroy\ncuDestroyExtern"
                                                      "alMemory\n"
                                                      "cuDestroyExternalSemaphore\n") == 0);
        CHECK(nothing_is_left());
        CHECK(r.id == 0);
        CHECK(ist_release_resource(&r) == IST_OK);
    }
}

/* ---- who closes ------------------------------------------------------------------------- */

static struct ist_resource_desc describe(enum fake_family family)
{
    struct ist_resource_desc desc = IST_RESOURCE_DESC_INIT;
    CHECK(ist_describe_resource(fake_resource(1, family, false), &desc) == IST_OK);
    return desc;
}

/* Of `calls` alike, how many the record has. */
static unsigned count(const char *word)
{
    unsigned n = 0;
    for (const char *at = fake_lines(); (at = strstr(at, word)) != NULL; at++)
        n++;
    return n;
}

/* Before it: the current device, then LUID and UUID of it and of each of the two there are. */
enum { THE_IMPORT = 1 + 2 + 2 * 2 + 1 };

static void borrowed_handles_are_not_closed_and_taken_ones_once(void)
{
    struct ist_resource_desc desc = describe(FAKE_NT), kmt = describe(FAKE_KMT);
    HANDLE number = (HANDLE)(uintptr_t)0x40000102u;
    for (int fails = 0; fails < 2; fails++) {
        struct ist_resource a = empty, b = empty, c = empty;
        HANDLE mine = fake_new_handle(), theirs = fake_new_handle();
        fake_reset();
        fake_fail_at(fails ? THE_IMPORT : 0);
        CHECK((ist_import_handle_borrow(mine, &desc, NULL, &a) == IST_OK) == !fails);
        CHECK(count("CloseHandle") == 0);
        fake_reset();
        fake_fail_at(fails ? THE_IMPORT : 0);
        CHECK((ist_import_handle_take(theirs, &desc, NULL, &b) == IST_OK) == !fails);
        CHECK(count("CloseHandle") == 1);
        fake_reset();
        fake_fail_at(fails ? THE_IMPORT : 0);
        CHECK((ist_import_kmt_borrow(number, &kmt, NULL, &c) == IST_OK) == !fails);
        CHECK(count("CloseHandle") == 0);
        fake_reset();
        fake_close_handle(mine);
        CHECK(ist_release_resource(&a) == IST_OK && ist_release_resource(&b) == IST_OK &&
              ist_release_resource(&c) == IST_OK);
        CHECK(nothing_is_left());
    }
}

/* Neither a mistaken description nor a KMT number lets a handle leak or be closed wrongly. */
static void refused_handles(void)
{
    struct ist_resource_desc desc = describe(FAKE_NT), kmt = describe(FAKE_KMT);
    struct ist_resource r = empty;
    HANDLE taken = fake_new_handle();
    fake_reset();
    CHECK(ist_import_handle_take(taken, &kmt, NULL, &r) == IST_WRONG_TYPE);
    CHECK(count("CloseHandle") == 1 && count("cuImport") == 0);
    fake_reset();
    CHECK(ist_import_handle_take((HANDLE)(uintptr_t)0x40000102u, &desc, NULL, &r) ==
          IST_BAD_HANDLE);
    CHECK(ist_import_handle_take(NULL, &desc, NULL, &r) == IST_BAD_HANDLE);
    CHECK(count("CloseHandle") == 0 && count("cuImport") == 0);
    CHECK(nothing_is_left());
}

static void names_are_given_alone(void)
{
    struct ist_resource_desc desc = describe(FAKE_NT);
    struct ist_resource r = empty;
    struct ist_fence fence = empty_fence;
    fake_reset();
    CHECK(ist_import_name_borrow(L"shared", &desc, NULL, &r) == IST_OK);
    CHECK(count("type 6 by name size 512") == 1);
    CHECK(ist_import_fence_name_borrow(L"fence", &fence) == IST_OK);
    CHECK(count("type 5 by name") == 1);
    CHECK(ist_release_resource(&r) == IST_OK && ist_release_fence(&fence) == IST_OK);
    CHECK(nothing_is_left());
}

/* ---- fences ----------------------------------------------------------------------------- */

static void fences_are_imported_used_and_ended(void)
{
    struct ist_fence fence = empty_fence;
    fake_reset();
    CHECK(ist_import_fence(fake_fence(true), &fence) == IST_OK);
    CHECK(strcmp(from("fence CreateSharedHandle"),
                 "fence CreateSharedHandle access 0x10000000\n"
                 "cuImportExternalSemaphore type 5 by handle flags 0 reserved 0\n"
                 "CloseHandle\n") == 0);
    fake_reset();
    CHECK(ist_fence_signal(&fence, 5, (void *)9) == IST_OK);
    CHECK(ist_fence_wait(&fence, 6, NULL) == IST_OK);
    CHECK(strcmp(fake_lines(),
                 "cuSignalExternalSemaphoresAsync 1 value 5 key 0 stream 9\n"
                 "cuWaitExternalSemaphoresAsync 1 value 6 key 0 stream 0\n") == 0);
    CHECK(ist_release_fence(&fence) == IST_OK);
    CHECK(nothing_is_left());
}

static void fence_steps_fail(void)
{
    for (unsigned n = 1;; n++) {
        struct ist_fence fence = empty_fence;
        fake_reset();
        fake_fail_at(n);
        enum ist_status status = ist_import_fence(fake_fence(true), &fence);
        if (!fake_has_failed()) {
            fake_fail_at(0);
            CHECK(status == IST_OK && ist_release_fence(&fence) == IST_OK);
            CHECK(n >= 8);
            break;
        }
        CHECK(status != IST_OK && fence.id == 0);
        CHECK(nothing_is_left());
    }
    struct ist_fence fence = empty_fence;
    CHECK(ist_import_fence(fake_fence(false), &fence) == IST_BAD_ARG);
    CHECK(strstr(ist_explain(), "D3D11_FENCE_FLAG_SHARED") != NULL);
    CHECK(nothing_is_left());
}

/* ---- shares ----------------------------------------------------------------------------- */

static const struct ist_share no_share = IST_SHARE_INIT;

static void a_share_s_handle_is_closed_once(void)
{
    struct ist_share share = no_share, other;
    struct ist_resource r = empty;
    fake_reset();
    CHECK(ist_share_resource(fake_resource(3, FAKE_NT, true), NULL, &share) == IST_OK);
    CHECK(share.way == IST_SHARE_HANDLE && fake_alive(FAKE_HANDLE) == 1);
    CHECK(ist_import_share_take(&share, NULL, &r) == IST_OK && share.way == IST_SHARE_NONE);
    CHECK(ist_end_share(&share) == IST_OK && count("CloseHandle") == 1);
    CHECK(ist_release_resource(&r) == IST_OK);
    CHECK(nothing_is_left());

    CHECK(ist_share_resource(fake_resource(1, FAKE_NT, false), NULL, &share) == IST_OK);
    other = share;
    other.process++; /* somebody else's: the number may be one of our handles */
    CHECK(ist_import_share_take(&other, NULL, &r) == IST_BAD_CALL);
    CHECK(ist_end_share(&other) == IST_OK && fake_alive(FAKE_HANDLE) == 1);
    CHECK(ist_give_share(&share, share.process) == IST_OK); /* ours already */
    CHECK(ist_give_share(&share, 0x7ffffff0) != IST_OK);    /* nobody's */
    CHECK(share.way == IST_SHARE_HANDLE && fake_alive(FAKE_HANDLE) == 1);
    CHECK(ist_end_share(&share) == IST_OK);
    CHECK(nothing_is_left());

    CHECK(ist_share_resource(fake_resource(1, FAKE_KMT, false), NULL, &share) == IST_OK);
    CHECK(share.way == IST_SHARE_KMT && share.handle == 0x40000102u);
    CHECK(ist_share_fence(fake_fence(true), NULL, &share) == IST_BAD_CALL); /* full */
    CHECK(ist_end_share(&share) == IST_OK);
    CHECK(nothing_is_left());
}

/* CloseHandle() ignores the two lowest bits: numbers that are no handles must not get there. */
static void bytes_of_others_close_nothing_else(void)
{
    struct ist_share fence = no_share, bad;
    struct ist_resource r = empty;
    struct ist_fence f = empty_fence;
    fake_reset();
    CHECK(ist_share_fence(fake_fence(true), NULL, &fence) == IST_OK);
    bad = fence;
    bad.handle += 2;
    bad.desc.luid[0] ^= 0xff;
    CHECK(ist_import_fence_share_take(&bad, &f) == IST_BAD_HANDLE);
    bad = fence;
    bad.desc.struct_size = 4096;
    CHECK(ist_import_fence_share_take(&bad, &f) == IST_BAD_ARG);
    CHECK(ist_import_share_take(&fence, NULL, &r) == IST_WRONG_TYPE);
    bad.way = 9;
    CHECK(ist_end_share(&bad) == IST_BAD_ARG);
    CHECK(count("CloseHandle") == 0 && fake_alive(FAKE_HANDLE) == 1);
    CHECK(ist_end_share(&fence) == IST_OK);
    CHECK(nothing_is_left());
}

/* What is taken is gone, whatever step of the import fails. */
static void steps_of_shares_fail(void)
{
    for (unsigned n = 1;; n++) {
        struct ist_share share = no_share, fence = no_share;
        struct ist_resource r = empty;
        struct ist_fence f = empty_fence;
        fake_reset();
        fake_fail_at(n);
        enum ist_status status =
            ist_share_resource(fake_resource(2, FAKE_NT, true), NULL, &share);
        if (status == IST_OK)
            status = ist_share_fence(fake_fence(true), NULL, &fence);
        if (status == IST_OK)
            status = ist_import_share_take(&share, NULL, &r);
        if (status == IST_OK)
            status = ist_import_fence_share_take(&fence, &f);
        bool failed = fake_has_failed();
        fake_fail_at(0);
        CHECK(failed ? status != IST_OK : status == IST_OK);
        CHECK(ist_end_share(&share) == IST_OK && ist_end_share(&fence) == IST_OK);
        CHECK(ist_release_resource(&r) == IST_OK && ist_release_fence(&f) == IST_OK);
        CHECK(nothing_is_left());
        if (failed)
            continue;
        CHECK(n >= 16);
        break;
    }
}

/* ---- keyed mutexes ---------------------------------------------------------------------- */

static void the_driver_s_timeout_is_a_timeout(void)
{
    struct ist_resource r = empty;
    CHECK(import(1, FAKE_KMT, true, &r) == IST_OK);
    fake_reset();
    fake_fail_with(CUDA_ERROR_TIMEOUT);
    fake_fail_at(1);
    CHECK(ist_keyed_mutex_acquire(&r, 3, 50, NULL) == IST_ACQUIRE_TIMEOUT);
    CHECK(ist_keyed_mutex_release(&r, 4, NULL) == IST_NOT_OWNER);
    CHECK(count("cuSignal") == 0); /* the driver is not asked */
    CHECK(ist_keyed_mutex_acquire(&r, 3, IST_FOR_EVER, NULL) == IST_ACQUIRED);
    CHECK(count("key 3 for ever") == 1);
    CHECK(ist_keyed_mutex_release(&r, 4, NULL) == IST_OK);
    CHECK(count("cuSignalExternalSemaphoresAsync 1 value 0 key 4") == 1);
    CHECK(ist_release_resource(&r) == IST_OK);
    CHECK(nothing_is_left());
}

static void acquired_ones_are_given_back_with_their_keys(void)
{
    struct ist_resource r[3] = {empty, empty, empty};
    const struct ist_resource *all[3] = {&r[2], &r[0], &r[1]};
    const uint64_t keys[3] = {30, 10, 20};
    for (unsigned i = 0; i < 3; i++)
        CHECK(import(1, FAKE_NT, true, &r[i]) == IST_OK);
    fake_reset();
    fake_fail_with(CUDA_ERROR_TIMEOUT);
    fake_fail_at(3);
    CHECK(ist_keyed_mutex_acquire_all(all, keys, 3, 0, NULL) == IST_ACQUIRE_TIMEOUT);
    CHECK(strcmp(fake_lines(),
                 "cuWaitExternalSemaphoresAsync 1 value 0 key 30 stream 0\n"
                 "cuWaitExternalSemaphoresAsync 1 value 0 key 10 stream 0\n"
                 "cuWaitExternalSemaphoresAsync 1 value 0 key 20 stream 0\n"
                 "cuSignalExternalSemaphoresAsync 1 value 0 key 30 stream 0\n"
                 "cuSignalExternalSemaphoresAsync 1 value 0 key 10 stream 0\n") == 0);
    for (unsigned i = 0; i < 3; i++)
        CHECK(ist_release_resource(&r[i]) == IST_OK);
    CHECK(nothing_is_left());
}

/* The one that was not free is waited for next, while none is held. */
static void a_second_round_waits_for_the_one_that_failed(void)
{
    struct ist_resource a = empty, b = empty;
    const struct ist_resource *all[2] = {&a, &b};
    const uint64_t keys[2] = {1, 2};
    CHECK(import(1, FAKE_NT, true, &a) == IST_OK && import(1, FAKE_NT, true, &b) == IST_OK);
    fake_reset();
    fake_fail_with(CUDA_ERROR_TIMEOUT);
    fake_fail_at(2);
    CHECK(ist_keyed_mutex_acquire_all(all, keys, 2, IST_FOR_EVER, NULL) == IST_ACQUIRED);
    CHECK(strcmp(fake_lines(),
                 "cuWaitExternalSemaphoresAsync 1 value 0 key 1 for ever stream 0\n"
                 "cuWaitExternalSemaphoresAsync 1 value 0 key 2 stream 0\n"
                 "cuSignalExternalSemaphoresAsync 1 value 0 key 1 stream 0\n"
                 "cuWaitExternalSemaphoresAsync 1 value 0 key 2 for ever stream 0\n"
                 "cuWaitExternalSemaphoresAsync 1 value 0 key 1 stream 0\n") == 0);
    CHECK(ist_keyed_mutex_release(&a, 1, NULL) == IST_OK);
    CHECK(ist_keyed_mutex_release(&b, 2, NULL) == IST_OK);
    CHECK(ist_release_resource(&a) == IST_OK && ist_release_resource(&b) == IST_OK);
    CHECK(nothing_is_left());
}

static void hresults_that_look_like_success(void)
{
    CHECK(ist_d3d11_mutex_acquire(fake_mutex(S_OK), 1, 0) == IST_ACQUIRED);
    CHECK(ist_d3d11_mutex_acquire(fake_mutex(0x102), 1, 0) == IST_ACQUIRE_TIMEOUT);
    CHECK(ist_d3d11_mutex_acquire(fake_mutex(0x80), 1, 0) == IST_ACQUIRE_ABANDONED);
    CHECK(ist_d3d11_mutex_acquire(fake_mutex(E_FAIL), 1, 0) == IST_ACQUIRE_FAILED);
    CHECK(ist_d3d11_mutex_acquire(fake_mutex(S_FALSE), 1, 0) == IST_ACQUIRE_FAILED);
    CHECK(strstr(ist_explain(), "0x00000001") != NULL);
    CHECK(ist_d3d11_mutex_release(fake_mutex(S_OK), 1) == IST_OK);
}

/* ---- devices ---------------------------------------------------------------------------- */

static void another_device_is_refused_before_anything_is_made(void)
{
    struct ist_resource r = empty;
    fake_set_device(1);
    fake_reset();
    CHECK(import(3, FAKE_NT, true, &r) == IST_WRONG_DEVICE);
    CHECK(count("CreateSharedHandle") == 0 && count("cuImport") == 0);
    fake_set_device(-1);
    CHECK(import(3, FAKE_NT, true, &r) == IST_BAD_CALL);
    CHECK(strstr(ist_explain(), "no CUDA context") != NULL);
    fake_set_device(0);
    CHECK(import(3, FAKE_NT, true, &r) == IST_OK);
    fake_set_device(1);
    CHECK(ist_release_resource(&r) == IST_WRONG_DEVICE && r.id != 0);
    fake_set_device(0);
    CHECK(ist_release_resource(&r) == IST_OK);
    CHECK(nothing_is_left());
}

/* Linked GPUs have one LUID, of which D3D11 has the first node: the UUID tells them apart. */
static void linked_devices_are_told_apart_by_uuid(void)
{
    struct ist_resource r = empty;
    struct ist_fence fence = empty_fence;
    fake_set_luids(FAKE_LUIDS_LINKED);
    fake_set_device(1);
    fake_reset();
    CHECK(import(3, FAKE_NT, true, &r) == IST_WRONG_DEVICE);
    CHECK(strstr(ist_explain(), "device 0 (UUID 20202020202020202020202020202020)") != NULL);
    CHECK(strstr(ist_explain(), "device 1 (UUID 21212121212121212121212121212121)") != NULL);
    CHECK(count("CreateSharedHandle") == 0 && count("cuImport") == 0);
    CHECK(ist_import_fence(fake_fence(true), &fence) == IST_WRONG_DEVICE);
    fake_set_device(0);
    CHECK(import(3, FAKE_NT, true, &r) == IST_OK && ist_release_resource(&r) == IST_OK);
    fake_set_luids(FAKE_LUIDS_NONE); /* an adapter that nobody here knows */
    CHECK(import(3, FAKE_NT, true, &r) == IST_OK && ist_release_resource(&r) == IST_OK);
    fake_set_luids(FAKE_LUIDS_APART);
    CHECK(nothing_is_left());
}

static void devices_are_matched_by_luid(void)
{
    IDXGIAdapter *adapter = NULL;
    struct ist_device_identity identity = IST_DEVICE_IDENTITY_INIT;
    int device = -1;
    fake_reset();
    CHECK(ist_device_from_d3d11(fake_device(), &device) == IST_OK && device == 0);
    CHECK(ist_device_to_adapter(0, fake_factory(), &adapter) == IST_OK && adapter);
    CHECK(fake_alive(FAKE_REFS) == 1); /* ours */
    IDXGIAdapter_Release(adapter);
    CHECK(ist_device_to_adapter(1, fake_factory(), &adapter) == IST_NOT_FOUND);
    CHECK(ist_device_identify(1, &identity) == IST_OK);
    CHECK(identity.luid[0] == 0x11 && identity.luid[4] == 0x77 && identity.uuid[15] == 0x21);
    CHECK(nothing_is_left());
}

static void unshared_resources_are_not_touched(void)
{
    struct ist_resource r = empty;
    fake_reset();
    CHECK(import(3, FAKE_UNSHARED, false, &r) == IST_BAD_ARG);
    CHECK(strstr(ist_explain(), "share nothing") != NULL);
    CHECK(count("Handle") == 0 && count("cuImport") == 0);
    CHECK(nothing_is_left());
}

/* ---- every other way in, with every step failing once ---------------------------------- */

/* One call that makes something; what it made is ended by end_all(). */
struct attempt {
    const char *name;
    enum ist_status (*run)(HANDLE handle);
    unsigned steps; /* at least so many can fail */
};

static struct ist_resource made;
static struct ist_fence made_fence;
static IDXGIAdapter *made_adapter;
static int made_device;

/* A buffer of device 0, described without asking D3D11: that could fail, too. */
static struct ist_resource_desc plain(uint32_t misc_flags)
{
    struct ist_resource_desc desc = IST_RESOURCE_DESC_INIT;
    desc.dimension = 1;
    desc.width = 512;
    desc.misc_flags = misc_flags;
    desc.luid[0] = 0x10;
    desc.luid[4] = 0x77;
    desc.has_luid = 1;
    return desc;
}

static enum ist_status try_borrow(HANDLE handle)
{
    struct ist_resource_desc desc = plain(0x900); /* keyed, too: one step more */
    return ist_import_handle_borrow(handle, &desc, NULL, &made);
}

static enum ist_status try_take(HANDLE handle)
{
    struct ist_resource_desc desc = plain(0x900);
    return ist_import_handle_take(handle, &desc, NULL, &made);
}

static enum ist_status try_name(HANDLE handle)
{
    struct ist_resource_desc desc = plain(0x802);
    (void)handle;
    return ist_import_name_borrow(L"name", &desc, NULL, &made);
}

static enum ist_status try_number(HANDLE handle)
{
    struct ist_resource_desc desc = plain(0x2);
    (void)handle;
    return ist_import_kmt_borrow((HANDLE)(uintptr_t)0x40000102u, &desc, NULL, &made);
}

static enum ist_status try_fence_borrow(HANDLE handle)
{
    return ist_import_fence_borrow(handle, &made_fence);
}

static enum ist_status try_fence_take(HANDLE handle)
{
    return ist_import_fence_take(handle, &made_fence);
}

static enum ist_status try_fence_name(HANDLE handle)
{
    (void)handle;
    return ist_import_fence_name_borrow(L"name", &made_fence);
}

static enum ist_status try_to_adapter(HANDLE handle)
{
    (void)handle;
    return ist_device_to_adapter(0, fake_factory(), &made_adapter);
}

static enum ist_status try_from_d3d11(HANDLE handle)
{
    (void)handle;
    return ist_device_from_d3d11(fake_device(), &made_device);
}

static const struct attempt attempts[] = {
    {"handle_borrow", try_borrow, 9},
    {"handle_take", try_take, 9},
    {"name_borrow", try_name, 8},
    {"kmt_borrow", try_number, 8},
    {"fence_borrow", try_fence_borrow, 2},
    {"fence_take", try_fence_take, 2},
    {"fence_name_borrow", try_fence_name, 2},
    {"device_to_adapter", try_to_adapter, 3},
    {"device_from_d3d11", try_from_d3d11, 3},
};

static bool nothing_was_made(void)
{
    return memcmp(&made, &empty, sizeof(made)) == 0 &&
           memcmp(&made_fence, &empty_fence, sizeof(made_fence)) == 0 && !made_adapter &&
           made_device == -1;
}

static void end_all(void)
{
    CHECK(ist_release_resource(&made) == IST_OK && ist_release_fence(&made_fence) == IST_OK);
    if (made_adapter)
        IDXGIAdapter_Release(made_adapter);
    made_adapter = NULL;
    CHECK(nothing_is_left());
}

/* Returns whether there was an n-th step to fail. */
static bool fail_step(const struct attempt *a, unsigned n)
{
    bool taken = strstr(a->name, "take") != NULL;
    HANDLE handle = fake_new_handle();
    made = empty;
    made_fence = empty_fence;
    made_device = -1;
    fake_reset();
    fake_fail_at(n);
    enum ist_status status = a->run(handle);
    bool failed = fake_has_failed();
    fake_fail_at(0);
    CHECK((status == IST_OK) == !failed);
    CHECK(!failed || nothing_was_made());
    CHECK(count("CloseHandle") == (taken ? 1u : 0u));
    if (!taken)
        fake_close_handle(handle);
    end_all();
    return failed;
}

static void every_other_way_takes_back_its_steps(void)
{
    for (size_t i = 0; i < sizeof(attempts) / sizeof(attempts[0]); i++) {
        unsigned n = 1;
        while (fail_step(&attempts[i], n))
            n++;
        CHECK(n > attempts[i].steps);
    }
}

/* Each public function, called with nothing. */
static void null_is_refused_everywhere(void)
{
    struct ist_resource_desc desc = describe(FAKE_NT);
    struct ist_resource r = empty;
    struct ist_fence fence = empty_fence;
    const struct ist_resource *none[1] = {NULL};
    const uint64_t keys[1] = {0};
    HANDLE handle = fake_new_handle();
    int device = 7;
    fake_reset();
    CHECK(ist_describe_resource(NULL, &desc) == IST_BAD_POINTER);
    CHECK(ist_describe_resource(fake_resource(1, FAKE_NT, false), NULL) == IST_BAD_POINTER);
    CHECK(ist_import_resource(NULL, NULL, &r) == IST_BAD_POINTER);
    CHECK(import(1, FAKE_NT, false, NULL) == IST_BAD_POINTER);
    CHECK(ist_import_handle_borrow(handle, NULL, NULL, &r) == IST_BAD_POINTER);
    CHECK(ist_import_handle_borrow(handle, &desc, NULL, NULL) == IST_BAD_POINTER);
    CHECK(count("CloseHandle") == 0);
    CHECK(ist_import_handle_take(handle, NULL, NULL, NULL) == IST_BAD_POINTER);
    CHECK(count("CloseHandle") == 1);
    CHECK(ist_import_kmt_borrow(NULL, &desc, NULL, &r) == IST_BAD_HANDLE);
    CHECK(ist_import_name_borrow(NULL, &desc, NULL, &r) == IST_BAD_NAME);
    CHECK(ist_release_resource(NULL) == IST_BAD_POINTER);
    CHECK(ist_import_fence(NULL, &fence) == IST_BAD_POINTER);
    CHECK(ist_import_fence(fake_fence(true), NULL) == IST_BAD_POINTER);
    CHECK(ist_import_fence_borrow(NULL, &fence) == IST_BAD_HANDLE);
    CHECK(ist_import_fence_take(NULL, &fence) == IST_BAD_HANDLE);
    CHECK(ist_import_fence_name_borrow(NULL, &fence) == IST_BAD_NAME);
    CHECK(ist_release_fence(NULL) == IST_BAD_POINTER);
    CHECK(ist_fence_signal(NULL, 1, NULL) == IST_BAD_POINTER);
    CHECK(ist_fence_wait(NULL, 1, NULL) == IST_BAD_POINTER);
    CHECK(ist_keyed_mutex_acquire(NULL, 0, 0, NULL) == IST_ACQUIRE_FAILED);
    CHECK(ist_keyed_mutex_acquire_all(none, keys, 1, 0, NULL) == IST_ACQUIRE_FAILED);
    CHECK(ist_keyed_mutex_acquire_all(NULL, keys, 1, 0, NULL) == IST_ACQUIRE_FAILED);
    CHECK(ist_keyed_mutex_release(NULL, 0, NULL) == IST_BAD_POINTER);
    CHECK(ist_d3d11_mutex_acquire(NULL, 0, 0) == IST_ACQUIRE_FAILED);
    CHECK(ist_d3d11_mutex_release(NULL, 0) == IST_BAD_POINTER);
    CHECK(ist_device_identify(0, NULL) == IST_BAD_POINTER);
    CHECK(ist_device_from_adapter(NULL, &device) == IST_BAD_POINTER);
    CHECK(ist_device_from_d3d11(NULL, &device) == IST_BAD_POINTER && device == 7);
    CHECK(ist_device_to_adapter(0, NULL, NULL) == IST_BAD_POINTER);
    CHECK(ist_device_to_adapter(0, fake_factory(), NULL) == IST_BAD_POINTER);
    CHECK(ist_query_format(28, NULL) == IST_BAD_POINTER);
    CHECK(ist_query_cuda_format(28, 0, NULL) == IST_BAD_POINTER);
    CHECK(ist_query_layout(NULL, NULL) == IST_BAD_POINTER);
    CHECK(ist_query_subresource(NULL, 0, 0, NULL) == IST_BAD_POINTER);
    CHECK(count("cuImport") == 0 && nothing_is_left());
}

/* A size that nobody set may be any number: nothing behind the struct is looked at. */
static void sizes_that_nobody_set_are_refused(void)
{
    struct ist_resource_desc desc = describe(FAKE_NT);
    struct ist_import_options options = IST_IMPORT_OPTIONS_INIT;
    struct ist_resource r = empty;
    HANDLE handle = fake_new_handle();
    const uint32_t sizes[] = {0, 3, 0xcccccccc, 0xffffffff};
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        options.struct_size = sizes[i];
        CHECK(ist_import_handle_borrow(handle, &desc, &options, &r) == IST_BAD_ARG);
        CHECK(strstr(ist_explain(), "struct_size") != NULL);
    }
    desc.struct_size = 0xfffffff0;
    CHECK(ist_import_handle_borrow(handle, &desc, NULL, &r) == IST_BAD_ARG);
    fake_reset();
    fake_close_handle(handle);
    CHECK(nothing_is_left());
}

/* What has ended is a number that nothing stands behind, in every copy. */
static void stale_imports_are_refused_everywhere(void)
{
    struct ist_resource r = empty, copy;
    struct ist_fence fence = empty_fence, other;
    const struct ist_resource *all[1] = {&copy};
    const uint64_t keys[1] = {0};
    CHECK(import(1, FAKE_NT, true, &r) == IST_OK);
    CHECK(ist_import_fence(fake_fence(true), &fence) == IST_OK);
    copy = r;
    other = fence;
    CHECK(import(1, FAKE_NT, true, &copy) == IST_BAD_CALL); /* it holds one */
    CHECK(ist_import_fence(fake_fence(true), &other) == IST_BAD_CALL);
    CHECK(ist_release_resource(&r) == IST_OK && ist_release_fence(&fence) == IST_OK);
    CHECK(nothing_is_left());
    fake_reset();
    CHECK(ist_release_resource(&copy) == IST_BAD_HANDLE && copy.id != 0);
    CHECK(ist_release_fence(&other) == IST_BAD_HANDLE);
    CHECK(ist_fence_signal(&other, 1, NULL) == IST_BAD_HANDLE);
    CHECK(ist_fence_wait(&fence, 1, NULL) == IST_BAD_HANDLE); /* empty */
    CHECK(ist_keyed_mutex_acquire(&copy, 0, 0, NULL) == IST_ACQUIRE_FAILED);
    CHECK(ist_keyed_mutex_acquire_all(all, keys, 1, 0, NULL) == IST_ACQUIRE_FAILED);
    CHECK(ist_keyed_mutex_release(&copy, 0, NULL) == IST_BAD_HANDLE);
    CHECK(fake_lines()[0] == 0); /* the driver was not asked */
    CHECK(ist_release_resource(&r) == IST_OK && ist_release_fence(&fence) == IST_OK);
    CHECK(nothing_is_left());
}

/* ---- layouts ---------------------------------------------------------------------------- */

static void layouts_are_known_without_a_device(void)
{
    struct ist_shape shape = IST_SHAPE_INIT;
    struct ist_layout layout = IST_LAYOUT_INIT;
    struct ist_subresource sub = IST_SUBRESOURCE_INIT;
    shape.dimension = 3;
    shape.width = 33;
    shape.height = 7;
    shape.levels = 2;
    shape.slices = 3;
    shape.format = DXGI_FORMAT_R8G8B8A8_UNORM;
    fake_reset();
    CHECK(ist_query_layout(&shape, &layout) == IST_OK);
    CHECK(layout.subresources == 6 && layout.slice_pitch == 33 * 7 * 4 + 16 * 3 * 4);
    CHECK(layout.size == 3 * layout.slice_pitch && layout.import_limit == 65536);
    CHECK(ist_query_subresource(&shape, 1, 2, &sub) == IST_OK);
    CHECK(sub.width == 16 && sub.height == 3 && sub.row_pitch == 64);
    CHECK(sub.offset == 2 * layout.slice_pitch + 33 * 7 * 4 && sub.size == 192);
    CHECK(ist_query_subresource(&shape, 2, 0, &sub) == IST_BAD_ARG);
    CHECK(strstr(ist_explain(), "2 levels and 3 slices") != NULL);
    shape.format = 200;
    CHECK(ist_query_layout(&shape, &layout) == IST_BAD_FORMAT);
    CHECK(fake_lines()[0] == 0);
}

int main(void)
{
    CHECK(close_handle_watch());
    calls_come_in_order_with_the_right_numbers();
    a_failed_step_takes_back_the_ones_before();
    a_failed_release_goes_on();
    borrowed_handles_are_not_closed_and_taken_ones_once();
    refused_handles();
    names_are_given_alone();
    fences_are_imported_used_and_ended();
    fence_steps_fail();
    a_share_s_handle_is_closed_once();
    bytes_of_others_close_nothing_else();
    steps_of_shares_fail();
    the_driver_s_timeout_is_a_timeout();
    acquired_ones_are_given_back_with_their_keys();
    a_second_round_waits_for_the_one_that_failed();
    hresults_that_look_like_success();
    another_device_is_refused_before_anything_is_made();
    linked_devices_are_told_apart_by_uuid();
    devices_are_matched_by_luid();
    layouts_are_known_without_a_device();
    unshared_resources_are_not_touched();
    every_other_way_takes_back_its_steps();
    null_is_refused_everywhere();
    sizes_that_nobody_set_are_refused();
    stale_imports_are_refused_everywhere();
    printf("%u checks, %u failed\n", checks, failures);
    return failures ? EXIT_FAILURE : EXIT_SUCCESS;
}
