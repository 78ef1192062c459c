/* SPDX-License-Identifier: MIT */
/*
 * The primary context of the first GPU for the calling thread. A real driver refuses calls by
 * its own names (cu...) without a context; on the cpu device there is none, and nothing
 * happens.
 */
#ifndef TESTS_GPU_PRIMARY_H
#define TESTS_GPU_PRIMARY_H

#include <dlfcn.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static inline bool gpu_device_wanted(void)
{
    const char *device = getenv("ISTHMUS_DEVICE");
    return device && strcmp(device, "nvidia") == 0;
}

/* True if the thread has one now, or needs none. The reference stays for the process: a thread
 * that has a context already is left alone. */
static inline bool gpu_primary_context(void)
{
    int (*init)(unsigned), (*retain)(void **, int), (*get)(void **), (*set)(void *);
    const char *path = getenv("ISTHMUS_LIBCUDA");
    void *context = NULL, *driver;
    if (!gpu_device_wanted())
        return true;
    driver = dlopen(path && *path ? path : "libcuda.so.1", RTLD_NOW);
    if (!driver)
        return false;
    *(void **)&init = dlsym(driver, "cuInit");
    *(void **)&retain = dlsym(driver, "cuDevicePrimaryCtxRetain");
    *(void **)&get = dlsym(driver, "cuCtxGetCurrent");
    *(void **)&set = dlsym(driver, "cuCtxSetCurrent");
    if (!init || !retain || !get || !set || init(0) != 0)
        return false;
    if (get(&context) == 0 && context)
        return true;
    return retain(&context, 0) == 0 && set(context) == 0;
}

#endif
