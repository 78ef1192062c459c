/* SPDX-License-Identifier: MIT */
/* The session's table of global numbers is weak: a look-up takes its owner under the slot's
 * lock. */
#include "core/kmt.h"

#include "core/session.h"

#define KMT_MARK 0x40000002U
#define KMT_SHIFT 6U
#define KMT_LOW_BITS 0x3fU
#define KMT_TOP_BITS 0xc0000000U

bool kmt_looks_like(uint64_t value)
{
    uint32_t high = (uint32_t)(value >> 32), low = (uint32_t)value;
    return (low & KMT_TOP_BITS) && (low & KMT_LOW_BITS) == 2 &&
           (high == 0 || high == UINT32_MAX);
}

/* SLOTMAP_NONE for a number with other top bits than those that we give out. */
static uint32_t slot_number(uint64_t kmt)
{
    if (kmt >> 30 != KMT_MARK >> 30)
        return SLOTMAP_NONE;
    return ((uint32_t)kmt & ~KMT_TOP_BITS) >> KMT_SHIFT;
}

enum ist_status kmt_number(struct object *object, uint32_t *out)
{
    uint32_t kmt = load_acquire(&object->kmt);
    if (!kmt) {
        uint32_t slot = slotmap_add(&object->session->kmts, object);
        if (!slot)
            return refuse(IST_NO_RESOURCES, "no global number is free");
        uint32_t fresh = slot << KMT_SHIFT | KMT_MARK;
        if (cas_acq_rel(&object->kmt, &kmt, fresh))
            kmt = fresh;
        else /* another thread was first: its number counts */
            slotmap_remove(&object->session->kmts, slot, NULL, NULL);
    }
    *out = kmt;
    return IST_OK;
}

struct wanted {
    enum object_kind kind, found;
    enum holder as;
    enum ist_status status;
};

static bool hold_wanted(void *value, void *arg)
{
    struct object *object = value;
    struct wanted *want = arg;
    want->found = object->kind;
    want->status = IST_OK;
    if (want->kind != OBJECT_ANY && want->kind != object->kind)
        want->status = IST_WRONG_TYPE;
    else if (!object_try_hold(object, want->as))
        want->status = IST_BAD_HANDLE; /* ended a moment ago */
    return want->status == IST_OK;
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

    struct object *object = slotmap_get(&session->kmts, slot_number(value), hold_wanted, &want);
    if (want.status == IST_WRONG_TYPE)
        return refuse(IST_WRONG_TYPE, "global handle 0x%x is of %s, %s was expected",
                      (uint32_t)value, object_kind_name(want.found), object_kind_name(kind));
    if (!object)
        return refuse(IST_BAD_HANDLE,
                      "global handle 0x%x names no live object: it holds no reference, and "
                      "dies "
                      "with the last one",
                      (uint32_t)value);
    *out = object;
    return IST_OK;
}

void kmt_end(struct object *object)
{
    uint32_t kmt = load_acquire(&object->kmt);
    if (kmt)
        slotmap_remove(&object->session->kmts, slot_number(kmt), NULL, NULL);
}
