/* SPDX-License-Identifier: MIT */
/*
 * NVIDIA's driver: its kernel module and its library. The library is loaded in a child process,
 * because this one has functions of the same names, and because a broken driver may crash.
 */
#include "doctor/examine.h"

#include <ctype.h>
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define DRIVER "libcuda.so.1"

/* Tests put another library in its place, by the rule of the nvidia device. */
static const char *library_name(void)
{
    const char *named = getenv("ISTHMUS_LIBCUDA");
    return named && *named ? named : DRIVER;
}

struct driver {
    char module[64]; /* the version of the kernel module; empty: not loaded */
    bool library;
    int cuda;   /* what cuDriverGetVersion() says, as 12080; 0: it does not say */
    int signal; /* what the child died of, or 0 */
};

/* The first word that begins with a digit and has a dot. */
static void find_module(struct driver *d)
{
    char line[256] = "";
    FILE *file = fopen("/proc/driver/nvidia/version", "re");
    if (!file)
        return;
    bool read = fgets(line, sizeof(line), file) != NULL;
    fclose(file);
    char *rest = line;
    for (char *word; read && (word = strsep(&rest, " \t\n")) != NULL;) {
        if (isdigit((unsigned char)*word) && strchr(word, '.')) {
            snprintf(d->module, sizeof(d->module), "%s", word);
            return;
        }
    }
    snprintf(d->module, sizeof(d->module), "of unknown version");
}

/* 0: it does not say. False: there is no library. */
static bool ask_library(int *cuda)
{
    void *library = dlopen(library_name(), RTLD_NOW | RTLD_LOCAL);
    int (*version)(int *);
    *cuda = 0;
    if (!library)
        return false;
    *(void **)&version = dlsym(library, "cuDriverGetVersion");
    if (version && version(cuda) != 0)
        *cuda = 0;
    return true;
}

void driver_versions(char *out, size_t size)
{
    struct driver d = {.cuda = 0};
    find_module(&d);
    out[0] = '\0';
    if (ask_library(&d.cuda))
        snprintf(out, size, "driver %s, CUDA %d.%d",
                 *d.module ? d.module : "without a kernel module", d.cuda / 1000,
                 d.cuda % 1000 / 10);
}

/* In the child: the answer is bytes in the pipe, none if there is no library. */
static void answer_library(int out)
{
    int cuda;
    if (!ask_library(&cuda))
        return;
    if (write(out, &cuda, sizeof(cuda)) < 0)
        return; /* as if it were not there */
}

static void find_library(struct driver *d)
{
    int ends[2];
    int status = 0;
    if (pipe(ends) != 0)
        return;
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        close(ends[0]);
        answer_library(ends[1]);
        _exit(0);
    }
    close(ends[1]);
    d->library = child > 0 && read(ends[0], &d->cuda, sizeof(d->cuda)) == sizeof(d->cuda);
    close(ends[0]);
    if (child > 0 && waitpid(child, &status, 0) == child && WIFSIGNALED(status))
        d->signal = WTERMSIG(status);
}

static void add_driver(struct findings *f, const struct driver *d)
{
    if (!d->library && !*d->module) {
        findings_add(f, FINDING_OK, "driver",
                     "no driver of NVIDIA's; the cpu device needs none");
    } else if (d->library && *d->module) {
        findings_add(f, FINDING_OK, "driver",
                     "NVIDIA %s, " DRIVER " of CUDA %d.%d; the cpu device does not use it",
                     d->module, d->cuda / 1000, d->cuda % 1000 / 10);
    } else if (d->library) {
        findings_add(f, FINDING_OK, "driver",
                     DRIVER " of CUDA %d.%d without NVIDIA's kernel module; the cpu device "
                            "needs neither",
                     d->cuda / 1000, d->cuda % 1000 / 10);
    } else {
        findings_add(f, FINDING_OK, "driver",
                     "NVIDIA's kernel module %s without " DRIVER "; the cpu device needs "
                     "neither",
                     d->module);
    }
}

void examine_driver(struct findings *f)
{
    struct driver d = {.cuda = 0};
    find_module(&d);
    find_library(&d);
    if (d.signal) {
        findings_add(f, FINDING_NOTE, "driver", "loading " DRIVER " ended by signal %d (%s)",
                     d.signal, strsignal(d.signal));
        findings_advise(f, "repair NVIDIA's driver; programs on the cpu device do not load it");
    } else {
        add_driver(f, &d);
    }
    findings_fact(f, "kernel_module", "%s", d.module);
    findings_fact(f, "libcuda", "%s", d.library ? "yes" : "no");
    findings_fact(f, "cuda", "%d", d.cuda);
}
