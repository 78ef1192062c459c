/* SPDX-License-Identifier: MIT */
/* Counting holders; no lock. The last owner ends the object, the last pin destroys it. */
#include "core/object.h"

#include "core/kmt.h"
#include "core/life.h"

static atomic_size_t live_objects; /* for reports: publishes nothing */

static const char *const kind_names[] = {"a resource", "a fence", "an event", "a process",
                                         "an object"};

const char *object_kind_name(enum object_kind kind)
{
    return kind_names[kind];
}

size_t object_live_count(void)
{
    return load_relaxed(&live_objects);
}

void object_init(struct object *object, const struct object_ops *ops, struct session *session,
                 enum object_kind kind, enum holder first)
{
    object->ops = ops;
    object->session = session;
    object->kind = kind;
    atomic_init(&object->owners, 1);
    atomic_init(&object->refs, 1);
    atomic_init(&object->kmt, 0);
    atomic_init(&object->crossing, NULL);
    for (unsigned i = 0; i < HOLDER_KINDS; i++)
        atomic_init(&object->held[i], i == first);
    add_relaxed(&live_objects, 1);
    live_list(object, first);
}

void object_hold(struct object *object, enum holder as)
{
    add_relaxed(&object->held[as], 1);
    count_up(as < HOLDER_OWNER_KINDS ? &object->owners : &object->refs);
    live_note_hold(object, as);
}

bool object_try_hold(struct object *object, enum holder as)
{
    if (!count_up_if_held(&object->owners))
        return false;
    add_relaxed(&object->held[as], 1);
    live_note_hold(object, as);
    return true;
}

static void unref(struct object *object)
{
    if (!count_down(&object->refs))
        return;
    live_unlist(object);
    sub_relaxed(&live_objects, 1);
    struct crossing *crossing = load_acquire(&object->crossing);
    if (crossing)
        life_finish(crossing);
    object->ops->destroy(object);
}

bool object_try_pin(struct object *object)
{
    return count_up_if_held(&object->refs);
}

void object_unpin(struct object *object)
{
    unref(object);
}

void object_drop(struct object *object, enum holder as)
{
    object_drop_by(object, as, NULL);
}

void object_drop_by(struct object *object, enum holder as, const void *who)
{
    if (!object)
        return;
    live_note_drop(object, as, who);
    sub_relaxed(&object->held[as], 1);
    if (as >= HOLDER_OWNER_KINDS) {
        unref(object);
    } else if (count_down(&object->owners)) {
        kmt_end(object);
        struct crossing *crossing = load_acquire(&object->crossing);
        if (crossing)
            life_last_owner(crossing); /* other processes may go on with it */
        else
            object->ops->end(object);
        unref(object);
    }
}

unsigned object_held(const struct object *object, enum holder as)
{
    return load_relaxed(&object->held[as]);
}
