/* SPDX-License-Identifier: MIT */
/*
 * Which objects are alive, and where in the program their holders were made: what the report of
 * live objects is written from. Every object is listed; call sites are kept only when
 * ISTHMUS_LEAKS or ISTHMUS_SITES asks for them, since each costs a walk up the stack. Until
 * then a hold costs one load.
 */
#ifndef ISTHMUS_CORE_LIVE_H
#define ISTHMUS_CORE_LIVE_H

#include "base/atomics.h"
#include "base/export.h"
#include "base/list.h"

#include <stddef.h>
#include <stdio.h>

struct object;
struct site_record;

#define SITE_FRAMES 8 /* callers that are kept: the program's own call and those above it */

/*
 * A call site: return addresses, the innermost first, without frames of our libraries and of
 * the C library. Depth 0: a thread of our own. Where Isthmus is linked statically, its
 * functions cannot be told from the program's and come first.
 */
struct site {
    void *frame[SITE_FRAMES];
    unsigned depth;
};

/* The site of whoever called into us. Costs microseconds; takes no lock of ours. */
void site_here(struct site *out);
bool site_equal(const struct site *a, const struct site *b);

/* Where a frame lies, for people and for addr2line. */
struct site_place {
    char function[160]; /* "make_texture+0x41"; "" if the file has no symbols */
    char module[256];   /* path of the program or library */
    size_t offset;      /* of the call in it, as addr2line wants it */
};
void site_place(void *frame, struct site_place *out);

/* Part of every object; guarded by the lock of its shard (live.c). */
struct live {
    struct list link;
    struct site_record *records; /* newest first; NULL while no sites are kept */
    int64_t born;                /* when it was made, CLOCK_MONOTONIC; never changes */
};

/* Holders made at one site. */
struct live_site {
    unsigned as; /* enum holder */
    unsigned count;
    struct site site;
};

/* From object.c: an object becomes visible to reports, and is taken out before it is freed. */
void live_list(struct object *object, unsigned first);
void live_unlist(struct object *object);

/* Set once before the first object, or by a test between objects. */
extern atomic_bool live_sites_on;
void live_record_sites(bool on);

/* One holder more or less. `who` is the holder's address, NULL if unknown. */
void live_record(struct object *object, unsigned as);
void live_forget(struct object *object, unsigned as, const void *who);

static inline void live_note_hold(struct object *object, unsigned as)
{
    if (__builtin_expect(load_relaxed(&live_sites_on), 0))
        live_record(object, as);
}

static inline void live_note_drop(struct object *object, unsigned as, const void *who)
{
    if (__builtin_expect(load_relaxed(&live_sites_on), 0))
        live_forget(object, as, who);
}

/*
 * The hold of this kind that this thread took last is that of `who`: a handle, an import. Its
 * end is told by object_drop_by() with the same address, so that the right site goes.
 */
void live_name_holder(struct object *object, unsigned as, const void *who)
    FRONT_API(live_name_holder);

/*
 * Pins every object that is alive: an array of *count for object_unpin() and free(). NULL:
 * there is none, or no memory.
 */
struct object **live_pin_all(size_t *count);

/* Writes the report; NULL only counts. Returns how many objects are alive. */
size_t live_report(FILE *out);

/* Prints the report to standard error when the process ends and something is left. */
void live_report_at_exit(bool wanted);

/*
 * The sites of an object's holders, equal ones counted together: an array for free(), NULL if
 * none was recorded. gone[kind]: how many of the listed holders of that kind have been let go
 * without it being known which.
 */
struct live_site *live_sites(struct object *object, size_t *count, unsigned *gone);

#endif
