/* SPDX-License-Identifier: MIT */
/* A program's file: which CUDA runtime will it use, and can that be ours? */
#include "doctor/examine.h"

#include "elf_file.h"
#include "find_program.h"
#include "standins.h"

#include <string.h>

static const char *const kinds[] = {
    [ELF_CUDART_UNKNOWN] = "unknown",
    [ELF_CUDART_NONE] = "none",
    [ELF_CUDART_STATIC] = "static",
    [ELF_CUDART_SHARED] = "shared",
};

/* Programs of Windows begin with the initials of who made their format. */
static bool is_windows_program(const char *path)
{
    char start[2] = "";
    FILE *file = fopen(path, "re");
    bool windows = file && fread(start, 1, 2, file) == 2 && memcmp(start, "MZ", 2) == 0;
    if (file)
        fclose(file);
    return windows;
}

static void add_unknown(struct findings *f, const char *path)
{
    if (is_windows_program(path)) {
        findings_add(f, FINDING_FAIL, "program", "%s is a program for Windows", path);
        findings_advise(f, "compile its sources here; docs/porting.md says how");
    } else {
        findings_add(f, FINDING_NOTE, "program", "%s is no program of this machine: a script?",
                     path);
        findings_advise(f, "name the program that it starts");
    }
}

/* What a link with --wrap makes of the calls that Isthmus takes over. */
static bool is_wrapped(const char *path)
{
    return elf_has_text(path, "__wrap_cudaImportExternalMemory") ||
           elf_has_text(path, "__wrap_cuImportExternalMemory");
}

static void add_static(struct findings *f, const char *path)
{
    bool wrapped = is_wrapped(path);
    if (wrapped && device_chosen("nvidia")) {
        findings_add(f, FINDING_OK, "program",
                     "%s holds the static CUDA runtime and was linked with our --wrap list: it "
                     "shares with D3D11 on the GPU",
                     path);
        return;
    }
    if (wrapped) {
        findings_add(f, FINDING_FAIL, "program",
                     "%s holds the static CUDA runtime, which runs on the GPU only; it was "
                     "linked with our --wrap list",
                     path);
        findings_advise(f, "set ISTHMUS_DEVICE=nvidia; for the cpu device link it again with "
                           "-cudart shared");
        return;
    }
    findings_add(f, FINDING_FAIL, "program",
                 "%s holds the static CUDA runtime (nvcc's default), which no stand-in can "
                 "replace",
                 path);
    findings_advise(f, "link it again with -cudart shared, or with gcc and -lcudart; a static "
                       "runtime on the GPU needs our --wrap list: pkg-config "
                       "--variable=static_wrap isthmus-cuda13, or isthmus::nvidia13-static of "
                       "CMake");
}

/* On the GPU NVIDIA's runtime does the work, and ours comes before it. */
static void add_shared_gpu(struct findings *f, const char *path, int major)
{
    char ours[40];
    snprintf(ours, sizeof(ours), "libisthmus-cuda%d.so", major);
    bool linked = elf_has_text(path, ours);
    findings_add(f, FINDING_OK, "program", "%s uses the shared runtime of CUDA %d%s", path,
                 major, linked ? ", and was linked with our library for the GPU" : "");
    if (!linked)
        findings_advise(f, "start it with LD_PRELOAD=%s.0 and NVIDIA's own libcudart.so.%d",
                        ours, major);
}

static void add_shared(struct findings *f, const char *path, int major)
{
    struct standins s;
    if (major < STANDIN_FIRST || major > STANDIN_LAST) {
        findings_add(f, FINDING_FAIL, "program",
                     "%s wants the runtime of CUDA %d; there are stand-ins for %d and %d", path,
                     major, STANDIN_FIRST, STANDIN_LAST);
        findings_advise(f, "build it with CUDA %d or %d", STANDIN_FIRST, STANDIN_LAST);
    } else if (device_chosen("nvidia")) {
        add_shared_gpu(f, path, major);
    } else if (!standins_find(&s) || !s.found[major]) {
        findings_add(f, FINDING_FAIL, "program", "%s wants CUDA %d, whose stand-in is missing",
                     path, major);
        findings_advise(f, "install Isthmus again");
    } else {
        findings_add(f, FINDING_OK, "program",
                     "%s uses the shared runtime of CUDA %d: isthmus run gives it ours", path,
                     major);
    }
}

static void add_none(struct findings *f, const char *path)
{
    findings_add(f, FINDING_NOTE, "program",
                 "%s names no CUDA runtime among its libraries and holds none", path);
    findings_advise(f, "if a library that it loads uses CUDA, ask about that file; otherwise "
                       "link it with -cudart shared");
}

/* What is fetched so comes from NVIDIA's driver itself: ours never hears of it. */
static void examine_fetching(struct findings *f, const char *path)
{
    static const char *const names[] = {"cuGetProcAddress", "cudaGetDriverEntryPoint"};
    for (size_t i = 0; i < ARRAY_LENGTH(names); i++) {
        if (!elf_has_text(path, names[i]))
            continue;
        findings_add(f, FINDING_NOTE, "fetches",
                     "%s has the name %s: functions that it fetches with it are NVIDIA's, "
                     "which "
                     "know no D3D11 objects",
                     path, names[i]);
        findings_advise(f, "call cuImportExternalMemory() and its relatives by name, or fetch "
                           "them with dlsym()");
        return;
    }
}

void examine_program(struct findings *f, const char *name)
{
    char path[PATH_MAX];
    int major = 0;
    if (!find_program(name, path)) {
        findings_add(f, FINDING_FAIL, "program", "there is no program '%s'%s", name,
                     strchr(name, '/') ? "" : " in any folder of PATH");
        return;
    }
    enum elf_cudart kind = elf_cudart_of(path, &major);
    switch (kind) {
    case ELF_CUDART_UNKNOWN: add_unknown(f, path); break;
    case ELF_CUDART_STATIC: add_static(f, path); break;
    case ELF_CUDART_SHARED: add_shared(f, path, major); break;
    case ELF_CUDART_NONE: add_none(f, path); break;
    }
    findings_fact(f, "path", "%s", path);
    findings_fact(f, "cudart", "%s", kinds[kind]);
    if (major)
        findings_fact(f, "cuda", "%d", major);
    if (kind == ELF_CUDART_STATIC)
        findings_fact(f, "wrapped", "%s", is_wrapped(path) ? "yes" : "no");
    else if (kind != ELF_CUDART_UNKNOWN) /* a static runtime has the names itself */
        examine_fetching(f, path);
}
