/* SPDX-License-Identifier: MIT */
/* What timeline.c and timeline_gpu.c have of each other. */
#ifndef ISTHMUS_CORE_TIMELINE_OWN_H
#define ISTHMUS_CORE_TIMELINE_OWN_H

#include "core/timeline.h"

/* Released by gate_unlock(&t->lock). */
void timeline_lock(struct timeline *t);
bool timeline_anybody_locked(const struct timeline *t);

/* Without the lock, after the value was set or seen: false: nobody is there to be told. */
bool timeline_is_watched(struct timeline *t);

/* Fires whoever is satisfied now. */
void timeline_fire_locked(struct timeline *t);

/* IST_TIMEOUT, with its reason. */
enum ist_status timeline_late(uint64_t target);

/* ---- timeline_gpu.c: only with words of a GPU ---- */

/* Somebody came, or what they wait for has changed: the polling thread knows of it. */
void timeline_poll_locked(struct timeline *t);

/* The line and the words beside it, by a host. */
void timeline_set_gpu_locked(struct timeline *t, uint64_t value);

enum ist_status timeline_wait_gpu(struct timeline *t, uint64_t target, int64_t deadline_ns)
    MUST_CHECK;

#endif
