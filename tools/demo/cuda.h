/* SPDX-License-Identifier: MIT */
/*
 * CUDA as the demo uses it: the runtime's functions; on a GPU the driver's in their place, so
 * that no toolkit is needed there. Streams, arrays and codes are the same for both. Chosen by
 * cuda_choose(), constant afterwards; any thread may call.
 */
#ifndef ISTHMUS_TOOLS_DEMO_CUDA_H
#define ISTHMUS_TOOLS_DEMO_CUDA_H

#include "demo/theirs.h"
#include "edge.h"

#include <stdbool.h>

/* What a filter reads and writes: level 0 of an import, and where a host function finds it. */
struct cuda_image {
    cudaMipmappedArray_t mipmapped;
    struct edge_plane plane;    /* cpu device */
    unsigned long long surface; /* GPU */
};

struct cuda_filter {
    struct cuda_image from, to;
    size_t width, height;
    int16_t *scratch;    /* of edge_filter(); GPU: NULL */
    double began, ended; /* now_us(); published by whatever the stream signals next */
};

struct cuda_side {
    cudaError_t (*set_device)(int device);
    cudaError_t (*stream_create)(cudaStream_t *out); /* non-blocking */
    cudaError_t (*stream_destroy)(cudaStream_t stream);
    cudaError_t (*stream_synchronize)(cudaStream_t stream);
    cudaError_t (*launch_host)(cudaStream_t stream, cudaHostFn_t fn, void *user);
    cudaError_t (*malloc_host)(void **out, size_t size);
    cudaError_t (*free_host)(void *memory);
    cudaError_t (*copy)(void *to, const void *from, size_t size, enum cudaMemcpyKind kind,
                        cudaStream_t stream);
    cudaError_t (*copy_3d)(const struct cudaMemcpy3DParms *copy, cudaStream_t stream);
    cudaError_t (*level)(cudaArray_t *out, cudaMipmappedArray_const_t all, unsigned level);

    /* The filter: ready to run, in stream order, done with. The stream is idle at the end. */
    cudaError_t (*filter_open)(struct cuda_filter *filter);
    cudaError_t (*filter_run)(struct cuda_filter *filter, cudaStream_t stream);
    void (*filter_close)(struct cuda_filter *filter);
};

/* Both sides of the demo use this one. */
extern const struct cuda_side *cuda;

/* By the D3D11 device's adapter. False: no driver for it, with the reason on standard error. */
bool cuda_choose(bool gpu);

/* Where a host function finds level 0. cpu device only. */
cudaError_t cuda_find_plane(cudaMipmappedArray_t mipmapped, struct edge_plane *out);

/* The two; the driver's is NULL where there is no driver. */
extern const struct cuda_side cuda_runtime;
const struct cuda_side *cuda_driver(void);

#endif
