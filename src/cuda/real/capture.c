/* SPDX-License-Identifier: MIT */
/*
 * A captured signal or wait runs at each launch of the graph, whenever that is. So it goes to
 * the stream past every queue: nothing counts it as submitted, and no progress follows it. Who
 * waits for such a signal comes to know of it by looking, some milliseconds late. The fence
 * stays for as long as the process: nobody tells when the last launch was. No state.
 */
#include "cuda/real/capture.h"

#include "core/gpu.h"
#include "cuda/error.h"

/* On a stream of its own for the device, which is none for the driver. */
static int submit(const struct real_stream *stream, struct fence *fence, uint64_t value,
                  bool signals)
{
    const struct gpu_ops *gpu = stream->context.device->ops->gpu;
    struct timeline *t = &fence->timeline;
    struct gpu_signal signal = {.line = value < SYNC_GPU_MAX ? NULL : load_acquire(&t->line),
                                .gpu = t->gpu,
                                .value = value};
    struct gpu_stream *wrapped;
    if (!gpu || !t->gpu)
        return cu_refuse(CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED,
                         "the fence is of a device that no stream can be captured for");
    enum ist_status status = gpu->stream_wrap(stream->context.device, stream->native, &wrapped);
    if (status != IST_OK)
        return cu_code(status);
    status = signals ? gpu->signal(wrapped, &signal, 0) : gpu->wait(wrapped, t->gpu, value, 0);
    if (status == IST_OK)
        object_hold(&fence->object, HOLDER_WORK);
    gpu->stream_destroy(wrapped);
    return cu_code(status);
}

int real_capture_signal(const struct real_stream *stream, struct fence *fence, uint64_t value)
{
    return submit(stream, fence, value, true);
}

int real_capture_wait(const struct real_stream *stream, struct fence *fence, uint64_t value)
{
    return submit(stream, fence, value, false);
}
