/* SPDX-License-Identifier: MIT */
/* Failing on demand, a lost context, counts, and what the library exports. */
#include <unistd.h>

#include "rig.h"

size_t test_live_objects(void)
{
    return fakecuda_live(FAKECUDA_KINDS);
}

TEST(the_nth_call_fails_once)
{
    struct rig rig = rig_new();
    CUdeviceptr a, b;
    size_t before = fakecuda_calls("cuMemAlloc");
    fakecuda_fail("cuMemAlloc", 2, CUDA_ERROR_OUT_OF_MEMORY);
    OK(cuMemAlloc_v2(&a, 16));
    CHECK_EQ(cuMemAlloc_v2(&b, 16), CUDA_ERROR_OUT_OF_MEMORY);
    OK(cuMemAlloc_v2(&b, 16));
    CHECK_EQ(fakecuda_calls("cuMemAlloc") - before, 3);
    fakecuda_fail("cuMemFree", 1, 0);
    CHECK_EQ(cuMemFree_v2(a), CUDA_ERROR_UNKNOWN); /* freed all the same */
    OK(cuMemFree_v2(b));
    fakecuda_fail("cuMemAlloc", 1, 0);
    fakecuda_fail(NULL, 0, 0);
    OK(cuMemAlloc_v2(&a, 16));
    OK(cuMemFree_v2(a));
    rig_finish(&rig);
}

TEST(a_lost_context_answers_nothing_else)
{
    static uint64_t words[512] __attribute__((aligned(4096)));
    struct rig rig = rig_new();
    CUdeviceptr at;
    OK(cuMemHostRegister_v2(words, sizeof(words), 0));
    OK(cuMemAlloc_v2(&at, 16));
    OK(cuStreamWaitValue64_v2(rig.stream, (CUdeviceptr)(uintptr_t)words, 1, 0));
    while (!fakecuda_waiting())
        usleep(1000);
    fakecuda_lose(0);
    CHECK_EQ(cuStreamSynchronize(rig.stream), CUDA_ERROR_LAUNCH_FAILED);
    CHECK_EQ(cuMemsetD8Async(at, 0, 16, rig.stream), CUDA_ERROR_LAUNCH_FAILED);
    CHECK_EQ(cuMemFree_v2(at), CUDA_ERROR_LAUNCH_FAILED);
    CHECK_EQ(cuMemHostUnregister(words), CUDA_ERROR_LAUNCH_FAILED);
    CHECK_EQ(cuStreamDestroy_v2(rig.stream), CUDA_ERROR_LAUNCH_FAILED);
    CHECK_EQ(fakecuda_live(FAKECUDA_KINDS), 0); /* it was all freed */
    OK(cuCtxPopCurrent_v2(NULL));
    OK(cuDevicePrimaryCtxRelease_v2(0));
    rig = rig_new(); /* a new context is a good one */
    rig_finish(&rig);
}

TEST(functions_are_found_by_name)
{
    void *found = NULL;
    int status = -1;
    OK(cuInit(0));
    OK(cuGetProcAddress_v2("cuMemAlloc", &found, 12000, 0, &status));
    CHECK(found == (void *)(uintptr_t)cuMemAlloc_v2);
    CHECK_EQ(status, 0);
    CHECK_EQ(cuGetProcAddress_v2("cuNothing", &found, 12000, 0, &status), CUDA_ERROR_NOT_FOUND);
    CHECK_EQ(status, 1);
}

TEST(no_context_is_said_so)
{
    CUdeviceptr at;
    CHECK_EQ(cuMemAlloc_v2(&at, 16), CUDA_ERROR_INVALID_CONTEXT);
    CHECK_EQ(cuCtxPopCurrent_v2(NULL), CUDA_ERROR_INVALID_CONTEXT);
    CHECK_EQ(cuDevicePrimaryCtxRelease_v2(0), CUDA_ERROR_INVALID_CONTEXT);
    CHECK_EQ(cuDevicePrimaryCtxRelease_v2(7), CUDA_ERROR_INVALID_DEVICE);
}
