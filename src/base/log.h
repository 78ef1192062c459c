/* SPDX-License-Identifier: MIT */
/*
 * The log: level x channel, chosen by ISTHMUS_LOG (`warn`, `handle:trace,debug`, `off`). Lines
 * go to standard error, one write each, so lines of several threads do not mix.
 */
#ifndef ISTHMUS_BASE_LOG_H
#define ISTHMUS_BASE_LOG_H

#include "base/cleanup.h"
#include "base/export.h"

#include <stdatomic.h>
#include <stdbool.h>

enum log_level { LOG_OFF, LOG_ERROR, LOG_WARN, LOG_INFO, LOG_DEBUG, LOG_TRACE };

/* Takes the lines instead of standard error; NULL puts standard error back. Any thread. */
typedef void (*log_sink)(void *user, int level, const char *channel, const char *text);
void log_set_sink(log_sink sink, void *user);

/* In the child of a fork, alone in the process: the lock may be held by a thread of the parent.
 */
void log_forked(void);

/* Cheap when the level is off; `channel` is a short literal such as "handle". */
bool log_enabled(enum log_level level, const char *channel) FRONT_API(log_enabled);
void log_line(enum log_level level, const char *channel, const char *fmt, ...)
    FRONT_API(log_line) PRINTF_LIKE(3, 4);

/* Says a thing once per call site: for calls that are known but not offered. */
#define log_once(level, channel, ...)                                         \
    do {                                                                      \
        static atomic_flag said_ = ATOMIC_FLAG_INIT;                          \
        if (!atomic_flag_test_and_set_explicit(&said_, memory_order_relaxed)) \
            log_line((level), (channel), __VA_ARGS__);                        \
    } while (0)

#endif
