/* SPDX-License-Identifier: MIT */
/*
 * Names of objects: one directory for all kinds, as on Windows. UTF-8, at most 260 characters,
 * compared without regard to case (those of events: with it); `Local\x` is `x`, `Global\x` is
 * another one. A name lives as long as a handle that was created with it, or a duplicate of
 * such a handle.
 */
#ifndef ISTHMUS_CORE_NAME_H
#define ISTHMUS_CORE_NAME_H

#include "base/list.h"
#include "core/object.h"

#define NAME_MAX_CHARS 260

struct name; /* one entry; held by handles */

/* A new entry for `object`, held once. IST_NAME_TAKEN, IST_BAD_NAME, IST_NAME_TOO_LONG. */
enum ist_status name_bind(struct object *object, const char *utf8, struct name **out)
    MUST_CHECK;

/* The name as it was given, without its prefix; lives as long as the entry is held. */
const char *name_text(const struct name *name);

/*
 * What the broker finds it by: its folded form with the directory in front; "" if the broker
 * does not know it.
 */
const char *name_key(const struct name *name);

/*
 * The entry for a handle that came from another process with a name that the broker knows, held
 * once more. `folded` as name_key() gives it, `exact` as it was given. IST_NOT_FOUND: the name
 * has gone meanwhile, or is another object's.
 */
enum ist_status name_attach(struct object *object, const char *folded, const char *exact,
                            struct name **out) MUST_CHECK;

/* For fork: what the child of a fork inherited becomes its own, as the broker sees it. */
void name_adopt(struct session *session);

/* One more or one less handle of the entry; the last one removes it. NULL does nothing. */
void name_hold(struct session *session, struct name *name);
void name_drop(struct session *session, struct name *name);

/*
 * The object of that name, held as `as`. IST_NOT_FOUND, IST_WRONG_TYPE, IST_BAD_NAME,
 * IST_NAME_TOO_LONG. Case is ignored.
 */
enum ist_status name_get(struct session *session, const char *utf8, enum object_kind kind,
                         enum holder as, struct object **out) FRONT_API(name_get) MUST_CHECK;

/* One more handle of the object that has that name; the new handle keeps the name alive too. */
enum ist_status name_open_handle(struct session *session, const char *utf8,
                                 enum object_kind kind, uint32_t access, unsigned flags,
                                 uint32_t *out) FRONT_API(name_open_handle) MUST_CHECK;

#endif
