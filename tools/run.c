/* SPDX-License-Identifier: MIT */
/*
 * `isthmus run [--cuda 12|13] -- PROGRAM ARGS`: replaces itself with PROGRAM, for which the
 * stand-in runtimes come first on the library path.
 */
#include "command.h"
#include "elf_file.h"
#include "find_program.h"
#include "report.h"
#include "standins.h"

#include <argp.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define EXIT_NOT_EXECUTABLE 126 /* as shells and env(1) answer */
#define EXIT_NOT_FOUND 127

struct run_options {
    int cuda;       /* 0: whatever the program asks for */
    char **program; /* and its arguments, ended by NULL */
};

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
    struct run_options *o = state->input;
    switch (key) {
    case 'c':
        if (strcmp(arg, "12") != 0 && strcmp(arg, "13") != 0)
            argp_error(state, "there is no stand-in for CUDA '%s', only for 12 and 13", arg);
        o->cuda = atoi(arg);
        return 0;
    case ARGP_KEY_ARGS: o->program = state->argv + state->next; return 0;
    case ARGP_KEY_NO_ARGS: argp_error(state, "a program to start is needed"); return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_option run_argp_options[] = {
    {"cuda", 'c', "12|13", 0, "Refuse to start unless the stand-in of this CUDA is there", 0},
    {0},
};

static const struct argp run_argp = {
    .options = run_argp_options,
    .parser = parse_option,
    .args_doc = "-- PROGRAM [ARGUMENT...]",
    .doc = "Starts PROGRAM with the stand-in CUDA runtimes in front of the library path. The "
           "exit code is PROGRAM's.\vKernels do not run: a launch answers a clear error. A "
           "program that was linked with the static CUDA runtime (nvcc's default) is not "
           "reached; link it with -cudart shared.",
};

/* Without the folder a program would find NVIDIA's runtime, or none, and blame itself. */
static bool check_standins(const struct run_options *o, struct standins *s)
{
    if (!standins_find(s)) {
        complain("the stand-in runtimes are missing: no libcudart.so.12 or .13 lies in the "
                 "folder 'isthmus' beside our libraries; install Isthmus again");
        return false;
    }
    if (o->cuda && !s->found[o->cuda]) {
        complain("the stand-in for CUDA %d is missing in %s", o->cuda, s->folder);
        return false;
    }
    return true;
}

/* Says what will keep the stand-in from being used. A start is tried all the same. */
static void warn_about(const char *path, const struct run_options *o, const struct standins *s)
{
    int major;
    enum elf_cudart kind = elf_cudart_of(path, &major);
    if (kind == ELF_CUDART_STATIC)
        complain("warning: %s was linked with the static CUDA runtime and will not reach the "
                 "stand-in; link it with -cudart shared",
                 path);
    else if (kind == ELF_CUDART_NONE)
        complain("warning: %s does not name libcudart among its libraries, so unless one that "
                 "it loads does, the stand-in is not used; link it with -cudart shared",
                 path);
    else if (kind == ELF_CUDART_SHARED && (major < STANDIN_FIRST || major > STANDIN_LAST))
        complain("warning: %s wants the runtime of CUDA %d, and there are stand-ins only for "
                 "%d and %d; build it with one of these",
                 path, major, STANDIN_FIRST, STANDIN_LAST);
    else if (kind == ELF_CUDART_SHARED && !s->found[major])
        complain("warning: %s wants CUDA %d, whose stand-in is missing in %s", path, major,
                 s->folder);
    else if (kind == ELF_CUDART_SHARED && o->cuda && o->cuda != major)
        complain("warning: %s wants CUDA %d and gets its stand-in, whatever --cuda %d says",
                 path, major, o->cuda);
}

/* The folder of our libraries, too: the runtimes find them by RUNPATH, others may not. */
static bool set_library_path(const struct standins *s)
{
    const char *old = getenv("LD_LIBRARY_PATH");
    bool more = old && *old;
    _cleanup_(report_freep) char *path = NULL;
    if (asprintf(&path, "%s:%s%s%s", s->folder, s->libraries, more ? ":" : "",
                 more ? old : "") < 0) {
        path = NULL; /* asprintf() leaves it undefined */
        complain("there is no memory for a library path");
        return false;
    }
    if (setenv("LD_LIBRARY_PATH", path, 1) != 0) {
        complain("cannot set LD_LIBRARY_PATH: %s", strerror(errno));
        return false;
    }
    return true;
}

int run_main(int argc, char **argv)
{
    struct run_options options = {0};
    struct standins standins;
    char path[PATH_MAX];
    /* In order: what stands behind PROGRAM is PROGRAM's, also without a --. */
    argp_parse(&run_argp, argc, argv, ARGP_IN_ORDER, NULL, &options);
    if (!check_standins(&options, &standins))
        return EXIT_TROUBLE;
    if (!find_program(options.program[0], path)) {
        complain("there is no program '%s'%s", options.program[0],
                 strchr(options.program[0], '/') ? "" : " in any folder of PATH");
        return EXIT_NOT_FOUND;
    }
    warn_about(path, &options, &standins);
    if (!set_library_path(&standins))
        return EXIT_TROUBLE;
    execv(path, options.program);
    int error = errno;
    complain("cannot start %s: %s", path, strerror(error));
    return error == ENOENT ? EXIT_NOT_FOUND : EXIT_NOT_EXECUTABLE;
}
