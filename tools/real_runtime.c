/* SPDX-License-Identifier: MIT */
/*
 * Looks for NVIDIA's runtime in LD_LIBRARY_PATH, then where toolkits and distributions put it.
 * A file of that name that needs our library is a stand-in and does not count.
 */
#include "real_runtime.h"

#include "elf_file.h"
#include "report.h"
#include "standins.h"

#include <dlfcn.h>
#include <glob.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *const folders[] = {
    "/usr/local/cuda*/lib64",
    "/usr/local/cuda*/targets/*/lib",
    "/usr/local/cuda*/lib",
    "/usr/lib/x86_64-linux-gnu",
    "/usr/lib64",
    "/usr/local/lib",
    "/usr/lib/cuda*/lib64",
    "/opt/cuda*/lib64",
};

static bool is_nvidias(const char *file)
{
    return access(file, R_OK) == 0 && !elf_has_text(file, "libisthmus-cuda.so");
}

static bool try_folder(const char *folder, size_t length, int major, char out[PATH_MAX])
{
    char file[PATH_MAX];
    int used = snprintf(file, sizeof(file), "%.*s/libcudart.so.%d", (int)length, folder, major);
    if (length == 0 || used >= (int)sizeof(file) || !is_nvidias(file))
        return false;
    snprintf(out, PATH_MAX, "%.*s", (int)length, folder);
    return true;
}

static bool try_pattern(const char *pattern, int major, char out[PATH_MAX])
{
    glob_t found;
    bool ok = false;
    if (glob(pattern, 0, NULL, &found) != 0)
        return false;
    for (size_t i = 0; i < found.gl_pathc && !ok; i++)
        ok = try_folder(found.gl_pathv[i], strlen(found.gl_pathv[i]), major, out);
    globfree(&found);
    return ok;
}

/* The program's own choice first. */
static bool find_runtime(int major, char out[PATH_MAX])
{
    const char *at = getenv("LD_LIBRARY_PATH");
    while (at && *at) {
        size_t length = strcspn(at, ":");
        if (try_folder(at, length, major, out))
            return true;
        at += length + (at[length] == ':');
    }
    for (size_t i = 0; i < ARRAY_LENGTH(folders); i++)
        if (try_pattern(folders[i], major, out))
            return true;
    return false;
}

/* By its file, which this process can load too. */
static bool find_driver(char out[PATH_MAX])
{
    const char *named = getenv("ISTHMUS_LIBCUDA");
    const char *name = named && *named ? named : "libcuda.so.1";
    if (!dlopen(name, RTLD_LAZY | RTLD_LOCAL)) {
        complain("no GPU can be used: %s; install NVIDIA's driver of CUDA 12.0 or later, or "
                 "give this machine or container its GPU",
                 dlerror());
        return false;
    }
    return snprintf(out, PATH_MAX, "%s", name) < PATH_MAX;
}

static bool find_ours(int major, char out[PATH_MAX])
{
    struct standins s;
    bool found = standins_find(&s) &&
                 snprintf(out, PATH_MAX, "%s/libisthmus-cuda%d.so.0", s.libraries, major) <
                     PATH_MAX &&
                 access(out, R_OK) == 0;
    if (!found)
        complain("libisthmus-cuda%d.so.0 is missing beside our libraries; install Isthmus "
                 "again",
                 major);
    return found;
}

/* Puts `first` before what the variable has. */
static bool prepend(const char *variable, const char *first)
{
    const char *old = getenv(variable);
    bool more = old && *old;
    _cleanup_(report_freep) char *value = NULL;
    if (asprintf(&value, "%s%s%s", first, more ? ":" : "", more ? old : "") < 0) {
        value = NULL; /* asprintf() leaves it undefined */
        complain("there is no memory for %s", variable);
        return false;
    }
    return setenv(variable, value, 1) == 0;
}

bool real_driver_is_there(void)
{
    char path[PATH_MAX];
    return find_driver(path);
}

/*
 * Names that only the driver has (cuMemFree) must not come from the stand-in's either: the
 * driver comes second. Both lists are parted by colons.
 */
bool real_runtime_use(int major)
{
    char folder[PATH_MAX], ours[PATH_MAX], driver[PATH_MAX], preload[2 * PATH_MAX + 1];
    if (!find_driver(driver) || !find_ours(major, ours))
        return false;
    if (!find_runtime(major, folder)) {
        complain("NVIDIA's libcudart.so.%d is missing, and on a GPU the stand-in runtime "
                 "cannot "
                 "take its place; install CUDA %d's runtime, or name its folder in "
                 "LD_LIBRARY_PATH",
                 major, major);
        return false;
    }
    snprintf(preload, sizeof(preload), "%s:%s", ours, driver);
    return prepend("LD_LIBRARY_PATH", folder) && prepend("LD_PRELOAD", preload);
}
