/* SPDX-License-Identifier: MIT */
/*
 * CUDA as the demo uses it: the runtime's functions; on a GPU the driver's in their place, so
 * that no toolkit is needed there. Streams, arrays and codes are the same for both. Chosen by
 * cuda_open(), constant afterwards; any thread may call.
 */
#ifndef ISTHMUS_TOOLS_DEMO_CUDA_H
#define ISTHMUS_TOOLS_DEMO_CUDA_H

#include "demo/check.h"
#include "edge.h"

/* Functions of one shape in both: our name, the runtime's, the driver's. */
#define CUDA_CALLS(CALL)                                                 \
    CALL(stream_create, cudaStreamCreateWithFlags, cuStreamCreate)       \
    CALL(stream_destroy, cudaStreamDestroy, cuStreamDestroy_v2)          \
    CALL(stream_synchronize, cudaStreamSynchronize, cuStreamSynchronize) \
    CALL(launch_host, cudaLaunchHostFunc, cuLaunchHostFunc)              \
    CALL(host_alloc, cudaHostAlloc, cuMemHostAlloc)                      \
    CALL(host_free, cudaFreeHost, cuMemFreeHost)                         \
    CALL(level, cudaGetMipmappedArrayLevel, cuMipmappedArrayGetLevel)

extern struct cuda_calls {
#define CALL(name, runtime, driver) __typeof__(runtime) *name;
    CUDA_CALLS(CALL)
#undef CALL
} cuda;

/* Makes a device current. False, with the reason on standard error: there is no driver. */
bool cuda_open(bool gpu, int device);

/* An edge filter from one texture into another: a host function on the cpu device, */
struct filter {
    cudaArray_t from, to; /* level 0 of the imports */
    unsigned width, height;
    struct edge_plane from_plane, to_plane; /* where a host function finds them */
    int16_t *scratch;
    unsigned long long from_surface, to_surface; /* where a kernel does */
    double began, ended; /* now_us(); published by whatever the stream signals next */
};

/* ready to run, in stream order, done with: the stream is idle at the end. */
bool filter_open(struct filter *filter, const struct ist_resource *from,
                 const struct ist_resource *to);
bool filter_run(struct filter *filter, cudaStream_t stream);
void filter_close(struct filter *filter);

/* or a kernel (gpu.c). */
bool gpu_open(int device);
bool gpu_filter_open(struct filter *filter);
bool gpu_filter_run(struct filter *filter, cudaStream_t stream);
void gpu_filter_close(struct filter *filter);

#endif
