/* SPDX-License-Identifier: MIT */
/*
 * Every way in, with each of its steps failing once: what the steps before made is taken back,
 * nothing is given out, and a handle that was taken is closed all the same.
 */
#include "calls.h"

#include <stdio.h>

/* ---- resources -------------------------------------------------------------------------- */

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

/* ---- fences ----------------------------------------------------------------------------- */

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

/* ---- every other way in ----------------------------------------------------------------- */

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

void calls_failing(void)
{
    a_failed_step_takes_back_the_ones_before();
    a_failed_release_goes_on();
    fence_steps_fail();
    steps_of_shares_fail();
    every_other_way_takes_back_its_steps();
}
