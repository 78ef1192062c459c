/* SPDX-License-Identifier: MIT */
/* Streams, their events and host functions; destroyed also with work that is still to come. */
#include "monkey.h"

static void do_create(struct worker *w)
{
    cudaStream_t stream = NULL;
    int priority = -(int)below(&w->rng, 7);
    ALLOW(w,
          cudaStreamCreateWithPriority(&stream,
                                       one_in(&w->rng, 2) ? cudaStreamNonBlocking
                                                          : cudaStreamDefault,
                                       priority),
          0);
    stream = (cudaStream_t)atomic_exchange(SLOT(w, streams), (uintptr_t)stream);
    if (stream)
        ALLOW(w, cudaStreamDestroy(stream), 0, cudaErrorInvalidResourceHandle);
}

static void do_destroy(struct worker *w)
{
    ALLOW(w, cudaStreamDestroy((cudaStream_t)atomic_load(SLOT(w, streams))), 0,
          cudaErrorInvalidResourceHandle);
}

static void do_query(struct worker *w)
{
    ALLOW(w, cudaStreamQuery(pick_stream(w)), 0, cudaErrorNotReady,
          cudaErrorInvalidResourceHandle);
}

static void do_synchronize(struct worker *w)
{
    if (one_in(&w->rng, 6))
        ALLOW(w, cudaDeviceSynchronize(), 0);
    else
        ALLOW(w, cudaStreamSynchronize(pick_stream(w)), 0, cudaErrorInvalidResourceHandle);
}

/* CUDA calls from here are refused: one that waits would wait for itself. */
static void CUDART_CB host_function(void *worker)
{
    (void)worker;
    atomic_fetch_add(&world.host_ran, 1);
    ALLOW(NULL, cudaStreamSynchronize(NULL), cudaErrorNotPermitted);
}

void stream_host(struct worker *w, cudaStream_t stream)
{
    unsigned code = cudaLaunchHostFunc(stream, host_function, w);
    ALLOW(NULL, code, 0, cudaErrorInvalidResourceHandle);
    if (!code)
        atomic_fetch_add(&world.host_asked, 1);
}

static void do_host(struct worker *w)
{
    stream_host(w, pick_stream(w));
}

static void do_event_create(struct worker *w)
{
    cudaEvent_t event = NULL;
    ALLOW(w,
          cudaEventCreateWithFlags(&event, one_in(&w->rng, 2) ? cudaEventDisableTiming
                                                              : cudaEventDefault),
          0);
    event = (cudaEvent_t)atomic_exchange(SLOT(w, cuda_events), (uintptr_t)event);
    if (event)
        ALLOW(w, cudaEventDestroy(event), 0, cudaErrorInvalidResourceHandle);
}

static void do_event_destroy(struct worker *w)
{
    ALLOW(w, cudaEventDestroy((cudaEvent_t)atomic_load(SLOT(w, cuda_events))), 0,
          cudaErrorInvalidResourceHandle);
}

static void do_event_use(struct worker *w)
{
    cudaEvent_t event = (cudaEvent_t)atomic_load(SLOT(w, cuda_events));
    cudaEvent_t other = (cudaEvent_t)atomic_load(SLOT(w, cuda_events));
    float ms;
    switch (below(&w->rng, 5)) {
    case 0:
    case 1:
        ALLOW(w, cudaEventRecord(event, pick_stream(w)), 0, cudaErrorInvalidResourceHandle);
        break;
    case 2:
        ALLOW(w, cudaStreamWaitEvent(pick_stream(w), event, 0), 0,
              cudaErrorInvalidResourceHandle);
        break;
    case 3:
        ALLOW(w, cudaEventQuery(event), 0, cudaErrorNotReady, cudaErrorInvalidResourceHandle);
        ALLOW(w, cudaEventElapsedTime(&ms, event, other), 0, cudaErrorNotReady,
              cudaErrorInvalidResourceHandle);
        break;
    default: ALLOW(w, cudaEventSynchronize(event), 0, cudaErrorInvalidResourceHandle); break;
    }
}

const struct operation stream_ops[] = {
    {"stream.create", do_create, 5},
    {"stream.destroy", do_destroy, 2},
    {"stream.query", do_query, 3},
    {"stream.synchronize", do_synchronize, 2},
    {"stream.host", do_host, 6},
    {"stream.event_create", do_event_create, 3},
    {"stream.event_destroy", do_event_destroy, 1},
    {"stream.event_use", do_event_use, 8},
    {NULL, NULL, 0},
};
