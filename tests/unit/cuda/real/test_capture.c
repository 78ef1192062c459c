/* SPDX-License-Identifier: MIT */
/*
 * D3D11's fences in graphs. A fence that was captured stays for the process, so these are made
 * before anything is counted.
 */
#include "rig_gpu.h"

static struct d3d d;
static ID3D11Fence *in, *out;
static CUexternalSemaphore wait_for, set;

void test_warm_up(void)
{
    gpu_warm_up();
    d = d3d_new();
    in = d3d_fence(&d, 0);
    out = d3d_fence(&d, 0);
    wait_for = import_fence(in);
    set = import_fence(out);
}

/* From D3D11, and there on return: up or down. */
static void set_now(ID3D11Fence *fence, UINT64 value)
{
    d3d_signal(&d, fence, value);
    while (ID3D11Fence_GetCompletedValue(fence) != value)
        rig_sleep_ms(1);
}

static CUgraphExec capture(CUstream stream, unsigned long long after, unsigned long long then)
{
    CUgraph graph = NULL;
    CUgraphExec made = NULL;
    size_t nodes = 0;
    CU(cuStreamBeginCapture_v2(stream, CU_STREAM_CAPTURE_MODE_GLOBAL));
    CU(wait_value(wait_for, after, 0, (cudaStream_t)stream));
    CU(signal_value(set, then, (cudaStream_t)stream));
    CU(cuStreamEndCapture(stream, &graph));
    CU(cuGraphGetNodes(graph, NULL, &nodes));
    CHECK(nodes >= 2);
    CU(cuGraphInstantiateWithFlags(&made, graph, 0));
    CU(cuGraphDestroy(graph));
    return made;
}

TEST(a_captured_wait_and_signal_run_at_each_launch)
{
    CUstream stream = gpu_stream();
    CUgraphExec graph = capture(stream, 5, 8);
    CHECK_EQ(ID3D11Fence_GetCompletedValue(out), 0); /* capturing does nothing */
    for (unsigned i = 0; i < 3; i++) {
        set_now(out, 0);
        set_now(in, 0);
        CU(cuGraphLaunch(graph, stream));
        rig_sleep_ms(10);
        CHECK_EQ(ID3D11Fence_GetCompletedValue(out), 0);
        set_now(in, 5);
        CU(cuStreamSynchronize(stream));
        CHECK_EQ(ID3D11Fence_GetCompletedValue(out), 8);
    }
    CU(cuGraphExecDestroy(graph));
    CU(cuStreamDestroy_v2(stream));
}

/* Nothing tells the host that a launch has signalled: it looks. */
TEST(an_event_of_d3d11_sees_the_signal_of_a_launch)
{
    CUstream stream = gpu_stream();
    CUgraphExec graph = capture(stream, 5, 20);
    HANDLE event = CreateEventW(NULL, FALSE, FALSE, NULL);
    set_now(out, 0);
    set_now(in, 5);
    CHECK_EQ(ID3D11Fence_SetEventOnCompletion(out, 20, event), S_OK);
    CHECK_EQ(WaitForSingleObject(event, 10), WAIT_TIMEOUT);
    CU(cuGraphLaunch(graph, stream));
    CHECK_EQ(WaitForSingleObject(event, 20000), WAIT_OBJECT_0);
    CHECK(CloseHandle(event));
    CU(cuStreamSynchronize(stream));
    CU(cuGraphExecDestroy(graph));
    CU(cuStreamDestroy_v2(stream));
}

TEST(a_keyed_mutex_cannot_be_captured_and_the_capture_goes_on)
{
    ID3D11Resource *buffer = d3d_buffer(&d, 4096, MISC_MUTEX_NT);
    HANDLE handle = d3d_nt(buffer, NULL);
    CUexternalSemaphore mutex = import_semaphore(TYPE_MUTEX, handle);
    CUstream stream = gpu_stream();
    CUgraph graph = NULL;
    CU(cuStreamBeginCapture_v2(stream, CU_STREAM_CAPTURE_MODE_GLOBAL));
    REFUSED(wait_value(mutex, 0, 0, (cudaStream_t)stream), 900, "keyed mutex");
    CU(signal_value(set, 1, (cudaStream_t)stream));
    CU(cuStreamEndCapture(stream, &graph));
    CU(cuGraphDestroy(graph));
    CU(wait_value(mutex, 0, 0, (cudaStream_t)stream)); /* nothing was acquired */
    CU(signal_value(mutex, 0, (cudaStream_t)stream));
    CU(cuStreamSynchronize(stream));
    CU(cuStreamDestroy_v2(stream));
    CU(cuDestroyExternalSemaphore(mutex));
    CHECK(CloseHandle(handle));
    ID3D11Resource_Release(buffer);
}
