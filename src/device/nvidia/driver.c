/* SPDX-License-Identifier: MIT */
/*
 * Finds the driver. The library stays loaded until the process ends: programs use it beside us.
 * `once` guards the loading; nothing changes afterwards.
 */
#include "device/nvidia/driver.h"

#include "base/cleanup.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

struct driver driver;

const struct driver_names driver_names = {
#define DRIVER(member, name, parameters) .member = name,
#include "device/nvidia/driver.def"
#undef DRIVER
};

/* Where a name's function goes. */
struct entry {
    const char *name;
    size_t offset;
};

static const struct entry entries[] = {
#define DRIVER(member, name, parameters) {name, offsetof(struct driver, member)},
#include "device/nvidia/driver.def"
#undef DRIVER
};

static pthread_once_t once = PTHREAD_ONCE_INIT;
static bool usable;
static char reason[256];

const char *driver_error_name(CUresult result)
{
    const char *name = NULL;
    if (!driver.error_name || driver.error_name(result, &name) != CUDA_SUCCESS || !name)
        return "an unknown error";
    return name;
}

static bool find_functions(void *library, const char *path)
{
    for (size_t i = 0; i < ARRAY_SIZE(entries); i++) {
        void *function = dlsym(library, entries[i].name);
        if (!function) {
            snprintf(reason, sizeof(reason), "%s has no %s: the driver is older than CUDA 12.0",
                     path, entries[i].name);
            return false;
        }
        *(void **)((char *)&driver + entries[i].offset) = function;
    }
    return true;
}

static bool check_version(void)
{
    int version = 0;
    CUresult result = driver.version(&version);
    if (result == CUDA_SUCCESS && version >= DRIVER_VERSION_MIN)
        return true;
    snprintf(reason, sizeof(reason),
             "the driver supports CUDA %d.%d (cuDriverGetVersion answered %d), 12.0 is needed",
             version / 1000, version % 1000 / 10, (int)result);
    return false;
}

static bool initialise(void)
{
    CUresult result = driver.init(0);
    if (result == CUDA_SUCCESS)
        return true;
    snprintf(reason, sizeof(reason), "cuInit answered %s (%d)", driver_error_name(result),
             (int)result);
    return false;
}

static void load(void)
{
    const char *path = getenv("ISTHMUS_LIBCUDA");
    if (!path || !*path)
        path = "libcuda.so.1";
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (!library) {
        snprintf(reason, sizeof(reason), "no driver: %s", dlerror());
        return;
    }
    usable = find_functions(library, path) && check_version() && initialise();
}

bool driver_load(void)
{
    pthread_once(&once, load);
    return usable;
}

const char *driver_reason(void)
{
    return reason;
}
