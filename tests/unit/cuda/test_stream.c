/* SPDX-License-Identifier: MIT */
/* What programs ask of one stream. */
#include "rig.h"

#include <pthread.h>

TEST(flags_and_priorities_are_kept)
{
    cudaStream_t stream = NULL;
    unsigned flags = 99;
    int priority = 99, least = 99, greatest = 99;
    OK(cudaDeviceGetStreamPriorityRange(&least, &greatest));
    CHECK_EQ(least, 0);
    CHECK_EQ(greatest, -5);
    OK(cudaStreamCreateWithPriority(&stream, cudaStreamNonBlocking, -3));
    OK(cudaStreamGetFlags(stream, &flags));
    CHECK_EQ(flags, cudaStreamNonBlocking);
    OK(cudaStreamGetPriority(stream, &priority));
    CHECK_EQ(priority, -3);
    OK(cudaStreamDestroy(stream));
    OK(cudaStreamCreateWithPriority(&stream, 0, -100));
    OK(cudaStreamGetPriority(stream, &priority));
    CHECK_EQ(priority, greatest);
    OK(cudaStreamDestroy(stream));
}

TEST(unknown_flags_are_refused_and_out_stays)
{
    cudaStream_t stream = (cudaStream_t)(uintptr_t)0x1234;
    REFUSED(cudaStreamCreateWithFlags(&stream, 2), cudaErrorInvalidValue, "0x2");
    CHECK_EQ((uintptr_t)stream, 0x1234);
}

TEST(the_streams_that_every_program_has)
{
    unsigned flags = 9;
    unsigned long long id[3] = {0};
    OK(cudaStreamGetFlags(cudaStreamLegacy, &flags));
    OK(cudaStreamSynchronize(NULL));
    OK(cudaStreamSynchronize(cudaStreamLegacy));
    OK(cudaStreamSynchronize(cudaStreamPerThread));
    OK(cudaStreamGetId(NULL, &id[0]));
    OK(cudaStreamGetId(cudaStreamLegacy, &id[1]));
    OK(cudaStreamGetId(cudaStreamPerThread, &id[2]));
    CHECK_EQ(id[0], id[1]);
    CHECK(id[0] != id[2]);
    CHECK_EQ(cudaStreamDestroy(NULL), cudaErrorInvalidResourceHandle);
    CHECK_EQ(cudaStreamDestroy(cudaStreamLegacy), cudaErrorInvalidResourceHandle);
    CHECK_EQ(cudaStreamDestroy(cudaStreamPerThread), cudaErrorInvalidResourceHandle);
}

TEST(a_query_tells_whether_work_is_left)
{
    struct gate gate;
    cudaStream_t stream = rig_stream(cudaStreamNonBlocking);
    CHECK_EQ(cudaStreamQuery(stream), cudaSuccess);
    gate_close(&gate, stream);
    CHECK_EQ(cudaStreamQuery(stream), cudaErrorNotReady);
    gate_open(&gate);
    rig_stream_end(stream);
}

static void *own_id(void *out)
{
    cudaStreamGetId(cudaStreamPerThread, (unsigned long long *)out);
    cudaMemsetAsync(NULL, 0, 0, cudaStreamPerThread);
    return NULL;
}

TEST(each_thread_has_a_stream_of_its_own)
{
    unsigned long long mine = 0, other = 0;
    pthread_t thread;
    own_id(&mine);
    CHECK_EQ(pthread_create(&thread, NULL, own_id, &other), 0);
    pthread_join(thread, NULL);
    CHECK(mine != other);
}

TEST(a_destroyed_stream_finishes_its_work)
{
    struct gate gate;
    cudaEvent_t event = NULL;
    cudaStream_t stream = rig_stream(cudaStreamNonBlocking);
    OK(cudaEventCreate(&event));
    gate_close(&gate, stream);
    OK(cudaEventRecord(event, stream));
    OK(cudaStreamDestroy(stream));
    CHECK_EQ(cudaEventQuery(event), cudaErrorNotReady);
    gate_open(&gate);
    OK(cudaEventSynchronize(event));
    OK(cudaEventDestroy(event));
}
