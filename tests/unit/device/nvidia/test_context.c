/* SPDX-License-Identifier: MIT */
/* Opening the context, going in and out of it, and what the driver's answers become. */
#include "unit/device/nvidia/nv_rig.h"

TEST(what_fails_at_the_opening_leaves_nothing_and_can_be_tried_again)
{
    static const char *const calls[] = {"cuDevicePrimaryCtxRetain",
                                        "cuCtxPushCurrent",
                                        "cuMemGetAllocationGranularity",
                                        "cuCtxGetStreamPriorityRange",
                                        "cuStreamCreateWithPriority",
                                        "cuCtxGetId",
                                        "cuMemHostRegister"};
    struct device *dev = nv_rig_device(0);
    nv_rig_find_fake();
    for (size_t i = 0; i < ARRAY_SIZE(calls); i++) {
        struct gpu_stream *stream = NULL;
        fake.fail(calls[i], 1, CUDA_ERROR_OUT_OF_MEMORY);
        CHECK_EQ(nvidia_stream_create(dev, &stream), IST_NO_MEMORY);
        CHECK(strstr(status_reason(), calls[i]) != NULL);
        CHECK(strstr(status_reason(), "CUDA_ERROR_OUT_OF_MEMORY (2)") != NULL);
        CHECK_PTR_EQ(stream, NULL);
        nvidia_close(dev);
        nv_rig_check_empty();
    }
    struct nv_rig rig = nv_rig_open();
    nv_rig_finish(&rig);
}

TEST(only_faults_are_fatal)
{
    static const int fatal[] = {4,   201, 214, 220, 226, 700, 702, 709, 710,
                                714, 715, 716, 717, 718, 719, 721, 810};
    unsigned count = 0;
    for (int code = 0; code < 1000; code++)
        count += nv_result_is_fatal((CUresult)code);
    CHECK_EQ(count, ARRAY_SIZE(fatal));
    for (unsigned i = 0; i < ARRAY_SIZE(fatal); i++)
        CHECK(nv_result_is_fatal((CUresult)fatal[i]));
}

TEST(an_answer_is_a_status_with_words)
{
    static const struct {
        int result;
        enum ist_status status;
    } answers[] = {{0, IST_OK},
                   {CUDA_ERROR_OUT_OF_MEMORY, IST_NO_MEMORY},
                   {CUDA_ERROR_NOT_SUPPORTED, IST_NOT_SUPPORTED},
                   {CUDA_ERROR_INVALID_VALUE, IST_NO_RESOURCES},
                   {CUDA_ERROR_UNKNOWN, IST_NO_RESOURCES}};
    struct nv_rig rig = nv_rig_open();
    for (unsigned i = 0; i < ARRAY_SIZE(answers); i++)
        CHECK_EQ(nv_answer(rig.nv, (CUresult)answers[i].result, "cuThing", "a purpose"),
                 answers[i].status);
    CHECK_STR(status_reason(), "cuThing answered CUDA_ERROR_UNKNOWN (999); it was called for a "
                               "purpose");
    CHECK(nv_alive(rig.nv));
    nv_rig_finish(&rig);
}

TEST(scopes_nest_and_leave_the_thread_as_it_was)
{
    struct nv_rig rig = nv_rig_open(), two = nv_rig_open_on(1);
    struct nv_scope outer = {.nv = NULL}, inner = {.nv = NULL};
    CUcontext top = NULL;
    int mode = 1; /* of this thread alone */
    CHECK_EQ(driver.capture_mode(&mode), 0);
    CHECK_EQ(nv_enter(rig.nv, &outer), IST_OK);
    CHECK_EQ(nv_enter(two.nv, &inner), IST_OK);
    nv_leave(&inner);
    nv_leave(&inner); /* once too often: nothing happens */
    nv_leave(&outer);
    CHECK_EQ(driver.capture_mode(&mode), 0); /* puts the first one back, too */
    CHECK_EQ(mode, 1);
    CHECK(driver.context_pop(&top) != 0); /* nothing is left on the stack */
    nvidia_stream_destroy(two.stream);
    nvidia_close(two.dev);
    nv_rig_finish(&rig);
}
