/* SPDX-License-Identifier: MIT */
/* What streams are to each other: the legacy stream's order, and who is blocked by whom. */
#include "rig.h"

#include <dirent.h>

static unsigned count_threads(void)
{
    unsigned count = 0;
    DIR *dir = opendir("/proc/self/task");
    CHECK(dir != NULL);
    for (struct dirent *entry; (entry = readdir(dir)) != NULL;)
        count += entry->d_name[0] != '.';
    closedir(dir);
    return count;
}

/* Whether work on `later`, given `ms` of time, waits for what `earlier` holds. */
static bool is_held_for(unsigned ms, cudaStream_t earlier, cudaStream_t later)
{
    struct gate gate;
    cudaEvent_t event = NULL;
    bool held = true;
    OK(cudaEventCreate(&event));
    gate_close(&gate, earlier);
    OK(cudaEventRecord(event, later));
    for (unsigned waited = 0; held && waited < ms; waited++) {
        rig_sleep_ms(1);
        held = cudaEventQuery(event) == cudaErrorNotReady;
    }
    gate_open(&gate);
    OK(cudaEventSynchronize(event));
    OK(cudaEventDestroy(event));
    OK(cudaDeviceSynchronize());
    return held;
}

static bool comes_after(cudaStream_t earlier, cudaStream_t later)
{
    return is_held_for(5, earlier, later);
}

/* Work on `later` is done while `earlier` is held, however long a busy machine takes for it. */
static bool stands_apart(cudaStream_t earlier, cudaStream_t later)
{
    return !is_held_for(20000, earlier, later);
}

TEST(the_legacy_stream_is_in_order_with_blocking_streams)
{
    cudaStream_t blocking = rig_stream(0);
    CHECK(comes_after(cudaStreamLegacy, blocking));
    CHECK(comes_after(blocking, cudaStreamLegacy));
    CHECK(comes_after(NULL, cudaStreamPerThread));
    CHECK(comes_after(cudaStreamPerThread, NULL));
    OK(cudaStreamDestroy(blocking));
}

TEST(non_blocking_streams_stand_apart)
{
    cudaStream_t apart = rig_stream(cudaStreamNonBlocking), blocking = rig_stream(0);
    CHECK(stands_apart(cudaStreamLegacy, apart));
    CHECK(stands_apart(apart, cudaStreamLegacy));
    CHECK(stands_apart(apart, blocking));
    OK(cudaStreamDestroy(apart));
    OK(cudaStreamDestroy(blocking));
}

TEST(blocking_streams_do_not_order_each_other)
{
    cudaStream_t a = rig_stream(0), b = rig_stream(0);
    CHECK(stands_apart(a, b));
    OK(cudaStreamDestroy(a));
    OK(cudaStreamDestroy(b));
}

/* a holds; legacy after a; b after legacy: so b is after a. */
TEST(the_legacy_stream_joins_two_blocking_streams)
{
    struct gate gate;
    unsigned char *memory = rig_malloc(16), seen[16];
    cudaStream_t a = rig_stream(0), b = rig_stream(0);
    gate_close(&gate, a);
    OK(cudaMemsetAsync(memory, 1, 16, a));
    OK(cudaMemsetAsync(memory, 2, 16, NULL));
    OK(cudaMemsetAsync(memory, 3, 16, b));
    CHECK_EQ(cudaStreamQuery(b), cudaErrorNotReady);
    gate_open(&gate);
    OK(cudaMemcpy(seen, memory, 16, cudaMemcpyDeviceToHost));
    CHECK_EQ(seen[7], 3);
    OK(cudaStreamDestroy(a));
    OK(cudaStreamDestroy(b));
    OK(cudaFree(memory));
}

TEST(a_synchronous_copy_waits_for_blocking_streams)
{
    struct gate gate;
    unsigned char *memory = rig_malloc(64), seen[64] = {0};
    cudaStream_t stream = rig_stream(0);
    gate_close(&gate, stream);
    OK(cudaMemsetAsync(memory, 0x77, 64, stream));
    gate_open(&gate);
    OK(cudaMemcpy(seen, memory, 64, cudaMemcpyDeviceToHost));
    CHECK_EQ(seen[63], 0x77);
    OK(cudaStreamDestroy(stream));
    OK(cudaFree(memory));
}

TEST(a_hundred_blocked_streams_need_few_threads)
{
    enum { STREAMS = 100 };
    struct gate gate;
    cudaEvent_t event = NULL;
    cudaStream_t first = rig_stream(cudaStreamNonBlocking), streams[STREAMS];
    unsigned char *memory = rig_malloc(STREAMS), seen[STREAMS];
    OK(cudaEventCreate(&event));
    OK(cudaMemset(memory, 0, STREAMS));
    OK(cudaDeviceSynchronize()); /* the streams do not wait for the legacy one */
    gate_close(&gate, first);
    OK(cudaEventRecord(event, first));
    for (unsigned i = 0; i < STREAMS; i++) {
        streams[i] = rig_stream(cudaStreamNonBlocking);
        OK(cudaStreamWaitEvent(streams[i], event, 0));
        OK(cudaMemsetAsync(memory + i, (int)i + 1, 1, streams[i]));
    }
    CHECK(count_threads() < 40);
    for (unsigned i = 0; i < STREAMS; i++)
        CHECK_EQ(cudaStreamQuery(streams[i]), cudaErrorNotReady);
    gate_open(&gate);
    OK(cudaDeviceSynchronize());
    OK(cudaMemcpy(seen, memory, STREAMS, cudaMemcpyDeviceToHost));
    for (unsigned i = 0; i < STREAMS; i++) {
        CHECK_EQ(seen[i], i + 1);
        OK(cudaStreamDestroy(streams[i]));
    }
    OK(cudaStreamDestroy(first));
    OK(cudaEventDestroy(event));
    OK(cudaFree(memory));
}

TEST(a_blocked_stream_does_not_block_its_caller_or_others)
{
    struct gate gate;
    unsigned char *memory = rig_malloc(1 << 16), host[256];
    cudaStream_t blocked = rig_stream(cudaStreamNonBlocking);
    cudaStream_t other = rig_stream(cudaStreamNonBlocking);
    rig_pattern(host, sizeof(host), 3);
    gate_close(&gate, blocked);
    for (unsigned i = 0; i < 256; i++)
        OK(cudaMemcpyAsync(memory + 256 * i, host, 256, cudaMemcpyHostToDevice, blocked));
    OK(cudaMemsetAsync(memory, 9, 16, other));
    OK(cudaStreamSynchronize(other));
    CHECK_EQ(cudaStreamQuery(blocked), cudaErrorNotReady);
    memset(host, 0, sizeof(host)); /* pageable: was read by the calls */
    gate_open(&gate);
    OK(cudaStreamSynchronize(blocked));
    OK(cudaMemcpy(host, memory + 256 * 255, 256, cudaMemcpyDeviceToHost));
    unsigned char wanted[256];
    rig_pattern(wanted, sizeof(wanted), 3);
    CHECK_MEM(host, wanted, sizeof(wanted));
    OK(cudaStreamDestroy(blocked));
    OK(cudaStreamDestroy(other));
    OK(cudaFree(memory));
}
