/* SPDX-License-Identifier: MIT */
/*
 * Modules: what a program compiled by nvcc registers before main(). Its kernels cannot run
 * here, so the device code is never read; only the names are kept, for the refusals to tell.
 *
 * Owned here: one list of modules with their functions and variables, guarded by `lock`.
 */
#include "cuda/runtime/module.h"

#include "base/gate.h"
#include "base/log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct entry {
    struct entry *next;
    const void *host; /* the host's stand-in: a function, or a variable */
    const char *name; /* as the compiler spells it; lives in the program */
    void *managed;    /* memory of a managed variable, else NULL */
};

struct module {
    struct module *next;
    struct entry *entries;
};

/*
 * Held for list walks only, inside the fork gate; nothing is called under it. The gate may be
 * passed before main(): it needs nothing that a constructor makes.
 */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct module *modules;

/* Registration has no way to report: without memory a name is simply unknown later. */
static void module_add(void **handle, const void *host, const char *name, void *managed)
{
    struct module *module = (struct module *)handle;
    struct entry *entry = module ? calloc(1, sizeof(*entry)) : NULL;
    if (!entry) {
        free(managed);
        return;
    }
    *entry = (struct entry){.host = host, .name = name, .managed = managed};
    gate_lock(&lock);
    entry->next = module->entries;
    module->entries = entry;
    gate_unlock(&lock);
}

const char *module_name(const void *host)
{
    const char *name = NULL;
    gate_lock(&lock);
    for (struct module *m = modules; m && !name; m = m->next)
        for (struct entry *e = m->entries; e && !name; e = e->next)
            if (e->host == host)
                name = e->name;
    gate_unlock(&lock);
    return name;
}

void module_readable(const char *name, char *out, size_t size)
{
    /* _Z7add_onePii: the length of the plain name stands before it. Others stay as they are. */
    char *end = NULL;
    unsigned long length = strncmp(name, "_Z", 2) ? 0 : strtoul(name + 2, &end, 10);
    if (length == 0 || length > strlen(end))
        snprintf(out, size, "%s", name);
    else
        snprintf(out, size, "%.*s (%s)", (int)length, end, name);
}

/* What follows is called by code that nvcc generates. The handle is our struct module. */

/* Runs before main(), in a constructor: nothing here may need another part of the library. */
void **__cudaRegisterFatBinary(void *fatCubin)
{
    (void)fatCubin;
    struct module *module = calloc(1, sizeof(*module));
    if (!module)
        return NULL;
    gate_lock(&lock);
    module->next = modules;
    modules = module;
    gate_unlock(&lock);
    return (void **)module;
}

void __cudaRegisterFatBinaryEnd(void **fatCubinHandle)
{
    (void)fatCubinHandle;
}

void __cudaUnregisterFatBinary(void **fatCubinHandle)
{
    struct module *module = (struct module *)fatCubinHandle;
    gate_lock(&lock);
    struct module **link = &modules;
    while (*link && *link != module)
        link = &(*link)->next;
    if (*link)
        *link = module->next;
    else
        module = NULL; /* not ours, or ended before */
    gate_unlock(&lock);

    while (module && module->entries) {
        struct entry *entry = module->entries;
        module->entries = entry->next;
        free(entry->managed);
        free(entry);
    }
    free(module);
}

/* Asked before the first use of a managed variable: everything is in place already. */
char __cudaInitModule(void **fatCubinHandle)
{
    (void)fatCubinHandle;
    return 1;
}

/* Launch bounds and device addresses are for those who launch. */
void __cudaRegisterFunction(void **fatCubinHandle, const char *hostFun, char *deviceFun,
                            const char *deviceName, int thread_limit, uint3 *tid, uint3 *bid,
                            dim3 *bDim, dim3 *gDim, int *wSize)
{
    (void)deviceFun, (void)thread_limit, (void)tid, (void)bid;
    (void)bDim, (void)gDim, (void)wSize;
    module_add(fatCubinHandle, hostFun, deviceName, NULL);
}

void __cudaRegisterVar(void **fatCubinHandle, char *hostVar, char *deviceAddress,
                       const char *deviceName, int ext, size_t size, int constant, int global)
{
    (void)deviceAddress, (void)ext, (void)size, (void)constant, (void)global;
    module_add(fatCubinHandle, hostVar, deviceName, NULL);
}

void __cudaRegisterHostVar(void **fatCubinHandle, const char *deviceName, char *hostVar,
                           size_t size)
{
    (void)size;
    module_add(fatCubinHandle, hostVar, deviceName, NULL);
}

/* The host reads and writes a managed variable through this pointer, so it needs memory. */
void __cudaRegisterManagedVar(void **fatCubinHandle, void **hostVarPtrAddress,
                              char *deviceAddress, const char *deviceName, int ext, size_t size,
                              int constant, int global)
{
    (void)deviceAddress, (void)ext, (void)constant, (void)global;
    void *memory = calloc(1, size ? size : 1);
    if (!memory)
        return;
    log_line(LOG_INFO, "cuda",
             "managed variable %s starts as zero: its initial value is in device code, which "
             "is "
             "not read",
             deviceName);
    *hostVarPtrAddress = memory;
    module_add(fatCubinHandle, memory, deviceName, memory);
}
