/* SPDX-License-Identifier: MIT */
/* Names and texts of errors, and what remains of a failed call in its thread. */
#include "test.h"

#include <cuda_runtime_api.h>

#include <pthread.h>
#include <string.h>

/* Any call that fails with a code of its own. */
static cudaError_t fail(void)
{
    return cudaGetDeviceCount(NULL);
}

TEST(names_are_cudas)
{
    CHECK_STR(cudaGetErrorName(cudaSuccess), "cudaSuccess");
    CHECK_STR(cudaGetErrorName(cudaErrorInvalidValue), "cudaErrorInvalidValue");
    CHECK_STR(cudaGetErrorName(cudaErrorInvalidChannelDescriptor), "cudaErrorInvalidChannelDesc"
                                                                   "riptor");
    CHECK_STR(cudaGetErrorName(cudaErrorInvalidResourceHandle), "cudaErrorInvalidResourceHandl"
                                                                "e");
    CHECK_STR(cudaGetErrorName(cudaErrorNotSupported), "cudaErrorNotSupported");
    CHECK_STR(cudaGetErrorName(cudaErrorTimeout), "cudaErrorTimeout");
    CHECK_STR(cudaGetErrorName(cudaErrorUnknown), "cudaErrorUnknown");
    CHECK_STR(cudaGetErrorName(cudaErrorApiFailureBase), "cudaErrorApiFailureBase");
}

TEST(an_unknown_code_has_the_documented_text)
{
    static const int unknown[] = {-1, 10, 11, 99, 1000, 9999, 10001, 0x7fffffff};
    for (size_t i = 0; i < sizeof(unknown) / sizeof(*unknown); i++) {
        CHECK_STR(cudaGetErrorName((cudaError_t)unknown[i]), "unrecognized error code");
        CHECK_STR(cudaGetErrorString((cudaError_t)unknown[i]), "unrecognized error code");
    }
}

/* The table is searched by halves: a row in the wrong place would not be found. */
TEST(every_row_is_found_and_has_a_text)
{
    int rows = 0;
    for (int code = 0; code <= cudaErrorApiFailureBase; code++) {
        const char *name = cudaGetErrorName((cudaError_t)code);
        if (!strcmp(name, "unrecognized error code"))
            continue;
        const char *prefix = code ? "cudaError" : "cudaSuccess";
        CHECK(strncmp(name, prefix, strlen(prefix)) == 0);
        CHECK(strlen(cudaGetErrorString((cudaError_t)code)) > 0);
        CHECK(strcmp(cudaGetErrorString((cudaError_t)code), "unrecognized error code") != 0);
        rows++;
    }
    CHECK_EQ(rows, 134);
}

TEST(get_takes_the_error_and_peek_leaves_it)
{
    cudaGetLastError();
    CHECK_EQ(fail(), cudaErrorInvalidValue);
    CHECK_EQ(cudaPeekAtLastError(), cudaErrorInvalidValue);
    CHECK_EQ(cudaPeekAtLastError(), cudaErrorInvalidValue);
    CHECK_EQ(cudaGetLastError(), cudaErrorInvalidValue);
    CHECK_EQ(cudaGetLastError(), cudaSuccess);
    CHECK_EQ(cudaPeekAtLastError(), cudaSuccess);
}

TEST(a_success_does_not_clear_the_last_error)
{
    int count = 0;
    cudaGetLastError();
    CHECK_EQ(fail(), cudaErrorInvalidValue);
    CHECK_EQ(cudaGetDeviceCount(&count), cudaSuccess);
    CHECK_EQ(cudaGetLastError(), cudaErrorInvalidValue);
}

TEST(the_latest_failure_wins)
{
    cudaGetLastError();
    CHECK_EQ(fail(), cudaErrorInvalidValue);
    CHECK_EQ(cudaSetDevice(1000), cudaErrorInvalidDevice);
    CHECK_EQ(cudaGetLastError(), cudaErrorInvalidDevice);
}

static void *other_thread(void *arg)
{
    cudaError_t *seen = (cudaError_t *)arg;
    seen[0] = cudaPeekAtLastError();
    fail();
    seen[1] = cudaPeekAtLastError();
    return NULL;
}

TEST(the_last_error_belongs_to_its_thread)
{
    cudaError_t seen[2] = {cudaErrorUnknown, cudaErrorUnknown};
    pthread_t thread;
    cudaGetLastError();
    CHECK_EQ(cudaSetDevice(1000), cudaErrorInvalidDevice);
    CHECK_EQ(pthread_create(&thread, NULL, other_thread, seen), 0);
    CHECK_EQ(pthread_join(thread, NULL), 0);
    CHECK_EQ(seen[0], cudaSuccess);
    CHECK_EQ(seen[1], cudaErrorInvalidValue);
    CHECK_EQ(cudaGetLastError(), cudaErrorInvalidDevice);
}

TEST(reset_clears_the_last_error)
{
    CHECK_EQ(fail(), cudaErrorInvalidValue);
    CHECK_EQ(cudaDeviceReset(), cudaSuccess);
    CHECK_EQ(cudaPeekAtLastError(), cudaSuccess);
}
