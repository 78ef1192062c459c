/* SPDX-License-Identifier: MIT */
/*
 * A few threads for the work that must not run in its caller. Jobs start in the order in which
 * they came; at most two threads a CPU, started when needed, never ended. Jobs that may block
 * for long never take the last thread: the rest goes on, and may be what they wait for.
 */
#ifndef ISTHMUS_CORE_POOL_H
#define ISTHMUS_CORE_POOL_H

#include "core/status.h"

#include <stdbool.h>

struct job {
    struct job *next;
    void (*run)(struct job *job); /* the job may be gone when it returns */
    bool may_block;               /* set before each submission */
};

/* At least one thread is there afterwards. IST_NO_RESOURCES. */
enum ist_status pool_start(void) MUST_CHECK;

/* Never fails after pool_start() succeeded. A job is in the pool once at a time. */
void pool_submit(struct job *job);

#endif
