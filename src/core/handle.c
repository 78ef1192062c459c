/* SPDX-License-Identifier: MIT */
/*
 * The session's tables of NT handles. An entry is freed only after its slot was ended, and is
 * read and changed only under its slot's lock, so no other lock is needed.
 *
 * Handles that other processes put into this one have values of the broker's choice (bit 29)
 * and a table of their own. They are fetched when the broker tells of them, so that they
 * survive it, or by the first look-up that misses them: `taking` lets one thread at a time ask.
 */
#include "core/handle.h"

#include "base/gate.h"
#include "base/log.h"
#include "core/fork.h"
#include "core/kmt.h"
#include "core/name.h"
#include "core/parcel.h"
#include "core/remote.h"
#include "core/session.h"

#include <string.h>

struct handle {
    struct id_entry entry; /* in session->foreign, if the value is of that kind */
    struct object *object; /* held as HOLDER_HANDLE */
    struct name *name;     /* held; NULL: created without one */
    uint32_t access;
    unsigned flags;
};

#define HANDLE_SHIFT 2U
#define FETCH_ROOM 256 /* so many are fetched unasked: the rest is not charged to us */

/* The slot number in a HANDLE; SLOTMAP_NONE for what no handle looks like. */
static uint32_t slot_number(uint64_t value)
{
    uint32_t high = (uint32_t)(value >> 32), low = (uint32_t)value;
    if (low & 3 || low >> 30 || high != 0)
        return SLOTMAP_NONE;
    return low >> HANDLE_SHIFT;
}

static bool is_foreign(uint64_t value)
{
    return value >> 30 == 0 && (value & REMOTE_VALUE_BIT) && value % 4 == 0;
}

static struct id_key key_of(uint64_t value)
{
    return (struct id_key){{value, 0}};
}

/* From a chain's entry to the handle, for those who know handles. */
struct foreign_ref {
    slotmap_ref ref;
    void *arg;
};

static bool refer_foreign(struct id_entry *entry, void *arg)
{
    const struct foreign_ref *by = arg;
    return by->ref(container_of(entry, struct handle, entry), by->arg);
}

static bool is_there(void *value, void *arg)
{
    (void)value;
    (void)arg;
    return true;
}

static struct handle *find_foreign(struct session *session, uint64_t value, slotmap_ref ref,
                                   void *arg)
{
    struct foreign_ref by = {ref, arg};
    struct id_entry *entry = ids_get(&session->foreign, key_of(value), refer_foreign, &by);
    return entry ? container_of(entry, struct handle, entry) : NULL;
}

/* The handle that was sent, out of its parcel; the name is lost if nobody holds it any more. */
static enum ist_status unpack(struct session *session, struct remote_handle *sent,
                              struct handle *out)
{
    unsigned char id[PARCEL_ID_BYTES];
    memcpy(id, sent->parcel.id, sizeof(id));
    *out = (struct handle){.access = sent->access, .flags = sent->flags & HANDLE_FLAGS_ALL};
    enum ist_status status = parcel_open(session, &sent->parcel, HOLDER_HANDLE, &out->object);
    if (!sent->name_key[0])
        return status;
    if (status == IST_OK &&
        name_attach(out->object, sent->name_key, sent->name_key + 1, &out->name) != IST_OK)
        out->name = NULL;
    remote_drop_name(sent->name_key, id); /* the hold that came with it: `name` has its own */
    return status;
}

static pthread_mutex_t taking = PTHREAD_MUTEX_INITIALIZER;

/* False: the broker has none, or memory is short. One that cannot be opened here is lost, with
 * a line in the log. */
static bool take_in_locked(struct session *session, uint64_t value)
{
    _cleanup_(freep) struct handle *h = calloc(1, sizeof(*h));
    _cleanup_(freep) struct remote_handle *sent = malloc(sizeof(*sent));
    if (!h || !sent || remote_take((uint32_t)value, sent) != IST_OK)
        return false;
    struct id_key key = key_of(sent->value);
    if (unpack(session, sent, h) == IST_OK)
        ids_add(&session->foreign, &take(&h, NULL)->entry, key, NULL, NULL);
    else
        log_line(LOG_WARN, "handle", "a handle of another process is lost: %s",
                 status_reason());
    return true;
}

/* What another process has put here and nobody has looked at yet. The request sleeps, so the
 * lock is held outside the fork gate; the child of a fork makes it anew. */
static void take_in(struct session *session, uint64_t value)
{
    if (session->alone || find_foreign(session, value, is_there, NULL))
        return;
    fork_child_adopt();
    pthread_mutex_lock(&taking);
    if (!find_foreign(session, value, is_there, NULL)) /* else another thread was first */
        take_in_locked(session, value);
    pthread_mutex_unlock(&taking);
}

void handle_fetch(void)
{
    struct session *session = session_default();
    pthread_mutex_lock(&taking);
    while (load_relaxed(&session->foreign.count) < FETCH_ROOM && take_in_locked(session, 0))
        ;
    pthread_mutex_unlock(&taking);
}

void handle_adopt(void)
{
    pthread_mutex_init(&taking, NULL);
}

/* The live handle of that value after ref said yes, whichever table it is in. */
static struct handle *find_handle(struct session *session, uint64_t value, slotmap_ref ref,
                                  void *arg)
{
    if (!is_foreign(value))
        return slotmap_get(&session->handles, slot_number(value), ref, arg);
    take_in(session, value);
    return find_foreign(session, value, ref, arg);
}

/* Without asking the broker for it. */
static struct handle *remove_known(struct session *session, uint64_t value, slotmap_ref ref,
                                   void *arg)
{
    struct foreign_ref by = {ref, arg};
    if (!is_foreign(value))
        return slotmap_remove(&session->handles, slot_number(value), ref, arg);
    struct id_entry *entry = ids_take(&session->foreign, key_of(value), refer_foreign, &by);
    return entry ? container_of(entry, struct handle, entry) : NULL;
}

static struct handle *remove_handle(struct session *session, uint64_t value, slotmap_ref ref,
                                    void *arg)
{
    if (is_foreign(value))
        take_in(session, value);
    return remove_known(session, value, ref, arg);
}

static enum ist_status refuse_dead(uint64_t value)
{
    unsigned long long v = value;
    if (value == 0)
        return refuse(IST_BAD_HANDLE, "the handle is NULL");
    if (kmt_looks_like(value))
        return refuse(IST_BAD_HANDLE,
                      "handle 0x%llx is a global (KMT) handle from GetSharedHandle; an NT "
                      "handle "
                      "from CreateSharedHandle was expected",
                      v);
    if (slot_number(value) == SLOTMAP_NONE)
        return refuse(IST_BAD_HANDLE,
                      "handle 0x%llx is no handle: those are multiples of 4 "
                      "below 2^30",
                      v);
    return refuse(IST_BAD_HANDLE,
                  "handle 0x%llx is not open: closed before, or never given out", v);
}

/* Consumes the holds on object and name that the caller took for the new handle. */
static enum ist_status handle_add(struct object *object, struct name *name, uint32_t access,
                                  unsigned flags, uint32_t *out)
{
    struct handle *h = malloc(sizeof(*h));
    uint32_t slot = 0;
    if (h) {
        *h = (struct handle){.object = object, .name = name, .access = access, .flags = flags};
        live_name_holder(object, HOLDER_HANDLE, h); /* here: once in the table, it may go */
        slot = slotmap_add(&object->session->handles, h);
    }
    if (!slot) {
        name_drop(object->session, name);
        object_drop_by(object, HOLDER_HANDLE, h);
        free(h);
        return refuse(IST_NO_RESOURCES, "no further handle: memory or the table is full");
    }
    *out = slot << HANDLE_SHIFT;
    return IST_OK;
}

enum ist_status handle_create(struct object *object, const char *name, uint32_t access,
                              unsigned flags, uint32_t *out)
{
    struct name *entry = NULL;
    if (name) {
        enum ist_status status = name_bind(object, name, &entry);
        if (status != IST_OK)
            return status;
    }
    object_hold(object, HOLDER_HANDLE);
    return handle_add(object, entry, access, flags, out);
}

/* What a look-up wants and what it found, filled under the slot's lock. */
struct lookup {
    enum object_kind kind, found_kind;
    uint32_t access;
    enum holder as;
    enum ist_status status;
    struct handle_parts found;
    struct handle_info info;
};

static struct handle_parts parts_of(const struct handle *h)
{
    return (struct handle_parts){h->object, h->name, h->access, h->flags};
}

static enum ist_status judge(const struct lookup *want, const struct handle_parts *h)
{
    if (want->kind != OBJECT_ANY && want->kind != h->object->kind)
        return IST_WRONG_TYPE;
    return (h->access & want->access) == want->access ? IST_OK : IST_ACCESS_DENIED;
}

static bool look_and_hold(void *value, void *arg)
{
    struct lookup *l = arg;
    l->found = parts_of(value);
    l->found_kind = l->found.object->kind;
    l->status = judge(l, &l->found);
    if (l->status == IST_OK)
        object_hold(l->found.object, l->as);
    return l->status == IST_OK;
}

static enum ist_status refuse_lookup(uint64_t value, const struct lookup *l)
{
    if (l->status == IST_WRONG_TYPE)
        return refuse(IST_WRONG_TYPE, "handle 0x%llx is of %s, %s was expected",
                      (unsigned long long)value, object_kind_name(l->found_kind),
                      object_kind_name(l->kind));
    if (l->status == IST_ACCESS_DENIED)
        return refuse(IST_ACCESS_DENIED,
                      "handle 0x%llx has access 0x%x, 0x%x is needed: ask for GENERIC_ALL "
                      "when it is made",
                      (unsigned long long)value, l->found.access, l->access);
    return refuse_dead(value);
}

enum ist_status handle_get(struct session *session, uint64_t value, enum object_kind kind,
                           uint32_t access, enum holder as, struct object **out)
{
    struct lookup l = {.kind = kind, .access = access, .as = as, .status = IST_BAD_HANDLE};
    if (!find_handle(session, value, look_and_hold, &l))
        return refuse_lookup(value, &l);
    *out = l.found.object;
    return IST_OK;
}

static bool may_close(void *value, void *arg)
{
    bool *protected = arg;
    *protected = (((struct handle *)value)->flags & HANDLE_PROTECT_FROM_CLOSE) != 0;
    return !*protected;
}

enum ist_status handle_close(struct session *session, uint64_t value)
{
    bool protected = false;
    struct handle *h = remove_handle(session, value, may_close, &protected);
    if (protected)
        return refuse(IST_BAD_HANDLE, "handle 0x%llx is protected from closing",
                      (unsigned long long)value);
    if (!h)
        return refuse_dead(value);

    /* The name first: while it can be found, the handle's hold keeps the object alive. */
    name_drop(session, h->name);
    object_drop_by(h->object, HOLDER_HANDLE, h);
    free(h);
    return IST_OK;
}

static bool look_and_share(void *value, void *arg)
{
    struct lookup *l = arg;
    l->found = parts_of(value);
    object_hold(l->found.object, HOLDER_HANDLE);
    name_hold(l->found.object->session, l->found.name);
    return true;
}

enum ist_status handle_duplicate(struct session *session, uint64_t value,
                                 const uint32_t *access, unsigned flags, uint32_t *out)
{
    struct lookup l = {.status = IST_BAD_HANDLE};
    if (!find_handle(session, value, look_and_share, &l))
        return refuse_dead(value);
    return handle_add(l.found.object, l.found.name, access ? *access : l.found.access,
                      flags & HANDLE_FLAGS_ALL, out);
}

static bool describe(void *value, void *arg)
{
    const struct handle *h = value;
    struct handle_info *info = arg;
    *info = (struct handle_info){
        .kind = h->object->kind,
        .access = h->access,
        .flags = h->flags,
        .handle_count = object_held(h->object, HOLDER_HANDLE),
        .owner_count = load_relaxed(&h->object->owners),
    };
    return true;
}

enum ist_status handle_query(struct session *session, uint64_t value, struct handle_info *out)
{
    if (!find_handle(session, value, describe, out))
        return refuse_dead(value);
    return IST_OK;
}

struct flag_change {
    unsigned mask, flags;
};

static bool change_flags(void *value, void *arg)
{
    struct handle *h = value;
    const struct flag_change *change = arg;
    h->flags = (h->flags & ~change->mask) | (change->flags & change->mask);
    return true;
}

enum ist_status handle_set_flags(struct session *session, uint64_t value, unsigned mask,
                                 unsigned flags)
{
    struct flag_change change = {mask, flags};
    if (mask & ~HANDLE_FLAGS_ALL)
        return refuse(IST_BAD_ARG, "handle flag mask 0x%x: only 0x%x exist", mask,
                      HANDLE_FLAGS_ALL);
    if (!find_handle(session, value, change_flags, &change))
        return refuse_dead(value);
    return IST_OK;
}

static bool share_known(struct session *session, uint64_t value, struct handle_parts *out)
{
    struct lookup l = {.status = IST_BAD_HANDLE};
    void *found = is_foreign(value)
                      ? (void *)find_foreign(session, value, look_and_share, &l)
                      : slotmap_get(&session->handles, slot_number(value), look_and_share, &l);
    if (found)
        *out = l.found;
    return found;
}

enum ist_status handle_share(struct session *session, uint64_t value, struct handle_parts *out)
{
    struct lookup l = {.status = IST_BAD_HANDLE};
    if (!find_handle(session, value, look_and_share, &l))
        return refuse_dead(value);
    *out = l.found;
    return IST_OK;
}

/* Whoever takes handles in at this moment may be about to have this one. */
enum ist_status handle_share_known(struct session *session, uint64_t value,
                                   struct handle_parts *out)
{
    if (share_known(session, value, out))
        return IST_OK;
    if (!is_foreign(value))
        return refuse_dead(value);
    if (pthread_mutex_trylock(&taking) != 0)
        return answer(IST_BUSY, "handle 0x%llx may be arriving", (unsigned long long)value);
    bool found = share_known(session, value, out);
    pthread_mutex_unlock(&taking);
    return found ? IST_OK : refuse_dead(value);
}

enum ist_status handle_detach(struct session *session, uint64_t value, struct handle_parts *out)
{
    bool protected = false;
    struct handle *h = remove_known(session, value, may_close, &protected);
    if (!h)
        return IST_BAD_HANDLE;
    *out = parts_of(h);
    free(h);
    return IST_OK;
}

/* A handle that was pulled: the same as one that was pushed, under a value of our own. */
enum ist_status handle_accept(struct session *session, struct remote_handle *sent,
                              uint32_t *out)
{
    struct handle h;
    enum ist_status status = unpack(session, sent, &h);
    if (status != IST_OK)
        return status;
    return handle_add(h.object, h.name, h.access, h.flags, out);
}

struct visit {
    void (*fn)(uint32_t value, const struct object *object, const char *name, void *arg);
    void *arg;
};

static bool visit(uint32_t number, void *value, void *arg)
{
    const struct visit *v = arg;
    const struct handle *h = value;
    v->fn(number << HANDLE_SHIFT, h->object, h->name ? name_text(h->name) : NULL, v->arg);
    return true;
}

static void visit_foreign(struct id_entry *entry, void *arg)
{
    const struct visit *v = arg;
    const struct handle *h = container_of(entry, struct handle, entry);
    v->fn((uint32_t)entry->key.word[0], h->object, h->name ? name_text(h->name) : NULL, v->arg);
}

void handle_each(struct session *session,
                 void (*fn)(uint32_t value, const struct object *object, const char *name,
                            void *arg),
                 void *arg)
{
    struct visit v = {fn, arg};
    slotmap_each(&session->handles, visit, &v);
    ids_each(&session->foreign, visit_foreign, &v);
}

enum ist_status handle_open_shared(struct object *object, struct name *name, uint32_t access,
                                   unsigned flags, uint32_t *out)
{
    return handle_add(object, name, access, flags, out);
}
