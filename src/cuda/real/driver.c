/* SPDX-License-Identifier: MIT */
/*
 * Loads libcuda.so.1, which everybody else in the process has loaded already or will: the
 * dynamic linker gives all the same copy. ISTHMUS_LIBCUDA names another file, for tests. The
 * table is written once, before anybody sees it.
 */
#include "cuda/real/driver.h"

#include "cuda/error.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static pthread_once_t load_once = PTHREAD_ONCE_INIT;
static struct real_driver driver;
static bool loaded;       /* the functions that are passed on are all there */
static char why_not[256]; /* what the loader said */

struct entry {
    const char *name;
    size_t offset;
    bool passed_on;
};

static const struct entry entries[] = {
#define PASSED_ON(member, name, parameters) {#name, offsetof(struct real_driver, member), true},
#define FOR_OURS(member, name, parameters) {#name, offsetof(struct real_driver, member), false},
    REAL_PASSED_ON(PASSED_ON) REAL_FOR_OURS(FOR_OURS)
#undef PASSED_ON
#undef FOR_OURS
};

/* By the handle, not the global scope: there our own functions have these names. */
static void find_all(void *library)
{
    loaded = true;
    for (size_t i = 0; i < ARRAY_SIZE(entries); i++) {
        void *found = dlsym(library, entries[i].name);
        memcpy((char *)&driver + entries[i].offset, &found, sizeof(found));
        if (found)
            continue;
        driver.missing = entries[i].name;
        if (!entries[i].passed_on)
            continue;
        loaded = false;
        snprintf(why_not, sizeof(why_not), "it has no function %s", entries[i].name);
        return;
    }
}

static void load(void)
{
    const char *named = secure_getenv("ISTHMUS_LIBCUDA");
    const char *file = named && *named ? named : "libcuda.so.1";
    void *library = dlopen(file, RTLD_NOW | RTLD_LOCAL);
    if (library) {
        find_all(library);
        return;
    }
    const char *said = dlerror();
    snprintf(why_not, sizeof(why_not), "%s", said ? said : file);
}

int real_driver(bool ours, const struct real_driver **out)
{
    pthread_once(&load_once, load);
    if (!loaded)
        return cu_refuse(CUDA_ERROR_NO_DEVICE, "NVIDIA's driver library cannot be used: %s",
                         why_not);
    if (ours && driver.missing)
        return cu_refuse(CUDA_ERROR_NO_DEVICE,
                         "NVIDIA's driver library has no function %s: D3D11 objects need a "
                         "driver of CUDA 12.0 or later",
                         driver.missing);
    *out = &driver;
    return CUDA_SUCCESS;
}
