/* SPDX-License-Identifier: MIT */
/*
 * Kernel launches, which are refused by name: no device of Isthmus's own runs CUDA kernels, and
 * a launch that seemed to work would leave wrong pixels behind. Also what asks about kernels
 * and device variables. Only the configurations of <<<>>> are kept here, per thread.
 */
#include "cuda/runtime/module.h"

/* A <<<>>> pushes what the generated stub pops; launches nest only inside their arguments. */
#define LAUNCH_DEPTH 8

struct configuration {
    dim3 grid, block;
    size_t shared;
    cudaStream_t stream;
};

/* Each thread launches for itself; `depth` of the first are in use. */
static _Thread_local struct configuration pushed[LAUNCH_DEPTH];
static _Thread_local unsigned depth;

RT_EXPORT unsigned __cudaPushCallConfiguration(dim3 gridDim, dim3 blockDim, size_t sharedMem,
                                               cudaStream_t stream);
RT_EXPORT cudaError_t __cudaPopCallConfiguration(dim3 *gridDim, dim3 *blockDim,
                                                 size_t *sharedMem, void *stream);
RT_EXPORT cudaError_t __cudaGetKernel(cudaKernel_t *kernel, const void *func);
RT_EXPORT cudaError_t __cudaLaunchKernel(cudaKernel_t kernel, dim3 gridDim, dim3 blockDim,
                                         void **args, size_t sharedMem, cudaStream_t stream);

/* Not 0: the generated code leaves the launch out. */
unsigned __cudaPushCallConfiguration(dim3 gridDim, dim3 blockDim, size_t sharedMem,
                                     cudaStream_t stream)
{
    if (depth == LAUNCH_DEPTH) {
        rt_refuse(IST_NO_RESOURCES, "more than %d launches inside each other", LAUNCH_DEPTH);
        return 1;
    }
    pushed[depth++] = (struct configuration){gridDim, blockDim, sharedMem, stream};
    return 0;
}

/* The generated stub takes the configuration back, then launches with it. */
cudaError_t __cudaPopCallConfiguration(dim3 *gridDim, dim3 *blockDim, size_t *sharedMem,
                                       void *stream)
{
    if (depth == 0) {
        refuse(IST_BAD_CALL, "a kernel stub was called without a <<<>>> before it");
        return rt_done(cudaErrorMissingConfiguration);
    }
    const struct configuration *top = &pushed[--depth];
    *gridDim = top->grid;
    *blockDim = top->block;
    *sharedMem = top->shared;
    *(cudaStream_t *)stream = top->stream;
    return cudaSuccess;
}

/* `call` about the kernel behind `func`: known ones are refused by name. */
static cudaError_t refuse_kernel(const char *call, const void *func)
{
    const char *name = module_name(func);
    if (!name) {
        refuse(IST_BAD_HANDLE, "%s: %p is no kernel that this program registered", call, func);
        return rt_done(cudaErrorInvalidDeviceFunction);
    }
    char text[256];
    module_readable(name, text, sizeof(text));
    return rt_refuse(IST_NOT_SUPPORTED,
                     "%s: kernel %s cannot run: this runtime executes no device code; a host "
                     "function in the stream (cudaLaunchHostFunc) can stand in for it",
                     call, text);
}

/* The handle that generated code keeps is the host's stand-in itself. */
cudaError_t __cudaGetKernel(cudaKernel_t *kernel, const void *func)
{
    *kernel = (cudaKernel_t)(uintptr_t)func;
    return cudaSuccess;
}

/* What <<<>>> ends in with nvcc 13; older ones call cudaLaunchKernel(). */
cudaError_t __cudaLaunchKernel(cudaKernel_t kernel, dim3 gridDim, dim3 blockDim, void **args,
                               size_t sharedMem, cudaStream_t stream)
{
    (void)gridDim, (void)blockDim, (void)args, (void)sharedMem, (void)stream;
    return refuse_kernel("a kernel launch", kernel);
}
RT_PTSZ(__cudaLaunchKernel,
        (cudaKernel_t kernel, dim3 gridDim, dim3 blockDim, void **args, size_t sharedMem,
         cudaStream_t stream),
        (kernel, gridDim, blockDim, args, sharedMem, stream))

cudaError_t cudaLaunchKernel(const void *func, dim3 gridDim, dim3 blockDim, void **args,
                             size_t sharedMem, cudaStream_t stream)
{
    (void)gridDim, (void)blockDim, (void)args, (void)sharedMem, (void)stream;
    return refuse_kernel(__func__, func);
}
RT_PTSZ(cudaLaunchKernel,
        (const void *func, dim3 gridDim, dim3 blockDim, void **args, size_t sharedMem,
         cudaStream_t stream),
        (func, gridDim, blockDim, args, sharedMem, stream))

cudaError_t cudaLaunchCooperativeKernel(const void *func, dim3 gridDim, dim3 blockDim,
                                        void **args, size_t sharedMem, cudaStream_t stream)
{
    (void)gridDim, (void)blockDim, (void)args, (void)sharedMem, (void)stream;
    return refuse_kernel(__func__, func);
}
RT_PTSZ(cudaLaunchCooperativeKernel,
        (const void *func, dim3 gridDim, dim3 blockDim, void **args, size_t sharedMem,
         cudaStream_t stream),
        (func, gridDim, blockDim, args, sharedMem, stream))

cudaError_t cudaLaunchKernelExC(const cudaLaunchConfig_t *config, const void *func, void **args)
{
    (void)config, (void)args;
    return refuse_kernel(__func__, func);
}

/* The stream is inside the configuration, which is not looked at. */
RT_EXPORT cudaError_t cudaLaunchKernelExC_ptsz(const cudaLaunchConfig_t *config,
                                               const void *func, void **args);
cudaError_t cudaLaunchKernelExC_ptsz(const cudaLaunchConfig_t *config, const void *func,
                                     void **args)
{
    return cudaLaunchKernelExC(config, func, args);
}

/* Figures of a kernel would have to be read from device code, so there are none to tell. */
cudaError_t cudaFuncGetAttributes(struct cudaFuncAttributes *attr, const void *func)
{
    (void)attr;
    return refuse_kernel(__func__, func);
}

cudaError_t cudaFuncSetAttribute(const void *func, enum cudaFuncAttribute attr, int value)
{
    (void)attr, (void)value;
    return refuse_kernel(__func__, func);
}

cudaError_t cudaFuncSetCacheConfig(const void *func, enum cudaFuncCache cacheConfig)
{
    (void)cacheConfig;
    return refuse_kernel(__func__, func);
}
