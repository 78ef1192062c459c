/* SPDX-License-Identifier: MIT */
/*
 * A GPU through libcuda.so.1: the functions of cuda.h, and the filter as a kernel that works on
 * D3D11's textures through surface objects. Filled once, by the thread that opens the demo;
 * codes of the driver mean the same as the runtime's of equal number.
 */
#include "demo/cuda.h"

#include "demo/edge_ptx.h"
#include "report.h"

#include <dlfcn.h>
#include <stdlib.h>

#define TILE 16u

/* As the driver lays its CUDA_RESOURCE_DESC out. */
struct resource {
    unsigned type; /* 0: an array */
    cudaArray_t array;
    int unused[30];
    unsigned flags;
};

#define DRIVER_CALLS(CALL)                                                                     \
    CALL(cuDeviceGet, (int *out, int ordinal))                                                 \
    CALL(cuDevicePrimaryCtxRetain, (void **out, int device))                                   \
    CALL(cuCtxSetCurrent, (void *context))                                                     \
    CALL(cuModuleLoadData, (void **out, const void *image))                                    \
    CALL(cuModuleGetFunction, (void **out, void *module, const char *name))                    \
    CALL(cuSurfObjectCreate, (unsigned long long *out, const struct resource *of))             \
    CALL(cuSurfObjectDestroy, (unsigned long long surface))                                    \
    CALL(cuLaunchKernel,                                                                       \
         (void *function, unsigned grid_x, unsigned grid_y, unsigned grid_z, unsigned block_x, \
          unsigned block_y, unsigned block_z, unsigned shared, cudaStream_t stream,            \
          void **arguments, void **extra))

static struct {
#define CALL(name, arguments) cudaError_t(*name) arguments;
    DRIVER_CALLS(CALL)
#undef CALL
    void *kernel;
} driver;

static bool find(void *library, const char *name, void *out)
{
    *(void **)out = dlsym(library, name);
    if (!*(void **)out)
        complain("the GPU's driver has no %s(): it is too old", name);
    return *(void **)out != NULL;
}

/* Where the nvidia device finds it, too. */
static bool load(void)
{
    const char *path = getenv("ISTHMUS_LIBCUDA");
    void *library = dlopen(path && *path ? path : "libcuda.so.1", RTLD_NOW | RTLD_LOCAL);
    if (!library)
        complain("the GPU's driver cannot be loaded: %s", dlerror());
    bool ok = library != NULL;
#define CALL(name, runtime, function) ok = ok && find(library, #function, &cuda.name);
    CUDA_CALLS(CALL)
#undef CALL
#define CALL(name, arguments) ok = ok && find(library, #name, &driver.name);
    DRIVER_CALLS(CALL)
#undef CALL
    return ok;
}

/* The context that CUDA's runtime would use. */
bool gpu_open(int ordinal)
{
    void *context, *module;
    int device;
    return load() && CUDA(driver.cuDeviceGet(&device, ordinal)) &&
           CUDA(driver.cuDevicePrimaryCtxRetain(&context, device)) &&
           CUDA(driver.cuCtxSetCurrent(context)) &&
           CUDA(driver.cuModuleLoadData(&module, edge_ptx)) &&
           CUDA(driver.cuModuleGetFunction(&driver.kernel, module, "edge"));
}

bool gpu_filter_open(struct filter *f)
{
    const struct resource from = {.array = f->from}, to = {.array = f->to};
    return CUDA(driver.cuSurfObjectCreate(&f->from_surface, &from)) &&
           CUDA(driver.cuSurfObjectCreate(&f->to_surface, &to));
}

static void CUDART_CB note_time(void *at)
{
    *(double *)at = now_us();
}

/* The times come from host functions around the kernel, and so hold their latency. */
bool gpu_filter_run(struct filter *f, cudaStream_t stream)
{
    void *arguments[] = {&f->from_surface, &f->to_surface, &f->width, &f->height};
    unsigned across = (f->width + TILE - 1) / TILE, down = (f->height + TILE - 1) / TILE;
    return CUDA(cuda.launch_host(stream, note_time, &f->began)) &&
           CUDA(driver.cuLaunchKernel(driver.kernel, across, down, 1, TILE, TILE, 1, 0, stream,
                                      arguments, NULL)) &&
           CUDA(cuda.launch_host(stream, note_time, &f->ended));
}

void gpu_filter_close(struct filter *f)
{
    if (f->from_surface)
        (void)CUDA(driver.cuSurfObjectDestroy(f->from_surface));
    if (f->to_surface)
        (void)CUDA(driver.cuSurfObjectDestroy(f->to_surface));
}
