/* SPDX-License-Identifier: MIT */
/* Streams: their order, waits for values and their traps, events, capture. */
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "rig.h"

enum { WORDS = 512 };
static _Atomic uint64_t words[WORDS] __attribute__((aligned(4096)));

size_t test_live_objects(void)
{
    return fakecuda_live(FAKECUDA_KINDS);
}

static CUdeviceptr word(unsigned i)
{
    return (CUdeviceptr)(uintptr_t)&words[i];
}

static struct rig words_rig(void)
{
    struct rig rig = rig_new();
    for (unsigned i = 0; i < WORDS; i++)
        words[i] = 0;
    OK(cuMemHostRegister_v2(words, sizeof(words), CU_MEMHOSTREGISTER_DEVICEMAP));
    return rig;
}

static void words_finish(struct rig *rig)
{
    OK(cuStreamSynchronize(rig->stream));
    OK(cuMemHostUnregister(words));
    rig_finish(rig);
}

/* Each stream waits for the next one's word, queued before the signals. */
static void chain(unsigned n)
{
    CUstream streams[16];
    for (unsigned i = 0; i < n; i++)
        OK(cuStreamCreate(&streams[i], CU_STREAM_NON_BLOCKING));
    for (unsigned i = 0; i < n; i++) {
        if (i + 1 < n)
            OK(cuStreamWaitValue64_v2(streams[i], word(i + 1), 1, CU_STREAM_WAIT_VALUE_GEQ));
        OK(cuStreamWriteValue64_v2(streams[i], word(i), 1, 0));
    }
    OK(cuStreamSynchronize(streams[0]));
    for (unsigned i = 0; i < n; i++)
        OK(cuStreamDestroy_v2(streams[i]));
}

/* In a process of its own, made before the first call here. */
static int chain_in_child(unsigned n)
{
    int status = -1;
    pid_t pid = fork();
    if (pid == 0) {
        setenv("ISTHMUS_FAKECUDA_DEADLOCK_MS", "300", 1);
        fclose(stderr);
        words_rig();
        chain(n);
        _exit(0);
    }
    waitpid(pid, &status, 0);
    return status;
}

static int chain_8, chain_9;

void test_warm_up(void)
{
    chain_8 = chain_in_child(8);
    chain_9 = chain_in_child(9);
}

TEST(a_chain_of_8_waits_goes_through_and_9_deadlock)
{
    CHECK_EQ(chain_8, 0);
    CHECK(WIFSIGNALED(chain_9) && WTERMSIG(chain_9) == SIGABRT);
}

TEST(waits_compare_cyclically)
{
    struct rig rig = words_rig();
    OK(cuStreamWaitValue64_v2(rig.stream, word(0), UINT64_MAX, CU_STREAM_WAIT_VALUE_GEQ));
    OK(cuStreamSynchronize(rig.stream)); /* passes at once on 0 */
    words[0] = UINT64_MAX;
    OK(cuStreamWaitValue64_v2(rig.stream, word(0), 5, CU_STREAM_WAIT_VALUE_GEQ));
    usleep(20000);
    CHECK_EQ(cuStreamQuery(rig.stream), CUDA_ERROR_NOT_READY);
    words[0] = INT64_MAX;
    OK(cuStreamSynchronize(rig.stream));
    OK(cuStreamWriteValue64_v2(rig.stream, word(0), 5, 0)); /* lower again */
    OK(cuStreamSynchronize(rig.stream));
    CHECK_EQ(words[0], 5);
    words_finish(&rig);
}

static atomic_bool released;

static void *release_later(void *arg)
{
    (void)arg;
    usleep(50000);
    atomic_store(&released, true);
    words[0] = 1;
    return NULL;
}

/* Whether the call came back only after the wait was released. */
static bool is_held_up(struct rig *rig, CUresult (*call)(void))
{
    pthread_t thread;
    words[0] = 0;
    atomic_store(&released, false);
    OK(cuStreamWaitValue64_v2(rig->stream, word(0), 1, CU_STREAM_WAIT_VALUE_GEQ));
    pthread_create(&thread, NULL, release_later, NULL);
    OK(call());
    bool held_up = atomic_load(&released);
    pthread_join(thread, NULL);
    OK(cuStreamSynchronize(rig->stream));
    return held_up;
}

static CUdeviceptr spare;

static CUresult free_spare(void)
{
    return cuMemFree_v2(spare);
}

static CUresult alloc_spare(void)
{
    return cuMemAlloc_v2(&spare, 4096);
}

static CUresult load_module(void)
{
    CUmodule module;
    CUresult result = cuModuleLoadData(&module, ".version 7.0\n.target sm_50\n");
    return result ? result : cuModuleUnload(module);
}

TEST(a_waiting_stream_holds_up_free_synchronize_and_modules)
{
    struct rig rig = words_rig();
    CHECK(!is_held_up(&rig, alloc_spare));
    CHECK(is_held_up(&rig, free_spare));
    CHECK(is_held_up(&rig, cuCtxSynchronize));
    CHECK(is_held_up(&rig, load_module));
    words_finish(&rig);
}

static void append(void *arg)
{
    unsigned *sum = arg;
    *sum = *sum * 10 + 1;
}

TEST(work_of_a_stream_is_done_in_its_order)
{
    struct rig rig = words_rig();
    unsigned sum = 0;
    CUstreamBatchMemOpParams ops[2] = {{.operation = 0}};
    ops[0].writeValue.operation = CU_STREAM_MEM_OP_WRITE_VALUE_64;
    ops[0].writeValue.address = word(1);
    ops[0].writeValue.value64 = 7;
    ops[1].waitValue.operation = CU_STREAM_MEM_OP_WAIT_VALUE_64;
    ops[1].waitValue.address = word(2);
    ops[1].waitValue.value64 = 9;
    OK(cuStreamBatchMemOp_v2(rig.stream, 2, ops, 0));
    OK(cuLaunchHostFunc(rig.stream, append, &sum));
    while (words[1] != 7)
        sched_yield();
    CHECK_EQ(cuStreamQuery(rig.stream), CUDA_ERROR_NOT_READY);
    words[2] = 9;
    OK(cuStreamSynchronize(rig.stream));
    CHECK_EQ(sum, 1);
    ops[1].operation = 99;
    CHECK_EQ(cuStreamBatchMemOp_v2(rig.stream, 2, ops, 0), CUDA_ERROR_INVALID_VALUE);
    CHECK_EQ(cuStreamWaitValue64_v2(rig.stream, word(0) + 1, 1, 0), CUDA_ERROR_INVALID_VALUE);
    CHECK_EQ(cuStreamWaitValue64_v2(rig.stream, 64, 1, 0), CUDA_ERROR_INVALID_VALUE);
    words_finish(&rig);
}

TEST(events_and_the_legacy_stream_order_streams)
{
    struct rig rig = words_rig();
    CUstream other;
    CUevent event;
    OK(cuStreamCreate(&other, 0));
    OK(cuEventCreate(&event, CU_EVENT_DISABLE_TIMING));
    OK(cuStreamWaitValue64_v2(rig.stream, word(0), 1, 0));
    OK(cuEventRecord(event, rig.stream));
    OK(cuStreamWaitEvent(other, event, 0));
    OK(cuStreamWriteValue64_v2(other, word(1), 1, 0));
    OK(cuStreamWriteValue64_v2(NULL, word(2), 1, 0)); /* after `other`, which blocks */
    usleep(10000);
    CHECK_EQ(words[1] + words[2], 0);
    CHECK_EQ(cuEventQuery(event), CUDA_ERROR_NOT_READY);
    words[0] = 1;
    OK(cuStreamSynchronize(NULL));
    CHECK_EQ(words[1] + words[2], 2);
    OK(cuEventSynchronize(event));
    OK(cuEventDestroy_v2(event));
    OK(cuStreamDestroy_v2(other));
    words_finish(&rig);
}

TEST(what_is_freed_before_its_work_is_an_illegal_address)
{
    struct rig rig = words_rig();
    void *host;
    CUdeviceptr at;
    OK(cuMemAlloc_v2(&at, 64));
    OK(cuMemHostAlloc(&host, 64, 0));
    OK(cuStreamWaitValue64_v2(rig.stream, word(0), 1, 0));
    OK(cuMemcpyHtoDAsync_v2(at, host, 64, rig.stream));
    OK(cuMemFreeHost(host));
    words[0] = 1;
    CHECK_EQ(cuStreamSynchronize(rig.stream), CUDA_ERROR_ILLEGAL_ADDRESS);
    CHECK_EQ(cuMemAlloc_v2(&at, 64), CUDA_ERROR_ILLEGAL_ADDRESS);
    OK(cuDevicePrimaryCtxReset_v2(0));
    CHECK_EQ(cuMemAlloc_v2(&at, 64), CUDA_ERROR_CONTEXT_IS_DESTROYED);
    OK(cuCtxPopCurrent_v2(NULL));
    CHECK_EQ(fakecuda_live(FAKECUDA_KINDS), 0);
}

TEST(captured_words_are_two_nodes_that_can_be_launched)
{
    struct rig rig = words_rig();
    CUgraph graph;
    CUgraphExec exec;
    size_t n = 0;
    OK(cuStreamBeginCapture_v2(rig.stream, CU_STREAM_CAPTURE_MODE_GLOBAL));
    OK(cuStreamWaitValue64_v2(rig.stream, word(0), 1, 0));
    OK(cuStreamWriteValue64_v2(rig.stream, word(1), 3, 0));
    OK(cuStreamEndCapture(rig.stream, &graph));
    OK(cuGraphGetNodes(graph, NULL, &n));
    CHECK_EQ(n, 2);
    OK(cuGraphInstantiateWithFlags(&exec, graph, 0));
    CHECK_EQ(words[1], 0);
    words[0] = 1;
    OK(cuGraphLaunch(exec, rig.stream));
    OK(cuStreamSynchronize(rig.stream));
    CHECK_EQ(words[1], 3);
    OK(cuGraphExecDestroy(exec));
    OK(cuGraphDestroy(graph));
    words_finish(&rig);
}
