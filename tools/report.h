/* SPDX-License-Identifier: MIT */
/*
 * How the command speaks: one sentence for what went wrong, times, and a line of progress for
 * work that lasts. Owns nothing. Also the two macros with which locals clean themselves up.
 */
#ifndef ISTHMUS_TOOLS_REPORT_H
#define ISTHMUS_TOOLS_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define _cleanup_(f) __attribute__((cleanup(f)))
#define PRINTF_LIKE(text, first) __attribute__((format(printf, text, first)))
#define ARRAY_LENGTH(a) (sizeof(a) / sizeof((a)[0]))

/* What the command answers to the shell. */
enum exit_code {
    EXIT_OK = 0,
    EXIT_TROUBLE = 1, /* it was understood and did not work */
    EXIT_USAGE = 2,   /* it was not understood */
};

/* Prints "isthmus: " and one sentence on standard error, whole even with several threads. */
void complain(const char *format, ...) PRINTF_LIKE(1, 2);

/* For _cleanup_(): frees what the pointer variable points to. */
void report_freep(void *variable);

/* Monotonic time in microseconds; only differences mean something. */
double now_us(void);

/* A line "what: done of total" on a terminal, for work that lasts longer than a second. */
struct progress {
    const char *what;
    uint64_t total;
    double started;
    double shown; /* when the line was last written; 0: never */
};

struct progress progress_start(const char *what, uint64_t total);
void progress_show(struct progress *p, uint64_t done);
/* Wipes the line. */
void progress_end(struct progress *p);

#endif
