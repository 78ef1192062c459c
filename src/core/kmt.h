/* SPDX-License-Identifier: MIT */
/*
 * Global (D3DKMT) numbers: 32 bits, bit 30 set, low six bits 2. Weak: a number holds nothing
 * and dies with the object's last owner; a generation keeps it from naming the next object.
 */
#ifndef ISTHMUS_CORE_KMT_H
#define ISTHMUS_CORE_KMT_H

#include "core/object.h"

/* True for what looks like a global number, live or not: what tells it from an NT handle. */
bool kmt_looks_like(uint64_t value) FRONT_API(kmt_looks_like);

/* The object's number, the same at each call. IST_NO_RESOURCES: no number is free. */
enum ist_status kmt_number(struct object *object, uint32_t *out) FRONT_API(kmt_number)
    MUST_CHECK;

/* The object behind a number, held as `as` (an owner). IST_BAD_HANDLE, IST_WRONG_TYPE. */
enum ist_status kmt_get(struct session *session, uint64_t value, enum object_kind kind,
                        enum holder as, struct object **out) FRONT_API(kmt_get) MUST_CHECK;

/* Ends the number. Called by object.c when the last owner goes. */
void kmt_end(struct object *object);

#endif
