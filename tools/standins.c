/* SPDX-License-Identifier: MIT */
/*
 * Finds the stand-in runtimes: first from the place of the program, so that a moved
 * installation and a build folder both work; then from the place of the library that this
 * process has loaded.
 */
#include "standins.h"

#include <dlfcn.h>
#include <isthmus/isthmus.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Cuts the last component off. False if there is none to cut. */
static bool cut_last(char *path)
{
    char *slash = strrchr(path, '/');
    if (!slash || slash == path)
        return false;
    *slash = '\0';
    return true;
}

static bool join(char out[PATH_MAX], const char *folder, const char *below)
{
    int length = snprintf(out, PATH_MAX, "%s/%s", folder, below);
    return length >= 0 && length < PATH_MAX;
}

/* The SONAME is the file name: what the loader will look for. */
static bool has_runtime(const char *folder, int major)
{
    char name[32];
    char path[PATH_MAX];
    snprintf(name, sizeof(name), "libcudart.so.%d", major);
    return join(path, folder, name) && access(path, R_OK) == 0;
}

/* Takes a folder if a stand-in is in it. realpath() makes it fit for LD_LIBRARY_PATH. */
static bool try_folder(struct standins *s, const char *folder)
{
    bool any = false;
    for (int major = STANDIN_FIRST; major <= STANDIN_LAST; major++) {
        s->found[major] = has_runtime(folder, major);
        any = any || s->found[major];
    }
    if (!any || !realpath(folder, s->folder))
        return false;
    strcpy(s->libraries, s->folder);
    return cut_last(s->libraries);
}

static bool try_below(struct standins *s, const char *folder, const char *below)
{
    char path[PATH_MAX];
    return join(path, folder, below) && try_folder(s, path);
}

static bool try_program(struct standins *s)
{
    char program[PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", program, sizeof(program) - 1);
    if (length <= 0)
        return false;
    program[length] = '\0';
    return cut_last(program) && (try_below(s, program, "../lib/isthmus") ||
                                 try_below(s, program, "../lib64/isthmus"));
}

/* Where distributions put libraries below an architecture's name, only this way finds them. */
static bool try_library(struct standins *s)
{
    Dl_info info;
    char folder[PATH_MAX];
    if (!dladdr((const void *)(uintptr_t)ist_version, &info) || !info.dli_fname)
        return false;
    if (!realpath(info.dli_fname, folder) || !cut_last(folder))
        return false;
    return try_below(s, folder, "isthmus");
}

bool standins_find(struct standins *out)
{
    struct standins s = {0};
    if (!try_program(&s) && !try_library(&s))
        return false;
    *out = s;
    return true;
}
