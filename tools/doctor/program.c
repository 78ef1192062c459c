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

static void add_static(struct findings *f, const char *path)
{
    findings_add(f, FINDING_FAIL, "program",
                 "%s holds the static CUDA runtime (nvcc's default), which no stand-in can "
                 "replace",
                 path);
    findings_advise(f, "link it again with -cudart shared, or with gcc and -lcudart");
}

static void add_shared(struct findings *f, const char *path, int major)
{
    struct standins s;
    if (major < STANDIN_FIRST || major > STANDIN_LAST) {
        findings_add(f, FINDING_FAIL, "program",
                     "%s wants the runtime of CUDA %d; there are stand-ins for %d and %d", path,
                     major, STANDIN_FIRST, STANDIN_LAST);
        findings_advise(f, "build it with CUDA %d or %d", STANDIN_FIRST, STANDIN_LAST);
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
}
