/* SPDX-License-Identifier: MIT */
/*
 * NVIDIA's runtime behind ours: what is asked of it, and the properties, over which the LUID is
 * put that D3D11's adapter has. It is looked for at each call: a program may load it late.
 */
#define __CUDA_API_VERSION_INTERNAL
#include "cuda/real/runtime.h"

#include "cuda/error.h"
#include "cuda/real/context.h"
#include "cuda/runtime/runtime.h"

#include <dlfcn.h>
#include <string.h>

#define STRING_OF(x) #x
#define STRING(x) STRING_OF(x)
#define RUNTIME_FILE "libcudart.so." STRING(ISTCU_ABI)

/* Behind us in the program's search order; or loaded apart, by a plugin. */
void *real_runtime_find(const char *name)
{
    void *found = dlsym(RTLD_NEXT, name);
    if (found)
        return found;
    void *library = dlopen(RUNTIME_FILE, RTLD_LAZY | RTLD_NOLOAD);
    if (!library)
        return NULL;
    found = dlsym(library, name);
    dlclose(library); /* it was there before us, and is kept by whoever loaded it */
    return found;
}

int real_runtime_device(int *out)
{
    int (*get_device)(int *) = (int (*)(int *))dlsym(RTLD_DEFAULT, "cudaGetDevice");
    if (!get_device)
        get_device = (int (*)(int *))real_runtime_find("cudaGetDevice");
    *out = 0;
    return get_device ? get_device(out) : CUDA_SUCCESS;
}

/* What an error leaves behind is the business of NVIDIA's runtime, which has not seen it. */
cudaError_t rt_done(int code)
{
    return (cudaError_t)code;
}

ISTCU_API int istcu_put_luid(struct cudaDeviceProp *prop, int device);

/* For the program's own part of a static link (static.c) as well. All layouts begin alike. */
int istcu_put_luid(struct cudaDeviceProp *prop, int device)
{
    const struct real_driver *driver;
    struct device *found = NULL;
    int code = real_driver(true, &driver);
    if (!code)
        code = real_device_find(driver, device, &found);
    if (code || !found)
        return code;
    memcpy(prop->luid, found->luid, sizeof(prop->luid));
    prop->luidDeviceNodeMask = 1;
    return CUDA_SUCCESS;
}

/* The real answer is right without a LUID, too. */
static cudaError_t properties(const char *name, struct cudaDeviceProp *prop, int device)
{
    cudaError_t (*real)(struct cudaDeviceProp *, int) =
        (cudaError_t(*)(struct cudaDeviceProp *, int))real_runtime_find(name);
    if (!real)
        return (
            cudaError_t)cu_refuse(CUDA_ERROR_SHARED_OBJECT_SYMBOL_NOT_FOUND,
                                  "%s: this process has no " RUNTIME_FILE
                                  " to ask; link it after libisthmus-cuda" STRING(ISTCU_ABI),
                                  name);
    cudaError_t code = real(prop, device);
    if (code == cudaSuccess)
        (void)istcu_put_luid(prop, device);
    return code;
}

cudaError_t cudaGetDeviceProperties(struct cudaDeviceProp *prop, int device)
{
    return properties("cudaGetDeviceProperties", prop, device);
}

#if ISTCU_ABI == 12
cudaError_t cudaGetDeviceProperties_v2(struct cudaDeviceProp *prop, int device)
{
    return properties("cudaGetDeviceProperties_v2", prop, device);
}
#endif
