/* SPDX-License-Identifier: MIT */
/*
 * What the library calls, in which order, with which numbers, and who closes what: read from
 * the record of a driver and a D3D11 that do nothing else. The same program on Linux and on
 * Windows; calls_failing.c and calls_refused.c are parts of it.
 */
#include "calls.h"
#include "close_handle.h"

#include <stdio.h>
#include <stdlib.h>

static unsigned checks, failures;

void calls_check(bool ok, const char *text, const char *file, int line)
{
    checks++;
    if (ok)
        return;
    failures++;
    printf("%s:%d: failed: %s\n  reason: %s\n  record:\n%s", file, line, text, ist_explain(),
           fake_lines());
}

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

/* ---- who closes ------------------------------------------------------------------------- */

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

/* ---- shares ----------------------------------------------------------------------------- */

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

static struct ist_resource passed_on;

static void acquire_what_was_released(void)
{
    CHECK(ist_keyed_mutex_acquire(&passed_on, 7, 0, NULL) == IST_ACQUIRED);
}

/* Another thread may hold it through the same import before the release has returned. */
static void a_release_forgets_no_acquire_behind_it(void)
{
    passed_on = empty;
    CHECK(import(1, FAKE_KMT, true, &passed_on) == IST_OK);
    CHECK(ist_keyed_mutex_acquire(&passed_on, 3, 0, NULL) == IST_ACQUIRED);
    fake_when_signalled(acquire_what_was_released);
    CHECK(ist_keyed_mutex_release(&passed_on, 7, NULL) == IST_OK);
    CHECK(ist_keyed_mutex_release(&passed_on, 8, NULL) == IST_OK);
    CHECK(ist_keyed_mutex_release(&passed_on, 9, NULL) == IST_NOT_OWNER);
    CHECK(ist_release_resource(&passed_on) == IST_OK);
    CHECK(nothing_is_left());
}

static void a_release_that_fails_may_be_tried_again(void)
{
    struct ist_resource r = empty;
    CHECK(import(1, FAKE_KMT, true, &r) == IST_OK);
    CHECK(ist_keyed_mutex_acquire(&r, 3, 0, NULL) == IST_ACQUIRED);
    fake_fail_with(CUDA_ERROR_OUT_OF_MEMORY);
    fake_fail_at(1);
    CHECK(ist_keyed_mutex_release(&r, 4, NULL) == IST_NO_MEMORY);
    CHECK(ist_keyed_mutex_release(&r, 4, NULL) == IST_OK);
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
    borrowed_handles_are_not_closed_and_taken_ones_once();
    names_are_given_alone();
    fences_are_imported_used_and_ended();
    a_share_s_handle_is_closed_once();
    the_driver_s_timeout_is_a_timeout();
    a_release_forgets_no_acquire_behind_it();
    a_release_that_fails_may_be_tried_again();
    acquired_ones_are_given_back_with_their_keys();
    a_second_round_waits_for_the_one_that_failed();
    hresults_that_look_like_success();
    another_device_is_refused_before_anything_is_made();
    linked_devices_are_told_apart_by_uuid();
    devices_are_matched_by_luid();
    layouts_are_known_without_a_device();
    calls_failing();
    calls_refused();
    printf("%u checks, %u failed\n", checks, failures);
    return failures ? EXIT_FAILURE : EXIT_SUCCESS;
}
