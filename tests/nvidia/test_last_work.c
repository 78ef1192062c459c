/* SPDX-License-Identifier: MIT */
/* The last end of a D3D11 device, while its work is not done. */
#include "nvidia_rig.h"

#include <stdatomic.h>

void test_warm_up(void)
{
    both_warm_up();
}

#define BYTES 4096u

static void give(struct d3d *d, ID3D11Resource *buffer, unsigned value)
{
    unsigned bytes[BYTES / 4] = {value};
    ID3D11DeviceContext_UpdateSubresource(d->context, buffer, 0, NULL, bytes, 0, 0);
}

static unsigned read_there(CUdeviceptr at)
{
    unsigned found = 0;
    OK(cuMemcpyDtoH_v2(&found, at, sizeof(found)));
    return found;
}

static void take_time(void *ms)
{
    rig_sleep_ms(*(const unsigned *)ms);
}

/* It waits for a stream that is late, and whose signal is under way: the end comes after. */
TEST(a_device_ends_after_the_work_that_is_under_way)
{
    static const unsigned late = 200;
    struct both b = both_new();
    struct d3d writer = d3d_new();
    ID3D11Resource *buffer = d3d_buffer(&writer, BYTES, MISC_NT);
    ID3D11Fence *fence = d3d_fence(&writer, 0);
    CUexternalSemaphore semaphore = import_fence(fence);
    CUexternalMemory memory = both_import(buffer, BYTES);
    CUdeviceptr at;
    OK(map_buffer(&at, memory, 0, BYTES));
    OK(cuLaunchHostFunc(b.stream, take_time, (void *)&late));
    OK(signal_value(semaphore, 1, (cudaStream_t)b.stream));
    CHECK_EQ(ID3D11DeviceContext4_Wait(writer.context4, fence, 1), S_OK);
    give(&writer, buffer, 77);
    ID3D11Fence_Release(fence);
    ID3D11Resource_Release(buffer);
    d3d_finish(&writer);
    CHECK_EQ(read_there(at), 77);
    OK(cuMemFree_v2(at));
    OK(cuDestroyExternalMemory(memory));
    OK(cuDestroyExternalSemaphore(semaphore));
    both_finish(&b);
}

/* It waits for what nobody has submitted: the end does not, and the work is done all the
 * same. */
TEST(work_that_waits_for_others_is_done_without_its_device)
{
    struct both b = both_new();
    struct d3d writer = d3d_new();
    ID3D11Resource *buffer = d3d_buffer(&writer, BYTES, MISC_NT);
    ID3D11Fence *fence = d3d_fence(&writer, 0), *done = d3d_fence(&writer, 0);
    CUexternalSemaphore semaphore = import_fence(fence), written = import_fence(done);
    CUexternalMemory memory = both_import(buffer, BYTES);
    CUdeviceptr at;
    OK(map_buffer(&at, memory, 0, BYTES));
    CHECK_EQ(ID3D11DeviceContext4_Wait(writer.context4, fence, 1), S_OK);
    give(&writer, buffer, 88);
    CHECK_EQ(ID3D11DeviceContext4_Signal(writer.context4, done, 1), S_OK);
    ID3D11Fence_Release(done);
    ID3D11Fence_Release(fence);
    ID3D11Resource_Release(buffer);
    d3d_finish(&writer);
    CHECK_EQ(read_there(at), 0);
    OK(signal_value(semaphore, 1, (cudaStream_t)b.stream));
    OK(wait_value(written, 1, 0, (cudaStream_t)b.stream));
    OK(cuStreamSynchronize(b.stream)); /* a test that hangs is killed */
    CHECK_EQ(read_there(at), 88);
    OK(cuMemFree_v2(at));
    OK(cuDestroyExternalMemory(memory));
    OK(cuDestroyExternalSemaphore(written));
    OK(cuDestroyExternalSemaphore(semaphore));
    both_finish(&b);
}
