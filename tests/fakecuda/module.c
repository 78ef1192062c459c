/* SPDX-License-Identifier: MIT */
/*
 * Modules: the text of our kernels is recognised by its entries' names, and the same work is
 * done on the host (kernel.c). No other code is understood: its launch loses the context.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fake.h"
#include "kernel.h"

struct module {
    struct object object;
    char *text;
};

struct function {
    struct object object;
    struct module *module;
    const struct kernel *kernel; /* NULL: nobody here knows it */
};

struct op_kernel {
    struct op op;
    struct launch launch;
};

static void module_destroy(struct object *object)
{
    struct module *module = (struct module *)object;
    free(module->text);
    free(module);
}

static void function_destroy(struct object *object)
{
    free(object);
}

/* Held up by any stream that waits for a value: measured. */
static CUresult load(struct context *ctx, CUmodule *out, const char *image)
{
    if (!out || !image)
        return CUDA_ERROR_INVALID_VALUE;
    if (!strstr(image, ".version") || !strstr(image, ".target"))
        return CUDA_ERROR_INVALID_IMAGE;
    CUresult result = context_drain(ctx, "cuModuleLoadData");
    if (result)
        return result;
    struct module *module = object_new(FAKECUDA_MODULE, sizeof(*module), ctx, module_destroy);
    if (!module)
        return CUDA_ERROR_OUT_OF_MEMORY;
    module->text = strdup(image);
    *out = (CUmodule)module->object.handle;
    return CUDA_SUCCESS;
}

CUresult cuModuleLoadData(CUmodule *module, const void *image)
{
    struct call call = call_begin("cuModuleLoadData", CALL_UNSAFE);
    return CALL(&call, load(call.ctx, module, image));
}

CUresult cuModuleLoadDataEx(CUmodule *module, const void *image, unsigned int numOptions,
                            int *options, void **optionValues)
{
    (void)numOptions;
    (void)options;
    (void)optionValues;
    struct call call = call_begin("cuModuleLoadDataEx", CALL_UNSAFE);
    return CALL(&call, load(call.ctx, module, image));
}

static struct module *module_find(CUmodule handle)
{
    return object_find(FAKECUDA_MODULE, (uintptr_t)handle);
}

struct owner {
    struct module *module;
    struct object *function;
};

static void find_function(struct object *object, void *arg)
{
    struct owner *owner = arg;
    if (((struct function *)object)->module == owner->module)
        owner->function = object;
}

static void end_functions(struct module *module)
{
    struct owner owner = {module, NULL};
    do {
        owner.function = NULL;
        object_each(FAKECUDA_FUNCTION, find_function, &owner);
        if (owner.function)
            object_end(owner.function);
    } while (owner.function);
}

CUresult cuModuleUnload(CUmodule hmod)
{
    struct call call = call_begin("cuModuleUnload", CALL_CONTEXT);
    struct module *module = module_find(hmod);
    if (module) {
        end_functions(module);
        object_end(&module->object);
    }
    return call_end(&call, module ? CUDA_SUCCESS : CUDA_ERROR_INVALID_HANDLE);
}

/* ".entry name(" stands in the text. */
static bool has_entry(const char *text, const char *name)
{
    size_t length = strlen(name);
    while ((text = strstr(text, ".entry"))) {
        text += strlen(".entry");
        while (isspace((unsigned char)*text))
            text++;
        if (strncmp(text, name, length) == 0 && !isalnum((unsigned char)text[length]) &&
            text[length] != '_')
            return true;
    }
    return false;
}

static CUresult get_function(CUfunction *out, struct module *module, const char *name)
{
    if (!module)
        return CUDA_ERROR_INVALID_HANDLE;
    if (!out || !name)
        return CUDA_ERROR_INVALID_VALUE;
    if (!has_entry(module->text, name))
        return CUDA_ERROR_NOT_FOUND;
    struct function *function =
        object_new(FAKECUDA_FUNCTION, sizeof(*function), module->object.ctx, function_destroy);
    if (!function)
        return CUDA_ERROR_OUT_OF_MEMORY;
    function->module = module;
    function->kernel = kernel_find(name);
    *out = (CUfunction)function->object.handle;
    return CUDA_SUCCESS;
}

CUresult cuModuleGetFunction(CUfunction *hfunc, CUmodule hmod, const char *name)
{
    struct call call = call_begin("cuModuleGetFunction", CALL_CONTEXT);
    return CALL(&call, get_function(hfunc, module_find(hmod), name));
}

static CUresult run_kernel(struct op *op)
{
    struct op_kernel *kernel = (struct op_kernel *)op;
    return kernel->launch.kernel ? kernel->launch.kernel->run(&kernel->launch)
                                 : CUDA_ERROR_LAUNCH_FAILED;
}

static CUresult launch(struct stream *stream, struct function *function,
                       const struct launch *wanted, void **params)
{
    if (!stream || !function)
        return CUDA_ERROR_INVALID_HANDLE;
    const unsigned *grid = wanted->grid, *block = wanted->block;
    if (!grid[0] || !grid[1] || !grid[2] || !block[0] || !block[1] || !block[2] ||
        (uint64_t)block[0] * block[1] * block[2] > 1024 || block[2] > 64 || grid[1] > 65535 ||
        grid[2] > 65535)
        return CUDA_ERROR_INVALID_VALUE;
    struct op_kernel *kernel = op_new(sizeof(*kernel), run_kernel);
    if (!kernel)
        return CUDA_ERROR_OUT_OF_MEMORY;
    kernel->launch = *wanted;
    kernel->launch.kernel = function->kernel;
    size_t at = 0; /* parameters lie as in the kernel's parameter space: each on its size */
    for (unsigned i = 0; function->kernel && i < function->kernel->n_params; i++) {
        size_t size = function->kernel->param_size[i];
        size_t align = size >= 8 ? 8 : size;
        at = (at + align - 1) / align * align;
        memcpy(kernel->launch.params + at, params[i], size);
        at += size;
    }
    return stream_submit(stream, &kernel->op);
}

CUresult cuLaunchKernel(CUfunction f, unsigned int gridDimX, unsigned int gridDimY,
                        unsigned int gridDimZ, unsigned int blockDimX, unsigned int blockDimY,
                        unsigned int blockDimZ, unsigned int sharedMemBytes, CUstream hStream,
                        void **kernelParams, void **extra)
{
    (void)sharedMemBytes;
    struct call call = call_begin("cuLaunchKernel", CALL_CONTEXT);
    struct launch wanted = {.grid = {gridDimX, gridDimY, gridDimZ},
                            .block = {blockDimX, blockDimY, blockDimZ}};
    struct stream *stream = stream_of(&call, hStream);
    struct function *function = object_find(FAKECUDA_FUNCTION, (uintptr_t)f);
    return CALL(&call, extra ? CUDA_ERROR_INVALID_VALUE
                             : launch(stream, function, &wanted, kernelParams));
}

/* ---- surface objects ---- */

static CUresult create_surface(struct context *ctx, CUsurfObject *out,
                               const CUDA_RESOURCE_DESC *desc)
{
    if (!out || !desc || desc->resType != CU_RESOURCE_TYPE_ARRAY || desc->flags)
        return CUDA_ERROR_INVALID_VALUE;
    uintptr_t handle = (uintptr_t)desc->res.array.hArray;
    struct array *array = object_find(FAKECUDA_ARRAY, handle);
    if (!array)
        array = object_find(FAKECUDA_LEVEL, handle);
    if (!array)
        return CUDA_ERROR_INVALID_HANDLE;
    if (!(array->desc.Flags & CUDA_ARRAY3D_SURFACE_LDST))
        return CUDA_ERROR_INVALID_VALUE;
    struct surface *surface =
        object_new(FAKECUDA_SURFACE, sizeof(*surface), ctx, function_destroy);
    if (!surface)
        return CUDA_ERROR_OUT_OF_MEMORY;
    surface->array = handle;
    *out = surface->object.handle;
    return CUDA_SUCCESS;
}

CUresult cuSurfObjectCreate(CUsurfObject *pSurfObject, const CUDA_RESOURCE_DESC *pResDesc)
{
    struct call call = call_begin("cuSurfObjectCreate", CALL_CONTEXT);
    return CALL(&call, create_surface(call.ctx, pSurfObject, pResDesc));
}

CUresult cuSurfObjectDestroy(CUsurfObject surfObject)
{
    struct call call = call_begin("cuSurfObjectDestroy", CALL_CONTEXT);
    struct object *surface = object_find(FAKECUDA_SURFACE, (uintptr_t)surfObject);
    if (surface)
        object_end(surface);
    return call_end(&call, surface ? CUDA_SUCCESS : CUDA_ERROR_INVALID_HANDLE);
}

ALSO(cuLaunchKernel_ptsz, cuLaunchKernel);
