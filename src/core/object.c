/* SPDX-License-Identifier: MIT */
/* Counting holders; no lock. The last owner ends the object, the last pin destroys it. */
#include "core/object.h"

#include "core/kmt.h"

static atomic_size_t live_objects; /* for reports: publishes nothing */

static const char *const kind_names[] = {"a resource", "a fence", "an event", "an object"};

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
    for (unsigned i = 0; i < HOLDER_KINDS; i++)
        atomic_init(&object->held[i], i == first);
    add_relaxed(&live_objects, 1);
}

void object_hold(struct object *object, enum holder as)
{
    add_relaxed(&object->held[as], 1);
    count_up(as < HOLDER_OWNER_KINDS ? &object->owners : &object->refs);
}

bool object_try_hold(struct object *object, enum holder as)
{
    if (!count_up_if_held(&object->owners))
        return false;
    add_relaxed(&object->held[as], 1);
    return true;
}

static void unref(struct object *object)
{
    if (!count_down(&object->refs))
        return;
    sub_relaxed(&live_objects, 1);
    object->ops->destroy(object);
}

void object_drop(struct object *object, enum holder as)
{
    if (!object)
        return;
    sub_relaxed(&object->held[as], 1);
    if (as >= HOLDER_OWNER_KINDS) {
        unref(object);
    } else if (count_down(&object->owners)) {
        kmt_end(object);
        object->ops->end(object);
        unref(object);
    }
}

unsigned object_held(const struct object *object, enum holder as)
{
    return load_relaxed(&object->held[as]);
}
