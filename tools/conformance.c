/* SPDX-License-Identifier: MIT */
/*
 * `isthmus conformance`: becomes the program of the conformance suite, which lies in libexec
 * and prints, counts and answers by itself. Here are its options and the way to it.
 */
#include "command.h"
#include "real_runtime.h"
#include "report.h"

#include <argp.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* From the folder of this program: where the build has it, and where an installation does. */
#define LIBEXEC_BUILT "../libexec"
#ifndef ISTHMUS_LIBEXEC_INSTALLED
#define ISTHMUS_LIBEXEC_INSTALLED LIBEXEC_BUILT
#endif
#define PROGRAM "isthmus/isthmus-conformance"

#define MOST_ARGUMENTS 16

struct conformance_options {
    const char *arguments[MOST_ARGUMENTS + 1]; /* for the program; ended by NULL */
    size_t count;
    const char *device; /* NULL: as ISTHMUS_DEVICE says */
    bool list;
};

static void pass_on(struct conformance_options *o, const char *name, const char *value)
{
    if (o->count + 2 > MOST_ARGUMENTS)
        return; /* an option that is given so often is given by mistake */
    o->arguments[o->count++] = name;
    if (value)
        o->arguments[o->count++] = value;
}

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
    struct conformance_options *o = state->input;
    switch (key) {
    case 'd':
        if (strcmp(arg, "cpu") != 0 && strcmp(arg, "nvidia") != 0)
            argp_error(state, "there is no device '%s', only cpu and nvidia", arg);
        pass_on(o, "--device", arg);
        o->device = arg;
        return 0;
    case 'f': pass_on(o, "--filter", arg); return 0;
    case 'j': pass_on(o, "--json", arg); return 0;
    case 't': pass_on(o, "--timeout", arg); return 0;
    case 'l':
        pass_on(o, "--list", NULL);
        o->list = true;
        return 0;
    case ARGP_KEY_ARG:
        argp_error(state, "'%s' is one argument too many; cases are chosen by --filter", arg);
        return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_option conformance_argp_options[] = {
    {"device", 'd', "cpu|nvidia", 0,
     "The device to check; cpu needs no GPU and no driver, nvidia also needs NVIDIA's "
     "libcudart.so.13",
     0},
    {"filter", 'f', "GLOB", 0, "Only cases whose number or name fits, as 'E*' or '[A-D]1'", 0},
    {"json", 'j', "FILE", 0, "Write the results to FILE, too; - is standard output", 0},
    {"list", 'l', NULL, 0, "Print number, mark, name and title of the cases, and run none", 0},
    {"timeout", 't', "SECONDS", 0, "The time a case has before it counts as hung: 30", 0},
    {0},
};

static const struct argp conformance_argp = {
    .options = conformance_argp_options,
    .parser = parse_option,
    .doc = "Checks that sharing between Direct3D 11 and CUDA behaves here as it does on "
           "Windows, "
           "case by case.\vThe marks say where a case comes from: T a test that runs on "
           "Windows, D documentation, G the CUDA guide, P our choice where Windows is "
           "undetermined. The exit code is 1 if a case failed.",
};

static bool try_below(char out[PATH_MAX], const char *folder, const char *libexec)
{
    int length = snprintf(out, PATH_MAX, "%s/%s/%s", folder, libexec, PROGRAM);
    return length < PATH_MAX && access(out, X_OK) == 0;
}

/* From the place of this program, so that a moved installation and a build folder both work. */
static bool find_program(char out[PATH_MAX])
{
    char self[PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", self, sizeof(self) - 1);
    if (length <= 0)
        return false;
    self[length] = '\0';
    char *slash = strrchr(self, '/');
    if (!slash)
        return false;
    *slash = '\0';
    return try_below(out, self, ISTHMUS_LIBEXEC_INSTALLED) ||
           try_below(out, self, LIBEXEC_BUILT);
}

/* The suite is linked with the stand-in of CUDA 13. A list needs no device. */
static bool prepare_device(const struct conformance_options *o)
{
    const char *device = o->device ? o->device : getenv("ISTHMUS_DEVICE");
    if (o->list || !device || strcmp(device, "nvidia") != 0)
        return true;
    return real_runtime_use(13);
}

int conformance_main(int argc, char **argv)
{
    static char name[] = "isthmus-conformance";
    struct conformance_options o = {.arguments = {name}, .count = 1};
    char path[PATH_MAX] = "";
    argp_parse(&conformance_argp, argc, argv, 0, NULL, &o);
    if (!find_program(path)) {
        complain("the conformance suite is missing: there is no %s; install Isthmus again",
                 path);
        return EXIT_TROUBLE;
    }
    if (!prepare_device(&o))
        return EXIT_TROUBLE;
    execv(path, (char **)o.arguments); /* which does not change them */
    complain("cannot start %s: %s", path, strerror(errno));
    return EXIT_TROUBLE;
}
