/* SPDX-License-Identifier: MIT */
/*
 * What no caller should do, and what strangers may send: each is refused with its code before
 * anything is made, and closes nothing that is not the library's to close.
 */
#include "calls.h"

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

static void unshared_resources_are_not_touched(void)
{
    struct ist_resource r = empty;
    fake_reset();
    CHECK(import(3, FAKE_UNSHARED, false, &r) == IST_BAD_ARG);
    CHECK(strstr(ist_explain(), "share nothing") != NULL);
    CHECK(count("Handle") == 0 && count("cuImport") == 0);
    CHECK(nothing_is_left());
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

void calls_refused(void)
{
    refused_handles();
    bytes_of_others_close_nothing_else();
    unshared_resources_are_not_touched();
    null_is_refused_everywhere();
    sizes_that_nobody_set_are_refused();
    stale_imports_are_refused_everywhere();
}
