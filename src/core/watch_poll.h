/* SPDX-License-Identifier: MIT */
/*
 * What a GPU does, for those who wait for it without a thread of their own: events, queues,
 * host work behind a stream. A GPU wakes nobody, so one thread looks again and again: spinning
 * for a moment, then with short sleeps (pace.h). It ends when there has been nothing to look at
 * for a while.
 */
#ifndef ISTHMUS_CORE_WATCH_POLL_H
#define ISTHMUS_CORE_WATCH_POLL_H

#include "base/list.h"

#include <stdint.h>

enum poll_next {
    POLL_DONE,  /* not any more: the poll may be gone */
    POLL_SOON,  /* something is under way */
    POLL_LATER, /* nothing that one could see coming: a look every 20 ms will do */
};

/* Part of what is looked at. Zeroed first, then `look`. */
struct poll {
    /* On the polling thread, inside the fork gate; no lock is held. */
    enum poll_next (*look)(struct poll *poll);
    struct list link; /* from here on guarded by the lock of watch_poll.c */
    int64_t due;      /* the next look; 0: now */
    bool hurry;       /* asked for while it was looked at */
};

/*
 * Looks until look() answers POLL_DONE. `next`: how soon. Whoever adds keeps count: only what
 * is not added, or has answered POLL_DONE. Locks of the caller may be held.
 */
void watch_poll_add(struct poll *poll, enum poll_next next);

/* A look now, at what is added. */
void watch_poll_hurry(struct poll *poll);

/* Added or not: look() is neither running nor to come. Never from look(). No lock held. */
void watch_poll_remove(struct poll *poll);

#endif
