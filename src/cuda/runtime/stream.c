/* SPDX-License-Identifier: MIT */
/* Streams, what runs in them, and questions about stream capture, which never takes place. */
#include "cuda/runtime/runtime.h"

/* Without flags a stream keeps its place among the work of the legacy stream. */
cudaError_t cudaStreamCreate(cudaStream_t *pStream)
{
    return rt_done(istcu_stream_create((void **)pStream, cudaStreamDefault, 0));
}

cudaError_t cudaStreamCreateWithFlags(cudaStream_t *pStream, unsigned int flags)
{
    return rt_done(istcu_stream_create((void **)pStream, flags, 0));
}

cudaError_t cudaStreamCreateWithPriority(cudaStream_t *pStream, unsigned int flags,
                                         int priority)
{
    return rt_done(istcu_stream_create((void **)pStream, flags, priority));
}

/* What was submitted is still done. */
cudaError_t cudaStreamDestroy(cudaStream_t stream)
{
    return rt_done(istcu_stream_destroy(stream));
}

cudaError_t cudaStreamQuery(cudaStream_t stream)
{
    return rt_done(istcu_stream_query(stream));
}
RT_PTSZ(cudaStreamQuery, (cudaStream_t stream), (stream))

cudaError_t cudaStreamSynchronize(cudaStream_t stream)
{
    return rt_done(istcu_stream_synchronize(stream));
}
RT_PTSZ(cudaStreamSynchronize, (cudaStream_t stream), (stream))

cudaError_t cudaStreamWaitEvent(cudaStream_t stream, cudaEvent_t event, unsigned int flags)
{
    return rt_done(istcu_stream_wait_event(stream, event, flags));
}
RT_PTSZ(cudaStreamWaitEvent, (cudaStream_t stream, cudaEvent_t event, unsigned int flags),
        (stream, event, flags))

/* Questions, which no work in the stream holds up. */

cudaError_t cudaStreamGetFlags(cudaStream_t stream, unsigned int *flags)
{
    return rt_done(istcu_stream_flags(stream, flags));
}
RT_PTSZ(cudaStreamGetFlags, (cudaStream_t stream, unsigned int *flags), (stream, flags))

cudaError_t cudaStreamGetPriority(cudaStream_t stream, int *priority)
{
    return rt_done(istcu_stream_priority(stream, priority));
}
RT_PTSZ(cudaStreamGetPriority, (cudaStream_t stream, int *priority), (stream, priority))

cudaError_t cudaStreamGetId(cudaStream_t stream, unsigned long long *streamId)
{
    return rt_done(istcu_stream_id(stream, streamId));
}
RT_PTSZ(cudaStreamGetId, (cudaStream_t stream, unsigned long long *streamId),
        (stream, streamId))

cudaError_t cudaStreamGetDevice(cudaStream_t stream, int *device)
{
    return rt_done(istcu_stream_device(stream, device));
}
RT_PTSZ(cudaStreamGetDevice, (cudaStream_t stream, int *device), (stream, device))

cudaError_t cudaDeviceGetStreamPriorityRange(int *leastPriority, int *greatestPriority)
{
    return rt_done(istcu_stream_priority_range(leastPriority, greatestPriority));
}

/* The stand-in for a kernel: stream-ordered work of the program's own. */
cudaError_t cudaLaunchHostFunc(cudaStream_t stream, cudaHostFn_t fn, void *userData)
{
    return rt_done(istcu_launch_host(stream, fn, userData));
}
RT_PTSZ(cudaLaunchHostFunc, (cudaStream_t stream, cudaHostFn_t fn, void *userData),
        (stream, fn, userData))

cudaError_t cudaStreamAddCallback(cudaStream_t stream, cudaStreamCallback_t callback,
                                  void *userData, unsigned int flags)
{
    /* Same shape: handle, number of four bytes, pointer; the detour quiets the compiler. */
    istcu_stream_callback fn = (istcu_stream_callback)(void (*)(void))callback;
    return rt_done(istcu_stream_add_callback(stream, fn, userData, flags));
}
RT_PTSZ(cudaStreamAddCallback,
        (cudaStream_t stream, cudaStreamCallback_t callback, void *userData,
         unsigned int flags),
        (stream, callback, userData, flags))

/* Capture cannot begin here, so the answer for every live stream is "no". */
static cudaError_t capture_none(cudaStream_t stream, enum cudaStreamCaptureStatus *status)
{
    unsigned flags;
    if (!status)
        return rt_refuse(IST_BAD_POINTER, "the pointer for the capture status is NULL");
    int code = istcu_stream_flags(stream, &flags);
    if (!code)
        *status = cudaStreamCaptureStatusNone;
    return rt_done(code);
}

cudaError_t cudaStreamIsCapturing(cudaStream_t stream,
                                  enum cudaStreamCaptureStatus *pCaptureStatus)
{
    return capture_none(stream, pCaptureStatus);
}
RT_PTSZ(cudaStreamIsCapturing,
        (cudaStream_t stream, enum cudaStreamCaptureStatus *pCaptureStatus),
        (stream, pCaptureStatus))

/*
 * Its versions differ only in outs behind the second, which describe a capture and are left
 * alone when there is none; a caller may pass them, as refused.c explains.
 */
#define CAPTURE_INFO(name)                                                                 \
    RT_EXPORT cudaError_t name(cudaStream_t stream, enum cudaStreamCaptureStatus *status); \
    cudaError_t name(cudaStream_t stream, enum cudaStreamCaptureStatus *status)            \
    {                                                                                      \
        return capture_none(stream, status);                                               \
    }                                                                                      \
    RT_PTSZ(name, (cudaStream_t stream, enum cudaStreamCaptureStatus * status),            \
            (stream, status))

CAPTURE_INFO(cudaStreamGetCaptureInfo)
#if ISTCU_ABI == 12
CAPTURE_INFO(cudaStreamGetCaptureInfo_v2)
CAPTURE_INFO(cudaStreamGetCaptureInfo_v3)
#endif

/* The mode of a thread changes nothing without capture; it is kept so that it reads back. */
static _Thread_local enum cudaStreamCaptureMode capture_mode;

cudaError_t cudaThreadExchangeStreamCaptureMode(enum cudaStreamCaptureMode *mode)
{
    if (!mode)
        return rt_refuse(IST_BAD_POINTER, "the pointer to the capture mode is NULL");
    if ((unsigned)*mode > cudaStreamCaptureModeRelaxed)
        return rt_refuse(IST_BAD_ARG, "capture mode %d is none of 0, 1, 2", (int)*mode);
    enum cudaStreamCaptureMode before = capture_mode;
    capture_mode = *mode;
    *mode = before;
    return rt_done(0);
}
