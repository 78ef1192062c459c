/* SPDX-License-Identifier: MIT */
/* The runtime as it is; the filter is a host function on the arrays' own memory. */
#include "demo/cuda.h"

#include "demo/check.h"
#include "report.h"

#include <isthmus/cuda.h>
#include <stdlib.h>

const struct cuda_side *cuda = &cuda_runtime;

bool cuda_choose(bool gpu)
{
    const struct cuda_side *chosen = gpu ? cuda_driver() : &cuda_runtime;
    if (chosen)
        cuda = chosen;
    return chosen != NULL;
}

static cudaError_t stream_create(cudaStream_t *out)
{
    return cudaStreamCreateWithFlags(out, cudaStreamNonBlocking);
}

static cudaError_t malloc_host(void **out, size_t size)
{
    return cudaMallocHost(out, size);
}

cudaError_t cuda_find_plane(cudaMipmappedArray_t mipmapped, struct edge_plane *out)
{
    struct ist_array_view view;
    cudaArray_t level = NULL; /* belongs to the import */
    cudaError_t code = cudaGetMipmappedArrayLevel(&level, mipmapped, 0);
    if (code != cudaSuccess)
        return code;
    if (!IST(ist_cuda_array_view(level, &view)))
        return cudaErrorInvalidValue;
    *out = (struct edge_plane){view.data, view.row_pitch};
    return cudaSuccess;
}

static cudaError_t filter_open(struct cuda_filter *f)
{
    cudaError_t code = cuda_find_plane(f->from.mipmapped, &f->from.plane);
    if (code == cudaSuccess)
        code = cuda_find_plane(f->to.mipmapped, &f->to.plane);
    if (code == cudaSuccess)
        f->scratch = calloc(edge_scratch_length(f->width), sizeof(*f->scratch));
    return code != cudaSuccess ? code : f->scratch ? cudaSuccess : cudaErrorMemoryAllocation;
}

static void CUDART_CB run_filter(void *user)
{
    struct cuda_filter *f = user;
    f->began = now_us();
    edge_filter(f->from.plane, f->to.plane, f->width, f->height, f->scratch);
    f->ended = now_us();
}

static cudaError_t filter_run(struct cuda_filter *f, cudaStream_t stream)
{
    return cudaLaunchHostFunc(stream, run_filter, f);
}

static void filter_close(struct cuda_filter *f)
{
    free(f->scratch);
    f->scratch = NULL;
}

const struct cuda_side cuda_runtime = {
    .set_device = cudaSetDevice,
    .stream_create = stream_create,
    .stream_destroy = cudaStreamDestroy,
    .stream_synchronize = cudaStreamSynchronize,
    .launch_host = cudaLaunchHostFunc,
    .malloc_host = malloc_host,
    .free_host = cudaFreeHost,
    .copy = cudaMemcpyAsync,
    .copy_3d = cudaMemcpy3DAsync,
    .level = cudaGetMipmappedArrayLevel,
    .filter_open = filter_open,
    .filter_run = filter_run,
    .filter_close = filter_close,
};
