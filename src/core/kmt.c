/* SPDX-License-Identifier: MIT */
/*
 * The session's table of global numbers is weak: a look-up takes its owner under the chain's
 * lock. It is the fast path; the truth for all processes is the broker's. `giving` is held
 * while an object's number comes or goes.
 */
#include "core/kmt.h"

#include "base/gate.h"
#include "core/parcel.h"
#include "core/remote.h"
#include "core/session.h"

#define KMT_MARK 0x40000002U
#define KMT_SHIFT 6U
#define KMT_LOW_BITS 0x3fU
#define KMT_TOP_BITS 0xc0000000U
#define KMT_COUNT_MASK 0xfffffU /* 20 of the 24 bits between; the others are an epoch */

bool kmt_looks_like(uint64_t value)
{
    uint32_t high = (uint32_t)(value >> 32), low = (uint32_t)value;
    return (low & KMT_TOP_BITS) && (low & KMT_LOW_BITS) == 2 &&
           (high == 0 || high == UINT32_MAX);
}

static struct id_key key_of(uint32_t kmt)
{
    return (struct id_key){{kmt, 0}};
}

/*
 * Without a broker numbers are counted here, with 0 where the broker's have its epoch. One
 * comes again after a million others. The first ones are large: what a program makes up, such
 * as 0x40000042, should stay unknown.
 */
static uint32_t next_local(void)
{
    static _Atomic uint32_t count = 0x1000; /* of numbers given: publishes nothing */
    return ((add_relaxed(&count, 1) + 1) & KMT_COUNT_MASK) << KMT_SHIFT | KMT_MARK;
}

static bool is_live(struct id_entry *entry, void *arg)
{
    (void)entry;
    (void)arg;
    return true;
}

/* Enters a number that this process makes up itself; skips those that are still in use. */
static enum ist_status enter_local(struct object *object, uint32_t *out)
{
    for (unsigned tries = 0; tries <= KMT_COUNT_MASK; tries++) {
        uint32_t kmt = next_local();
        if (!ids_add(&object->session->kmts, &object->number, key_of(kmt), is_live, NULL)) {
            *out = kmt;
            return IST_OK;
        }
    }
    return refuse(IST_NO_RESOURCES, "no global number is free");
}

/* The number by which other processes find it, if there is a broker. */
static enum ist_status publish(struct object *object, uint32_t *out)
{
    _cleanup_(parcel_close) struct parcel parcel;
    parcel_init(&parcel);
    if (object->session->alone)
        return IST_NO_BROKER;
    enum ist_status status = parcel_make(object, &parcel);
    if (status == IST_NOT_SUPPORTED) /* nobody else could open it */
        return IST_NO_BROKER;
    return status == IST_OK ? remote_publish(&parcel, out) : status;
}

/*
 * Its number here, too. One thread at a time gives a number, so the entry is in one chain at
 * most; it goes with the last owner (kmt_end()), and may come again with the next one.
 */
static void enter_locked(struct object *object, uint32_t kmt)
{
    if (load_acquire(&object->kmt) || !load_acquire(&object->owners))
        return;
    ids_add(&object->session->kmts, &object->number, key_of(kmt), NULL, NULL);
    store_release(&object->kmt, kmt);
}

static pthread_mutex_t giving = PTHREAD_MUTEX_INITIALIZER; /* first numbers only */

static void enter(struct object *object, uint32_t kmt)
{
    gate_lock(&giving);
    enter_locked(object, kmt);
    gate_unlock(&giving);
}

static enum ist_status give_local(struct object *object)
{
    uint32_t kmt;
    enum ist_status status = IST_OK;
    gate_lock(&giving);
    if (!load_acquire(&object->kmt)) {
        status = enter_local(object, &kmt);
        if (status == IST_OK)
            store_release(&object->kmt, kmt);
    }
    gate_unlock(&giving);
    return status;
}

enum ist_status kmt_number(struct object *object, uint32_t *out)
{
    uint32_t kmt = load_acquire(&object->kmt);
    if (!kmt) {
        enum ist_status status = publish(object, &kmt);
        if (status == IST_OK)
            enter(object, kmt);
        else if (status == IST_NO_BROKER)
            status = give_local(object);
        if (status != IST_OK)
            return status;
        kmt = load_acquire(&object->kmt);
    }
    *out = kmt;
    return IST_OK;
}

struct wanted {
    enum object_kind kind, found;
    enum holder as;
    enum ist_status status;
};

static bool hold_wanted(struct id_entry *entry, void *arg)
{
    struct object *object = container_of(entry, struct object, number);
    struct wanted *want = arg;
    want->found = object->kind;
    want->status = IST_OK;
    if (want->kind != OBJECT_ANY && want->kind != object->kind)
        want->status = IST_WRONG_TYPE;
    else if (!object_try_hold(object, want->as))
        want->status = IST_BAD_HANDLE; /* ended a moment ago */
    return want->status == IST_OK;
}

static enum ist_status find_here(struct session *session, uint32_t kmt, struct wanted *want,
                                 struct object **out)
{
    struct id_entry *entry = ids_get(&session->kmts, key_of(kmt), hold_wanted, want);
    if (entry)
        *out = container_of(entry, struct object, number);
    return want->status;
}

/* What another process has: from now on found here, too. */
static enum ist_status find_elsewhere(struct session *session, uint32_t kmt,
                                      struct wanted *want, struct object **out)
{
    struct parcel parcel;
    struct object *object;
    enum ist_status status = remote_find_number(kmt, &parcel);
    if (status == IST_OK)
        status = parcel_open(session, &parcel, want->as, &object);
    if (status != IST_OK)
        return status;
    enter(object, kmt);
    want->found = object->kind;
    if (want->kind != OBJECT_ANY && want->kind != object->kind) {
        object_drop(object, want->as);
        return IST_WRONG_TYPE;
    }
    *out = object;
    return IST_OK;
}

static enum ist_status refuse_number(uint32_t kmt)
{
    return refuse(IST_BAD_HANDLE,
                  "global handle 0x%x names no live object: it holds no reference, and dies "
                  "with the last one",
                  kmt);
}

enum ist_status kmt_get(struct session *session, uint64_t value, enum object_kind kind,
                        enum holder as, struct object **out)
{
    struct wanted want = {.kind = kind, .as = as, .status = IST_BAD_HANDLE};
    if (!value)
        return refuse(IST_BAD_HANDLE, "the handle is NULL");
    if (!kmt_looks_like(value))
        return refuse(IST_BAD_HANDLE,
                      "handle 0x%llx is not a global (KMT) handle: those have bit 30 or 31 set "
                      "and low bits 0x2; an NT handle comes from CreateSharedHandle",
                      (unsigned long long)value);
    uint32_t kmt = (uint32_t)value;
    if ((kmt & KMT_TOP_BITS) != (KMT_MARK & KMT_TOP_BITS) || value >> 32)
        return refuse_number(kmt); /* top bits that nobody here gives out */

    enum ist_status status = find_here(session, kmt, &want, out);
    if (status == IST_BAD_HANDLE)
        status = find_elsewhere(session, kmt, &want, out);
    if (status == IST_WRONG_TYPE)
        return refuse(IST_WRONG_TYPE, "global handle 0x%x is of %s, %s was expected", kmt,
                      object_kind_name(want.found), object_kind_name(kind));
    if (status == IST_NO_BROKER || status == IST_BAD_HANDLE)
        return refuse_number(kmt);
    return status;
}

/* The last owner is going, so nobody gives a number meanwhile but who finds it dormant
 * later. */
void kmt_end(struct object *object)
{
    if (!load_acquire(&object->kmt))
        return;
    gate_lock(&giving);
    if (load_acquire(&object->kmt)) {
        ids_remove(&object->session->kmts, &object->number);
        store_release(&object->kmt, 0);
    }
    gate_unlock(&giving);
}
