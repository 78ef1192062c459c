/* SPDX-License-Identifier: MIT */
/*
 * The session's table of NT handles. An entry is freed only after its slot was ended, and is
 * read and changed only under its slot's lock, so no other lock is needed.
 */
#include "core/handle.h"

#include "core/kmt.h"
#include "core/name.h"
#include "core/session.h"

struct handle {
    struct object *object; /* held as HOLDER_HANDLE */
    struct name *name;     /* held; NULL: created without one */
    uint32_t access;
    unsigned flags;
};

#define HANDLE_SHIFT 2U

/* The slot number in a HANDLE; SLOTMAP_NONE for what no handle looks like. */
static uint32_t slot_number(uint64_t value)
{
    uint32_t high = (uint32_t)(value >> 32), low = (uint32_t)value;
    if (low & 3 || low >> 30 || high != 0)
        return SLOTMAP_NONE;
    return low >> HANDLE_SHIFT;
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
        *h = (struct handle){object, name, access, flags};
        slot = slotmap_add(&object->session->handles, h);
    }
    if (!slot) {
        free(h);
        name_drop(object->session, name);
        object_drop(object, HOLDER_HANDLE);
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
    struct handle found;
    struct handle_info info;
};

static enum ist_status judge(const struct lookup *want, const struct handle *h)
{
    if (want->kind != OBJECT_ANY && want->kind != h->object->kind)
        return IST_WRONG_TYPE;
    return (h->access & want->access) == want->access ? IST_OK : IST_ACCESS_DENIED;
}

static bool look_and_hold(void *value, void *arg)
{
    struct lookup *l = arg;
    l->found = *(struct handle *)value;
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
    if (!slotmap_get(&session->handles, slot_number(value), look_and_hold, &l))
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
    struct handle *h =
        slotmap_remove(&session->handles, slot_number(value), may_close, &protected);
    if (protected)
        return refuse(IST_BAD_HANDLE, "handle 0x%llx is protected from closing",
                      (unsigned long long)value);
    if (!h)
        return refuse_dead(value);

    /* The name first: while it can be found, the handle's hold keeps the object alive. */
    name_drop(session, h->name);
    object_drop(h->object, HOLDER_HANDLE);
    free(h);
    return IST_OK;
}

static bool look_and_share(void *value, void *arg)
{
    struct lookup *l = arg;
    l->found = *(struct handle *)value;
    object_hold(l->found.object, HOLDER_HANDLE);
    name_hold(l->found.object->session, l->found.name);
    return true;
}

enum ist_status handle_duplicate(struct session *session, uint64_t value,
                                 const uint32_t *access, unsigned flags, uint32_t *out)
{
    struct lookup l = {.status = IST_BAD_HANDLE};
    if (!slotmap_get(&session->handles, slot_number(value), look_and_share, &l))
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
    if (!slotmap_get(&session->handles, slot_number(value), describe, out))
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
    if (!slotmap_get(&session->handles, slot_number(value), change_flags, &change))
        return refuse_dead(value);
    return IST_OK;
}

enum ist_status handle_open_shared(struct object *object, struct name *name, uint32_t access,
                                   unsigned flags, uint32_t *out)
{
    return handle_add(object, name, access, flags, out);
}
