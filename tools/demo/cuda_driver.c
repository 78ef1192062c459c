/* SPDX-License-Identifier: MIT */
/*
 * The same on a GPU through libcuda.so.1, and the filter as a kernel that works on D3D11's
 * textures through surface objects. The table is filled once, by the thread that opens the
 * demo; codes of the driver mean the same as the runtime's of equal number.
 */
#include "demo/cuda.h"

#include "demo/edge_ptx.h"
#include "report.h"

#include <cuda.h>
#include <dlfcn.h>
#include <stdlib.h>

#define TILE 16

/* Half of a copy, and a resource: as the driver lays its structs of these out. */
struct side {
    size_t x_bytes, y, z, level;
    unsigned type; /* 1 host, 3 array */
    const void *host;
    unsigned long long device;
    cudaArray_t array;
    void *reserved;
    size_t pitch, height;
};
struct copy {
    struct side src, dst;
    size_t width_bytes, height, depth;
};
struct resource {
    unsigned type; /* 0: an array */
    cudaArray_t array;
    int unused[30];
    unsigned flags;
};

#define FUNCTIONS(F)                                                                           \
    F(init, cuInit, (unsigned flags))                                                          \
    F(device, cuDeviceGet, (int *out, int ordinal))                                            \
    F(retain, cuDevicePrimaryCtxRetain, (void **out, int device))                              \
    F(current, cuCtxSetCurrent, (void *context))                                               \
    F(stream_create, cuStreamCreate, (cudaStream_t * out, unsigned flags))                     \
    F(stream_destroy, cuStreamDestroy_v2, (cudaStream_t stream))                               \
    F(stream_synchronize, cuStreamSynchronize, (cudaStream_t stream))                          \
    F(launch_host, cuLaunchHostFunc, (cudaStream_t stream, cudaHostFn_t fn, void *user))       \
    F(malloc_host, cuMemHostAlloc, (void **out, size_t size, unsigned flags))                  \
    F(free_host, cuMemFreeHost, (void *memory))                                                \
    F(copy, cuMemcpyAsync,                                                                     \
      (unsigned long long to, unsigned long long from, size_t size, cudaStream_t stream))      \
    F(copy_3d, cuMemcpy3DAsync_v2, (const struct copy *copy, cudaStream_t stream))             \
    F(level, cuMipmappedArrayGetLevel,                                                         \
      (cudaArray_t * out, cudaMipmappedArray_const_t all, unsigned level))                     \
    F(describe, cuArray3DGetDescriptor_v2, (CUDA_ARRAY3D_DESCRIPTOR * out, cudaArray_t array)) \
    F(surface, cuSurfObjectCreate, (unsigned long long *out, const struct resource *of))       \
    F(surface_end, cuSurfObjectDestroy, (unsigned long long surface))                          \
    F(load, cuModuleLoadData, (void **out, const void *image))                                 \
    F(find, cuModuleGetFunction, (void **out, void *module, const char *name))                 \
    F(launch, cuLaunchKernel,                                                                  \
      (void *function, unsigned grid_x, unsigned grid_y, unsigned grid_z, unsigned block_x,    \
       unsigned block_y, unsigned block_z, unsigned shared, cudaStream_t stream,               \
       void **arguments, void **extra))

static struct {
#define MEMBER(name, symbol, arguments) int(*name) arguments;
    FUNCTIONS(MEMBER)
#undef MEMBER
    void *context, *kernel; /* of the device that was set last */
} driver;

static int load_kernel(void)
{
    void *module;
    int code = driver.load(&module, edge_ptx);
    return code ? code : driver.find(&driver.kernel, module, "edge");
}

static cudaError_t set_device(int ordinal)
{
    void *context;
    int device, code = driver.device(&device, ordinal);
    if (!code)
        code = driver.retain(&context, device);
    if (!code)
        code = driver.current(context);
    if (!code && context != driver.context)
        code = load_kernel();
    if (!code)
        driver.context = context;
    return (cudaError_t)code;
}

static cudaError_t stream_create(cudaStream_t *out)
{
    return (cudaError_t)driver.stream_create(out, cudaStreamNonBlocking);
}

static cudaError_t stream_destroy(cudaStream_t stream)
{
    return (cudaError_t)driver.stream_destroy(stream);
}

static cudaError_t stream_synchronize(cudaStream_t stream)
{
    return (cudaError_t)driver.stream_synchronize(stream);
}

static cudaError_t launch_host(cudaStream_t stream, cudaHostFn_t fn, void *user)
{
    return (cudaError_t)driver.launch_host(stream, fn, user);
}

static cudaError_t malloc_host(void **out, size_t size)
{
    return (cudaError_t)driver.malloc_host(out, size, 0);
}

static cudaError_t free_host(void *memory)
{
    return (cudaError_t)driver.free_host(memory);
}

/* Every address is unique, so the driver sees the direction itself. */
static cudaError_t copy(void *to, const void *from, size_t size, enum cudaMemcpyKind kind,
                        cudaStream_t stream)
{
    (void)kind;
    return (cudaError_t)driver.copy((uintptr_t)to, (uintptr_t)from, size, stream);
}

static size_t element_bytes(const CUDA_ARRAY3D_DESCRIPTOR *desc)
{
    size_t channel =
        desc->Format == CU_AD_FORMAT_UNSIGNED_INT8 || desc->Format == CU_AD_FORMAT_SIGNED_INT8
            ? 1
        : desc->Format == CU_AD_FORMAT_UNSIGNED_INT32 ||
                desc->Format == CU_AD_FORMAT_SIGNED_INT32 || desc->Format == CU_AD_FORMAT_FLOAT
            ? 4
            : 2;
    return channel * desc->NumChannels;
}

/* Positions and extents of the runtime count elements, those of the driver bytes. */
static struct side side_of(cudaArray_t array, struct cudaPitchedPtr host, struct cudaPos pos,
                           size_t element)
{
    return (struct side){
        .type = array ? 3 : 1,
        .array = array,
        .host = host.ptr,
        .pitch = host.pitch,
        .height = host.ysize,
        .x_bytes = pos.x * element,
        .y = pos.y,
        .z = pos.z,
    };
}

static cudaError_t copy_3d(const struct cudaMemcpy3DParms *p, cudaStream_t stream)
{
    CUDA_ARRAY3D_DESCRIPTOR desc;
    int code = driver.describe(&desc, p->srcArray ? p->srcArray : p->dstArray);
    if (code)
        return (cudaError_t)code;
    size_t element = element_bytes(&desc);
    struct copy copy = {
        .src = side_of(p->srcArray, p->srcPtr, p->srcPos, element),
        .dst = side_of(p->dstArray, p->dstPtr, p->dstPos, element),
        .width_bytes = p->extent.width * element,
        .height = p->extent.height,
        .depth = p->extent.depth,
    };
    return (cudaError_t)driver.copy_3d(&copy, stream);
}

static cudaError_t level(cudaArray_t *out, cudaMipmappedArray_const_t all, unsigned number)
{
    return (cudaError_t)driver.level(out, all, number);
}

static cudaError_t open_surface(struct cuda_image *image)
{
    struct resource of = {.type = 0};
    int code = driver.level(&of.array, image->mipmapped, 0);
    return (cudaError_t)(code ? code : driver.surface(&image->surface, &of));
}

static cudaError_t filter_open(struct cuda_filter *f)
{
    cudaError_t code = open_surface(&f->from);
    return code != cudaSuccess ? code : open_surface(&f->to);
}

static void CUDART_CB note_time(void *at)
{
    *(double *)at = now_us();
}

/* The times come from host functions around the kernel, and so hold their latency. */
static cudaError_t filter_run(struct cuda_filter *f, cudaStream_t stream)
{
    unsigned width = (unsigned)f->width, height = (unsigned)f->height;
    void *arguments[] = {&f->from.surface, &f->to.surface, &width, &height};
    int code = driver.launch_host(stream, note_time, &f->began);
    if (!code)
        code = driver.launch(driver.kernel, (width + TILE - 1) / TILE,
                             (height + TILE - 1) / TILE, 1, TILE, TILE, 1, 0, stream, arguments,
                             NULL);
    if (!code)
        code = driver.launch_host(stream, note_time, &f->ended);
    return (cudaError_t)code;
}

static void filter_close(struct cuda_filter *f)
{
    if (f->from.surface)
        driver.surface_end(f->from.surface);
    if (f->to.surface)
        driver.surface_end(f->to.surface);
    f->from.surface = f->to.surface = 0;
}

static const struct cuda_side side = {
    .set_device = set_device,
    .stream_create = stream_create,
    .stream_destroy = stream_destroy,
    .stream_synchronize = stream_synchronize,
    .launch_host = launch_host,
    .malloc_host = malloc_host,
    .free_host = free_host,
    .copy = copy,
    .copy_3d = copy_3d,
    .level = level,
    .filter_open = filter_open,
    .filter_run = filter_run,
    .filter_close = filter_close,
};

static void *open_library(void)
{
    const char *path = getenv("ISTHMUS_LIBCUDA"); /* as the nvidia device reads it */
    return dlopen(path && *path ? path : "libcuda.so.1", RTLD_NOW | RTLD_LOCAL);
}

const struct cuda_side *cuda_driver(void)
{
    void *library = open_library();
    if (!library) {
        complain("the GPU's driver cannot be loaded: %s", dlerror());
        return NULL;
    }
#define LOAD(name, symbol, arguments)                                     \
    if (!(*(void **)&driver.name = dlsym(library, #symbol))) {            \
        complain("the GPU's driver has no %s(): it is too old", #symbol); \
        return NULL;                                                      \
    }
    FUNCTIONS(LOAD)
#undef LOAD
    int code = driver.init(0);
    if (code)
        complain("the GPU's driver cannot start: cuInit answers %d", code);
    return code ? NULL : &side;
}
