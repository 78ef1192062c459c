/* SPDX-License-Identifier: MIT */
/*
 * The thing that several parties hold. Owners (COM references, NT handles, imports) decide its
 * life; pins (mappings, queued work) keep its memory while it is in use. When the last owner is
 * gone the object ends: its waits end, its number dies. When the last pin is gone it is freed.
 */
#ifndef ISTHMUS_CORE_OBJECT_H
#define ISTHMUS_CORE_OBJECT_H

#include "base/atomics.h"
#include "core/ids.h"
#include "core/live.h"
#include "core/status.h"

struct crossing;
struct session;

enum object_kind { OBJECT_RESOURCE, OBJECT_FENCE, OBJECT_EVENT, OBJECT_PROCESS, OBJECT_ANY };

/* The order matters: those before HOLDER_OWNER_KINDS are owners, the others are pins. */
enum holder {
    HOLDER_COM,    /* one per COM object of a front, however many references it counts */
    HOLDER_HANDLE, /* one per NT handle */
    HOLDER_IMPORT, /* one per CUDA external memory or semaphore */
    HOLDER_OWNER_KINDS,
    HOLDER_MAPPING = HOLDER_OWNER_KINDS, /* one per mapped buffer or array */
    HOLDER_WORK,                         /* one per queued operation */
    HOLDER_KINDS
};

struct object;

struct object_ops {
    void (*end)(struct object *object);     /* the last owner has gone: end waits */
    void (*destroy)(struct object *object); /* the last pin has gone too: free all */
    /* True: something waits that holds no pin (events). NULL: never. */
    bool (*awaited)(struct object *object);
    /* For reports, about a pinned object: "2D texture 64 x 32, ...". One line, no newline. */
    void (*describe)(struct object *object, char *out, size_t size);
};

struct object {
    const struct object_ops *ops;
    struct session *session;
    enum object_kind kind;
    atomic_uint owners;             /* holders before HOLDER_OWNER_KINDS; 0: ended, for good */
    atomic_uint refs;               /* pins, and one for all owners together */
    atomic_uint held[HOLDER_KINDS]; /* by kind, for reports and tests */
    _Atomic uint32_t kmt;           /* its global number, 0 while it has none (kmt.h) */
    struct id_entry number;         /* under that number in session->kmts */
    /* What it has once another process may know it (life.h); NULL before. Stored once. */
    struct crossing *_Atomic crossing;
    struct live live; /* in the list of objects that are alive (live.h) */
};

/*
 * A new object with one owner of kind `first`. The last step of a creation: from here on
 * reports may look at it.
 */
void object_init(struct object *object, const struct object_ops *ops, struct session *session,
                 enum object_kind kind, enum holder first) FRONT_API(object_init);

/* One more holder, by somebody who already is one. */
void object_hold(struct object *object, enum holder as) FRONT_API(object_hold);

/* One more owner, by somebody who holds nothing. False: the object has ended. */
bool object_try_hold(struct object *object, enum holder as) FRONT_API(object_try_hold);

/* One holder less; the object may be gone afterwards. NULL does nothing. */
void object_drop(struct object *object, enum holder as) FRONT_API(object_drop);

/* The same by a holder that named itself to live_name_holder(). */
void object_drop_by(struct object *object, enum holder as, const void *who)
    FRONT_API(object_drop_by);

/* For reports: keeps the memory of an object, which may have ended. False: it is being
 * freed. */
bool object_try_pin(struct object *object);
void object_unpin(struct object *object);

/* How many holders of this kind there are now; all kinds: object_owners(). */
unsigned object_held(const struct object *object, enum holder as) FRONT_API(object_held);

/* Objects alive in this process: what a test compares before and after. */
size_t object_live_count(void) FRONT_API(object_live_count);

/* "a resource", "a fence", "an event". */
const char *object_kind_name(enum object_kind kind) FRONT_API(object_kind_name);

#endif
