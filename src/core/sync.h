/* SPDX-License-Identifier: MIT */
/*
 * The sync page: one page of memory, shared by every process that has a fence or a keyed mutex.
 * Its layout is fixed, its types are free of locks, and it holds no pointer, index or size that
 * anybody relies on: whatever a peer writes there costs wrong answers about this one object and
 * bounded time, never more. All numbers are set by whoever has the page.
 *
 * Pages are mapped into an arena, a reserved range of addresses. Beside it lies a *shadow* of
 * the same size in private memory: the robust list's node for a word of a page lies at the
 * same place of the shadow (robust.h), where no peer can write.
 */
#ifndef ISTHMUS_CORE_SYNC_H
#define ISTHMUS_CORE_SYNC_H

#include "base/atomics.h"
#include "base/futex.h"
#include "core/status.h"

#include <stdalign.h>
#include <stddef.h>

#define SYNC_PAGE_BYTES 4096U
#define SYNC_PEAKS 16
#define SYNC_PENDING 8
#define SYNC_SLICE_NS 100000000 /* the longest sleep on words that a peer may misuse */

/* Words of the robust list: who owns them, by the thread id that the kernel compares. */
#define SYNC_WAITERS 0x80000000U /* somebody sleeps on the word */
#define SYNC_DIED 0x40000000U    /* its owner died: set by the kernel, for good */
#define SYNC_FREE 0x20000000U    /* nobody owns it; the low bits are a sequence */
#define SYNC_LOW 0x1fffffffU     /* thread ids have 22 bits */

/* A 64-bit value that is set, and those who wait for it. Up by CAS, down under `rewinder`. */
struct sync_line {
    _Atomic uint64_t value;    /* setters store, waiters load; publishes the work before it */
    _Atomic uint32_t wake;     /* futex word: a step after a change, if there are waiters */
    _Atomic uint32_t waiters;  /* who sleeps or will; up before the last look (seq_cst) */
    _Atomic uint32_t rewinds;  /* how often the value went down; published after its peak */
    _Atomic uint32_t rewinder; /* 1: somebody lowers the value; taken over after a while */
    _Atomic uint32_t over;     /* 1: the line has ended, every wait is satisfied; for good */
    uint32_t unused;
    _Atomic uint64_t peaks[SYNC_PEAKS]; /* the value before each of the last rewinds */
};

/* A release whose work is not done: owned by the process whose queue has to reach `value`. */
struct sync_pending {
    _Atomic uint32_t word; /* 0: not in use; robust */
    uint32_t unused;
    _Atomic uint64_t value; /* written by the owner, read by all */
};

struct sync_mutex {
    _Atomic uint32_t owner;    /* free, owned, died; robust. Publishes key and issued */
    _Atomic uint32_t sequence; /* of releases; written by the owner */
    uint64_t unused;           /* nodes of the shadow have 16 bytes */
    _Atomic uint64_t key;      /* opens it while it is free; written by the owner */
    _Atomic uint64_t issued;   /* order value of the last release; written by the owner */
    struct sync_pending pending[SYNC_PENDING];
    alignas(64) struct sync_line order; /* reaches `issued`; over: abandoned for good */
};

/*
 * Where the value of a line lies that GPU streams set: in one word, as each write costs a
 * stream a microsecond. Streams compare cyclically, so the word stops at SYNC_GPU_MAX: from
 * there on the value is the line's own, which is written before the word, and once the line is
 * over the word stands there for good. `issued` is the value of the last signal that was
 * submitted anywhere: its arrival is only a matter of time.
 */
#define SYNC_GPU_MAX INT64_MAX
struct sync_gpu {
    _Atomic uint64_t word;   /* written by hosts and streams, waited for by streams */
    _Atomic uint64_t issued; /* written by who submits a signal; then line.wake is stepped */
};

struct sync_page {
    _Atomic uint32_t magic, version; /* written by the creator */
    _Atomic uint32_t mixed;          /* 1: its holders do not see each other's thread ids */
    uint32_t unused;
    _Atomic uint64_t space; /* the creator's space of thread ids; written by it */
    alignas(64) struct sync_line fence;
    alignas(64) struct sync_mutex mutex;
    alignas(64) struct sync_gpu fence_gpu;
    alignas(64) struct sync_gpu order_gpu;
    alignas(64) unsigned char unused_gpu[896];
};

static inline uint64_t sync_gpu_value(uint64_t value)
{
    return value < SYNC_GPU_MAX ? value : SYNC_GPU_MAX;
}

/* A new page's words, before anybody else has the page. */
void sync_gpu_start(struct sync_gpu *gpu, uint64_t value);

/* As sync_line_set() and sync_line_reached(), for lines with words of a GPU. What is under way
 * to a higher value than the one that a host sets counts on. */
uint64_t sync_gpu_read(struct sync_gpu *gpu, struct sync_line *line);
bool sync_gpu_reached(struct sync_gpu *gpu, struct sync_line *line, uint64_t target,
                      uint32_t since);
void sync_gpu_set(struct sync_gpu *gpu, struct sync_line *line, uint64_t value);

/* Streams see that the line is over: after it has ended, and after a stream signalled, whose
 * word may have overtaken that. */
void sync_gpu_follow(struct sync_gpu *gpu, struct sync_line *line);

/* The line that the words of a page are beside. */
struct sync_line *sync_gpu_line(struct sync_gpu *gpu);

/* A signal was submitted; `before` is what had been issued before its submission. */
void sync_gpu_issued(struct sync_gpu *gpu, uint64_t before, uint64_t value);

/*
 * A new page: value 0, mutex free with key 0. Both belong to the caller: close the page with
 * sync_page_close(), the fd with close(). IST_NO_MEMORY, IST_NO_RESOURCES.
 */
enum ist_status sync_page_create(struct sync_page **page, int *fd) MUST_CHECK;

/*
 * The page of an fd that came from somewhere. The fd stays the caller's and may be closed.
 * IST_BAD_PARCEL: no page, wrong size, not sealed; IST_VERSION; IST_NO_RESOURCES.
 */
enum ist_status sync_page_open(int fd, struct sync_page **page) MUST_CHECK;

/* NULL does nothing. Nobody sleeps on the page's words any more, and none is owned here. */
void sync_page_close(struct sync_page *page);

/* The robust node's place for a word of a page; words = nodes + offset. */
void *sync_shadow(const void *word);
ptrdiff_t sync_shadow_offset(void);

/* Which of the arena's places the word lies at, below SYNC_PLACES; or that: at none. */
#define SYNC_PLACES 65536U /* more mappings than the kernel allows a process by default */
unsigned sync_place(const void *word);

/* Adds or takes back. A waiter that is late is satisfied by a peak since it came. */
void sync_line_set(struct sync_line *line, uint64_t value);

/* What a waiter remembers when it comes: rewinds from here on are its business. */
uint32_t sync_line_since(struct sync_line *line);

/* True if the value is, or since then was, at or above `target`, or the line is over. */
bool sync_line_reached(struct sync_line *line, uint64_t target, uint32_t since);

/* True if a peak since then was at or above `target`. */
bool sync_line_peaked(struct sync_line *line, uint64_t target, uint32_t since);

/* True if the value has been lowered, or a stream is to lower it. */
static inline bool sync_line_falls(struct sync_line *line)
{
    return load_relaxed(&line->rewinds) != 0;
}

/* To lower a value, wherever it lies: one at a time, and what it was is noted first. */
void sync_rewind_begin(struct sync_line *line);
void sync_rewind_note(struct sync_line *line, uint64_t old);
void sync_rewind_end(struct sync_line *line);

/* Wakes all who wait, if there may be any. After the change that they wait for. */
void sync_line_wake(struct sync_line *line);

/* Ends the line, and wakes all. */
void sync_line_end(struct sync_line *line);

/*
 * Sleeps while *word == seen, not longer than a slice. `pending`: the slots whose owners' death
 * wakes, too; NULL: none. False: the deadline has passed.
 */
bool sync_sleep(_Atomic uint32_t *word, uint32_t seen, struct sync_pending *pending,
                int64_t deadline_ns);

/* Fills `out` with the slots of other processes whose owners live. Returns how many. */
unsigned sync_pending_words(struct sync_pending *pending, struct futex_word *out);

/* True: an owner of a slot died before the order got to where it would have brought it. */
bool sync_pending_died(struct sync_pending *pending);

/* Abandons the mutex of these slots for good, and wakes all who wait for it or its order. */
void sync_pending_break(struct sync_pending *pending);

/*
 * A second look after a slice: an owner that died in the gap between the kernel's walk of its
 * list and its own last instruction (robust.h) is marked as the kernel would have done.
 */
void sync_word_check(_Atomic uint32_t *word);

#endif
