/* SPDX-License-Identifier: MIT */
/*
 * Lists of objects are taken under the locks of the tables, with a hold for each; what needs
 * time or system calls is done afterwards, with no lock held.
 */
#include "core/crossed.h"

#include "base/gate.h"
#include "base/log.h"
#include "core/fence.h"
#include "core/fork.h"
#include "core/handle.h"
#include "core/life.h"
#include "core/name.h"
#include "core/parcel.h"
#include "core/process.h"
#include "core/remote.h"
#include "core/resource.h"
#include "core/session.h"

#include <string.h>

/* Objects with a hold on each. What does not fit is left out: it came while we counted. */
struct gathered {
    struct object **object;
    size_t count, room;
};

static void gather(struct gathered *all, struct object *object, enum holder as)
{
    if (all->count < all->room && object_try_hold(object, as))
        all->object[all->count++] = object;
}

static bool gather_room(struct gathered *all, size_t room)
{
    *all = (struct gathered){.room = room};
    all->object = room ? calloc(room, sizeof(struct object *)) : NULL;
    return all->object != NULL;
}

static void gather_crossing(struct id_entry *entry, void *arg)
{
    gather(arg, container_of(entry, struct crossing, entry)->object, HOLDER_IMPORT);
}

static void drop_all(struct gathered *all)
{
    for (size_t i = 0; i < all->count; i++)
        object_drop(all->object[i], HOLDER_IMPORT);
    free(all->object);
}

/* ---- What the client asks ---- */

static void each_crossed(void (*visit)(void *arg, const struct parcel *parcel), void *arg)
{
    struct session *session = session_default();
    struct gathered all;
    if (!gather_room(&all, load_relaxed(&session->ids.count)))
        return;
    ids_each(&session->ids, gather_crossing, &all);
    for (size_t i = 0; i < all.count; i++) {
        struct parcel parcel;
        if (parcel_make(all.object[i], &parcel) != IST_OK)
            continue;
        visit(arg, &parcel);
        parcel_close(&parcel);
    }
    drop_all(&all);
}

static void report_fence(struct fence *fence, struct remote_report *out)
{
    out->has_fence = true;
    out->fence_value = fence_value(fence);
    out->fence_waiters = load_relaxed(&load_acquire(&fence->timeline.line)->waiters);
}

static void report_resource(struct resource *r, struct remote_report *out)
{
    out->bytes = r->memory.size;
    out->has_mutex = r->desc.keyed_mutex;
    if (!out->has_mutex)
        return;
    struct kmutex_report look = kmutex_look(&r->kmutex);
    out->mutex_state = look.abandoned ? 2 : look.owned ? 1 : 0;
    out->mutex_owner = look.helper;
    out->mutex_key = look.key;
}

static void report_object(struct object *object, struct remote_report *out)
{
    struct crossing *c = load_acquire(&object->crossing);
    *out = (struct remote_report){.kind = object->kind};
    memcpy(out->id, &c->entry.key, sizeof(out->id));
    for (unsigned i = 0; i < HOLDER_KINDS; i++)
        out->held[i] = object_held(object, i);
    out->held[HOLDER_IMPORT]--; /* ours, while we look */
    if (object->kind == OBJECT_FENCE)
        report_fence(fence_from_object(object), out);
    else
        report_resource(resource_from_object(object), out);
}

static void report(void (*visit)(void *arg, const struct remote_report *report), void *arg)
{
    struct session *session = session_default();
    struct gathered all;
    if (!gather_room(&all, load_relaxed(&session->ids.count)))
        return;
    ids_each(&session->ids, gather_crossing, &all);
    for (size_t i = 0; i < all.count; i++) {
        struct remote_report line;
        report_object(all.object[i], &line);
        visit(arg, &line);
    }
    drop_all(&all);
}

static const struct remote_hooks hooks = {
    .each_crossed = each_crossed,
    .report = report,
    .give = handle_give,
    .mail = handle_fetch,
};

/* ---- Around a fork ---- */

static void count_handle(uint32_t value, const struct object *object, const char *name,
                         void *arg)
{
    (void)value;
    (void)name;
    *(size_t *)arg += object->kind == OBJECT_RESOURCE || object->kind == OBJECT_FENCE;
}

static void gather_handle(uint32_t value, const struct object *object, const char *name,
                          void *arg)
{
    (void)value;
    (void)name;
    struct object *o = (struct object *)(uintptr_t)object; /* lives: we are under its slot */
    if ((o->kind == OBJECT_RESOURCE || o->kind == OBJECT_FENCE) && !load_acquire(&o->crossing))
        gather(arg, o, HOLDER_IMPORT);
}

static void gather_number(struct id_entry *entry, void *arg)
{
    struct object *object = container_of(entry, struct object, number);
    if (!load_acquire(&object->crossing))
        gather(arg, object, HOLDER_IMPORT);
}

/*
 * What the child inherits a handle or a number of is one object for both from now on, so it
 * gets its id and its pipe before there are two of it. A fence moves to a page.
 */
static void cross(struct object *object)
{
    struct crossing *c;
    int page;
    enum ist_status status = crossing_get(object, &c);
    if (status == IST_OK && object->kind == OBJECT_FENCE)
        status = fence_share(fence_from_object(object), &page);
    if (status != IST_OK)
        log_line(LOG_WARN, "fork", "the child will have a copy of %s, not the same one",
                 object_kind_name(object->kind));
}

/* The pages of keyed mutexes are shared memory, whether they have crossed or not. */
static void share_mutexes(void)
{
    size_t count;
    int page;
    struct object **all = live_pin_all(&count);
    for (size_t i = 0; all && i < count; i++) {
        bool resource = all[i]->kind == OBJECT_RESOURCE;
        if (resource && resource_from_object(all[i])->desc.keyed_mutex &&
            kmutex_share(&resource_from_object(all[i])->kmutex, &page) != IST_OK)
            log_line(LOG_WARN, "fork", "the child may wait in vain for a keyed mutex's order");
        object_unpin(all[i]);
    }
    free(all);
}

static void before_fork(void)
{
    struct session *session = session_default();
    struct gathered all;
    share_mutexes();
    size_t count = load_relaxed(&session->kmts.count);
    handle_each(session, count_handle, &count);
    if (!gather_room(&all, count))
        return;
    handle_each(session, gather_handle, &all);
    ids_each(&session->kmts, gather_number, &all);
    for (size_t i = 0; i < all.count; i++)
        cross(all.object[i]);
    drop_all(&all);
}

static void turn_end(struct id_entry *entry, void *arg)
{
    (void)arg;
    life_inherit(container_of(entry, struct crossing, entry));
}

static void in_child(void)
{
    log_forked();
    ids_each(&session_default()->ids, turn_end, NULL);
}

static void pin_crossing(struct id_entry *entry, void *arg)
{
    struct gathered *all = arg;
    struct object *object = container_of(entry, struct crossing, entry)->object;
    if (all->count < all->room && object_try_pin(object))
        all->object[all->count++] = object;
}

static void adopt(void)
{
    struct session *session = session_default();
    struct gathered all;
    handle_adopt();
    if (gather_room(&all, load_relaxed(&session->ids.count)))
        ids_each(&session->ids, pin_crossing, &all);
    for (size_t i = 0; i < all.count; i++) {
        life_adopt(load_acquire(&all.object[i]->crossing));
        object_unpin(all.object[i]);
    }
    free(all.object);
    name_adopt(session);
}

static const struct gate_hooks fork_hooks = {
    .prepare = before_fork,
    .child = in_child,
    .adopt = adopt,
};

void crossed_start(struct session *session)
{
    if (!session->alone)
        remote_start(&hooks);
    gate_on_fork(&fork_hooks);
}
