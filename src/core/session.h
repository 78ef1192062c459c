/* SPDX-License-Identifier: MIT */
/* What one process shares among its fronts: handles, global numbers, names and devices. */
#ifndef ISTHMUS_CORE_SESSION_H
#define ISTHMUS_CORE_SESSION_H

#include "base/list.h"
#include "base/slotmap.h"
#include "core/device.h"
#include "core/ids.h"

#include <pthread.h>

#define SESSION_MAX_DEVICES 16
#define SESSION_NAME_CHAINS 4096U

struct session {
    struct slotmap handles;     /* of struct handle (handle.c) */
    struct id_table kmts;       /* of objects, weak, by global number */
    struct id_table ids;        /* of struct crossing, weak (life.h) */
    struct id_table foreign;    /* of struct handle: values that the broker gave (handle.c) */
    pthread_mutex_t names_lock; /* guards names and every struct name in them */
    struct list names[SESSION_NAME_CHAINS]; /* by hash (name.c); zeroed: empty */
    struct device
        *devices[SESSION_MAX_DEVICES]; /* best first; fixed after the session's start */
    unsigned device_count;
    bool
        alone; /* ISTHMUS_BROKER=off: nothing is shared by name or number; fixed at the start */
};

/*
 * The session that serves this process. A second copy of the library finds the first one's
 * variable here (the dynamic linker binds both to one), and offers no device: handles of one
 * copy would mean nothing in the other. Stored once by the session's start, read by the other
 * copy's.
 */
extern _Atomic(void *) core_in_process FRONT_API(core_in_process);

/* The process's session; made by the first call, never ended. Any thread. */
struct session *session_default(void) FRONT_API(session_default);

#endif
