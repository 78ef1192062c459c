/* SPDX-License-Identifier: MIT */
/*
 * Shared words that something in this process waits for without a thread of its own: queued
 * waits and events. One thread sleeps on up to a hundred lines at a time (futex_waitv), further
 * threads start by need, each ends with nothing: they sleep when there is nothing to watch.
 */
#ifndef ISTHMUS_CORE_WATCH_FUTEX_H
#define ISTHMUS_CORE_WATCH_FUTEX_H

#include "base/list.h"
#include "core/sync.h"

/* Part of what is watched. Zeroed first; filled in before the first watch_futex_add(). */
struct watch {
    struct sync_line *line;
    struct sync_pending *pending; /* slots whose owners' death counts, too; NULL: none */
    /*
     * Called on the watching thread, inside the fork gate, after every change and at least
     * once a slice. False: nothing waits any more, the watch ends.
     */
    bool (*look)(struct watch *watch);

    struct list link; /* from here on guarded by the lock of watch_futex.c */
    unsigned group;   /* which thread watches */
    uint32_t seen;    /* line->wake before the last look */
    bool wanted;      /* added again while it was looked at */
    bool counted;     /* among line->waiters */
};

/* Makes sure that there is a thread. IST_NO_RESOURCES. */
enum ist_status watch_futex_start(void) MUST_CHECK;

/* Watches until look() answers false. Added already: as if it were new. No lock held. */
void watch_futex_add(struct watch *watch);

/* Ends the watch; look() is neither running nor to come. Never from look(). No lock held. */
void watch_futex_remove(struct watch *watch);

#endif
