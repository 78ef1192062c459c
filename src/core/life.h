/* SPDX-License-Identifier: MIT */
/*
 * Who is the last? Every process with an owner of a crossed object keeps a write end of the
 * object's life pipe. When the last owner of a process goes, it turns its end into a read end:
 * a hang-up there says that no process has an owner any more, whether they closed, died or were
 * killed. Then the object ends. Otherwise, while work that needs it is still queued here, the
 * read end is watched: the end comes with the hang-up, later.
 *
 * Nothing is ever written into the pipe.
 */
#ifndef ISTHMUS_CORE_LIFE_H
#define ISTHMUS_CORE_LIFE_H

#include "core/ids.h"
#include "core/object.h"

#include <pthread.h>

enum life_state {
    LIFE_HELD,    /* has owners here: `pipe` is a write end */
    LIFE_DORMANT, /* only pins here, owners elsewhere: `pipe` is a read end */
    LIFE_ENDED,   /* for good, in every process */
};

/* What an object has besides, once it crossed. Lives as long as the object. */
struct crossing {
    struct id_entry entry; /* in session->ids */
    struct object *object;
    pthread_mutex_t lock; /* guards the rest; rank: before all others but the gate */
    enum life_state state;
    bool watched;    /* the read end is with watch_fd */
    bool kept;       /* dormant and awaited: pinned by itself until the hang-up */
    bool unadopted;  /* inherited over a fork and not used since: `pipe` is a read end */
    int pipe;        /* -1: lost, for want of fds */
    int description; /* sealed memfd; -1: not written yet (parcel.c) */
};

/* A new pipe; its write end. IST_NO_RESOURCES. */
enum ist_status life_new(int *write_end) MUST_CHECK;

/*
 * The crossing of an object that the caller owns, made with a new id if it has none yet.
 * IST_NO_MEMORY, IST_NO_RESOURCES.
 */
enum ist_status crossing_get(struct object *object, struct crossing **out) MUST_CHECK;

/*
 * For parcel_open(): what a new object will have. Takes both fds if it succeeds. IST_NO_MEMORY.
 */
enum ist_status crossing_new(struct id_key id, int write_end, int description,
                             struct crossing **out) MUST_CHECK;
void crossing_free(struct crossing *crossing);

/*
 * Gives it to `object` (which nobody else knows yet), and enters that into the table of ids,
 * unless there is one of the same id: returns that one, pinned; NULL otherwise.
 */
struct crossing *crossing_enter(struct crossing *crossing, struct object *object);

/* The crossing of that id, pinned (object_unpin()); NULL: none here. */
struct crossing *crossing_find(struct session *session, struct id_key id);

/* For object.c: the last owner of this process has gone. */
void life_last_owner(struct crossing *crossing);

/* For object.c: the object is about to be freed; frees the crossing. */
void life_finish(struct crossing *crossing);

/*
 * One more owner of an object that this process knows, which may have none at present; takes
 * `write_end` if it needs it (then *write_end is -1). False: it has ended.
 */
bool life_revive(struct crossing *crossing, enum holder as, int *write_end);

/*
 * For the child of a fork. At once: what it inherited is no write end any more, so a child that
 * does nothing keeps nobody's death hidden. Before its first use of the library: it is an owner
 * of its own, unless everybody else has gone meanwhile.
 */
void life_inherit(struct crossing *crossing);
void life_adopt(struct crossing *crossing);

/* True: no process has an owner. */
bool life_hung_up(int read_end);

#endif
