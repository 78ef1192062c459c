/* SPDX-License-Identifier: MIT */
/* Sentences on standard error, the clock and the progress line. Holds no state. */
#include "report.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define SECOND_US 1e6

void complain(const char *format, ...)
{
    /* One lock around the three parts: lines of several threads stay whole. */
    va_list args;
    fflush(stdout); /* what was printed before stays before, also in a common file */
    flockfile(stderr);
    fputs("isthmus: ", stderr);
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fputc('\n', stderr);
    funlockfile(stderr);
}

void report_freep(void *variable)
{
    free(*(void **)variable);
}

double now_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * SECOND_US + (double)now.tv_nsec / 1e3;
}

struct progress progress_start(const char *what, uint64_t total)
{
    return (struct progress){.what = what, .total = total, .started = now_us()};
}

/* Silent for the first second, then ten times a second at most, and never into a file. */
void progress_show(struct progress *p, uint64_t done)
{
    double now = now_us();
    if (now - p->started < SECOND_US || now - p->shown < SECOND_US / 10)
        return;
    if (!isatty(STDERR_FILENO))
        return;
    fprintf(stderr, "\r%s: %" PRIu64 " of %" PRIu64, p->what, done, p->total);
    fflush(stderr);
    p->shown = now;
}

void progress_end(struct progress *p)
{
    if (p->shown != 0)
        fputs("\r\033[K", stderr); /* back to the left, erase to the right */
    p->shown = 0;
}
