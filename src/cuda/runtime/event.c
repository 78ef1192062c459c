/* SPDX-License-Identifier: MIT */
/*
 * Events. A stream of 0 is the legacy stream here and the thread's own in the names with _ptsz;
 * both are rules of the core, so an event needs nothing of its own in this library.
 */
#include "cuda/runtime/runtime.h"

cudaError_t cudaEventCreate(cudaEvent_t *event)
{
    return rt_done(istcu_event_create((void **)event, cudaEventDefault));
}

cudaError_t cudaEventCreateWithFlags(cudaEvent_t *event, unsigned int flags)
{
    return rt_done(istcu_event_create((void **)event, flags));
}

cudaError_t cudaEventDestroy(cudaEvent_t event)
{
    return rt_done(istcu_event_destroy(event));
}

cudaError_t cudaEventRecord(cudaEvent_t event, cudaStream_t stream)
{
    return rt_done(istcu_event_record(event, stream, cudaEventRecordDefault));
}
RT_PTSZ(cudaEventRecord, (cudaEvent_t event, cudaStream_t stream), (event, stream))

cudaError_t cudaEventRecordWithFlags(cudaEvent_t event, cudaStream_t stream, unsigned int flags)
{
    return rt_done(istcu_event_record(event, stream, flags));
}
RT_PTSZ(cudaEventRecordWithFlags, (cudaEvent_t event, cudaStream_t stream, unsigned int flags),
        (event, stream, flags))

/* NotReady is an answer; rt_done() keeps it as the last error all the same, as CUDA does. */
cudaError_t cudaEventQuery(cudaEvent_t event)
{
    return rt_done(istcu_event_query(event));
}

cudaError_t cudaEventSynchronize(cudaEvent_t event)
{
    return rt_done(istcu_event_synchronize(event));
}

cudaError_t cudaEventElapsedTime(float *ms, cudaEvent_t start, cudaEvent_t end)
{
    return rt_done(istcu_event_elapsed(ms, start, end));
}

#if ISTCU_ABI == 12
/* Later releases of version 12 have it under this name as well. */
RT_EXPORT cudaError_t cudaEventElapsedTime_v2(float *ms, cudaEvent_t start, cudaEvent_t end);
cudaError_t cudaEventElapsedTime_v2(float *ms, cudaEvent_t start, cudaEvent_t end)
{
    return cudaEventElapsedTime(ms, start, end);
}
#endif
