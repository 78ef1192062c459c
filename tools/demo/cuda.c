/* SPDX-License-Identifier: MIT */
/* Chooses the functions; and the filter as a host function on the arrays' own memory. */
#include "demo/cuda.h"

#include "report.h"

#include <isthmus/cuda.h>
#include <stdlib.h>

struct cuda_calls cuda = {
#define CALL(name, runtime, driver) .name = runtime,
    CUDA_CALLS(CALL)
#undef CALL
};

static bool on_gpu;

bool cuda_open(bool gpu, int device)
{
    on_gpu = gpu;
    return gpu ? gpu_open(device) : CUDA(cudaSetDevice(device));
}

static bool find_plane(cudaArray_t array, struct edge_plane *out)
{
    struct ist_array_view view;
    if (!IST(ist_cuda_array_view(array, &view)))
        return false;
    *out = (struct edge_plane){view.data, view.row_pitch};
    return true;
}

/* Levels belong to their import. */
bool filter_open(struct filter *f, const struct ist_resource *from,
                 const struct ist_resource *to)
{
    *f = (struct filter){.width = (unsigned)from->desc.width, .height = from->desc.height};
    if (!CUDA(cuda.level(&f->from, from->mipmapped, 0)) ||
        !CUDA(cuda.level(&f->to, to->mipmapped, 0)))
        return false;
    if (on_gpu)
        return gpu_filter_open(f);
    f->scratch = calloc(edge_scratch_length(f->width), sizeof(*f->scratch));
    if (!f->scratch)
        complain("no memory for the filter");
    return f->scratch && find_plane(f->from, &f->from_plane) && find_plane(f->to, &f->to_plane);
}

static void CUDART_CB run(void *user)
{
    struct filter *f = user;
    f->began = now_us();
    edge_filter(f->from_plane, f->to_plane, f->width, f->height, f->scratch);
    f->ended = now_us();
}

bool filter_run(struct filter *f, cudaStream_t stream)
{
    return on_gpu ? gpu_filter_run(f, stream) : CUDA(cuda.launch_host(stream, run, f));
}

void filter_close(struct filter *f)
{
    if (on_gpu)
        gpu_filter_close(f);
    free(f->scratch);
    *f = (struct filter){0};
}
