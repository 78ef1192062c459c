/* SPDX-License-Identifier: MIT */
/*
 * CUDA's functions for a program without import libraries. Each name is a jump through a slot
 * that is filled when the DLLs have been loaded; until then, and where a DLL lacks the name,
 * the slot leads to a function that answers 801, not supported. Arguments stay where they are,
 * so no prototype is repeated here.
 *
 * cuda_missing() fills the slots once, from the thread that starts the case.
 */
#include <windows.h>

#include <stdbool.h>
#include <stddef.h>

#include "cuda_windows.h"
#include "runner.h"

/* CUDA 12 has two generations of these; the structs here are those of the second. */
#define SECOND_GENERATION "_v2"

static int not_supported(void)
{
    return 801;
}

/* One slot and one jump for each name. */
#define RUNTIME(name)                          \
    void *slot_##name = (void *)not_supported; \
    __asm__(".text\n.globl " #name "\n" #name ":\n\tjmp *slot_" #name "(%rip)\n");
#define DRIVER(name, exported) RUNTIME(name)
#include "cuda_names.def"
#undef RUNTIME
#undef DRIVER

static const struct {
    const char *name;
    void **slot;
    bool driver;
} names[] = {
#define RUNTIME(name) {#name, &slot_##name, false},
#define DRIVER(name, exported) {#exported, &slot_##name, true},
#include "cuda_names.def"
#undef RUNTIME
#undef DRIVER
};

/* A copy beside the program comes first, as LoadLibrary looks there. */
static HMODULE load_runtime(bool *is_12)
{
    HMODULE library = LoadLibraryA("cudart64_13.dll");
    *is_12 = !library;
    return library ? library : LoadLibraryA("cudart64_12.dll");
}

static void fill(HMODULE runtime, bool is_12, HMODULE driver)
{
    for (size_t i = 0; i < ARRAY_LENGTH(names); i++) {
        char second[96];
        HMODULE library = names[i].driver ? driver : runtime;
        FARPROC found = NULL;
        snprintf(second, sizeof(second), "%s" SECOND_GENERATION, names[i].name);
        if (is_12 && !names[i].driver)
            found = GetProcAddress(library, second);
        if (!found)
            found = GetProcAddress(library, names[i].name);
        if (found)
            *names[i].slot = (void *)found;
    }
}

/* The driver's own count: the runtime may be there without a card. */
static const char *check_device(HMODULE driver)
{
    typedef int(WINAPI * init)(unsigned);
    typedef int(WINAPI * count)(int *);
    int devices = 0;
    init cu_init = (init)(void *)GetProcAddress(driver, "cuInit");
    count cu_count = (count)(void *)GetProcAddress(driver, "cuDeviceGetCount");
    if (!cu_init || !cu_count || cu_init(0) != 0 || cu_count(&devices) != 0 || devices < 1)
        return "no CUDA device: nvcuda.dll finds none";
    return NULL;
}

static const char *load(void)
{
    bool is_12;
    HMODULE driver = LoadLibraryA("nvcuda.dll");
    if (!driver)
        return "no CUDA here: nvcuda.dll is not installed (no NVIDIA driver)";
    HMODULE runtime = load_runtime(&is_12);
    if (!runtime)
        return "no CUDA runtime here: put cudart64_13.dll or cudart64_12.dll beside the "
               "program";
    fill(runtime, is_12, driver);
    return check_device(driver);
}

const char *cuda_missing(void)
{
    static bool loaded;
    static const char *missing;
    if (!loaded) {
        missing = load();
        loaded = true;
    }
    return missing;
}
