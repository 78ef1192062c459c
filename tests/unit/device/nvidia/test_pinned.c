/* SPDX-License-Identifier: MIT */
/* Pinned memory: zeroed, registered, and given back whole. */
#include "unit/device/nvidia/nv_rig.h"

TEST(it_is_zeroed_and_the_streams_too)
{
    struct nv_rig rig = nv_rig_open();
    struct nv_scope scope = {.nv = NULL};
    size_t before = fake.live(FAKECUDA_REGISTERED);
    static const unsigned char zero[5000];
    void *at = NULL;
    CHECK_EQ(nv_enter(rig.nv, &scope), IST_OK);
    CHECK_EQ(nv_pinned_create(rig.nv, sizeof(zero), "a test", &at), IST_OK);
    CHECK_MEM(at, zero, sizeof(zero));
    CHECK_EQ(fake.live(FAKECUDA_REGISTERED), before + 1);
    CHECK_EQ(nv_fill_linear(rig.stream, (uintptr_t)at, 5000, 5000, 1,
                            (const unsigned char *)"\x07", 1),
             IST_OK);
    nv_leave(&scope);
    nv_rig_sync(&rig);
    CHECK_EQ(((unsigned char *)at)[4999], 7);
    CHECK_EQ(nv_enter(rig.nv, &scope), IST_OK);
    nv_pinned_destroy(rig.nv, at, sizeof(zero));
    nv_leave(&scope);
    CHECK_EQ(fake.live(FAKECUDA_REGISTERED), before);
    nv_rig_finish(&rig);
}

TEST(a_failure_leaves_nothing)
{
    struct nv_rig rig = nv_rig_open();
    struct nv_scope scope = {.nv = NULL};
    size_t before = fake.live(FAKECUDA_KINDS);
    void *at = NULL;
    CHECK_EQ(nv_enter(rig.nv, &scope), IST_OK);
    fake.fail("cuMemHostRegister", 1, CUDA_ERROR_OUT_OF_MEMORY);
    CHECK_EQ(nv_pinned_create(rig.nv, 4096, "a test", &at), IST_NO_MEMORY);
    CHECK(strstr(status_reason(), "a test") != NULL);
    CHECK_EQ(nv_pinned_create(rig.nv, SIZE_MAX / 2, "a test", &at), IST_NO_MEMORY);
    CHECK(strstr(status_reason(), "a test") != NULL);
    CHECK_PTR_EQ(at, NULL);
    nv_leave(&scope);
    CHECK_EQ(fake.live(FAKECUDA_KINDS), before);
    nv_rig_finish(&rig);
}
