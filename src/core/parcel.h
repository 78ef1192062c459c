/* SPDX-License-Identifier: MIT */
/*
 * What an object becomes on its way to another process: up to four fds. The description says
 * what it is (sealed: nobody can change it), the sync page and the payload are the thing
 * itself, the life pipe tells the last holder in any process that it was the last (life.h).
 * Nothing in a parcel is believed before it was checked: parcel_open() is that check.
 */
#ifndef ISTHMUS_CORE_PARCEL_H
#define ISTHMUS_CORE_PARCEL_H

#include "core/object.h"

#define PARCEL_ID_BYTES 16

enum { PARCEL_DESCRIPTION, PARCEL_SYNC, PARCEL_PAYLOAD, PARCEL_LIFE, PARCEL_FDS };

struct parcel {
    unsigned char id[PARCEL_ID_BYTES];
    enum object_kind kind;
    uint64_t bytes;     /* of the payload */
    int fd[PARCEL_FDS]; /* -1: has none */
};

/* Owns nothing: every fd -1. */
void parcel_init(struct parcel *parcel);

/* Closes what it owns, and owns nothing afterwards. */
void parcel_close(struct parcel *parcel);

/*
 * Sorts fds that came without gaps (description, life pipe, payload, sync page) into a parcel,
 * which owns them. Of which kind it is, and so what the third fd is, parcel_open() will see.
 */
void parcel_from_fds(const int *fds, unsigned count, struct parcel *out);

/* The same order the other way: how many there are. */
unsigned parcel_to_fds(const struct parcel *parcel, int fds[PARCEL_FDS]);

/*
 * Fds of `object` (held by the caller) that the caller owns. From now on the object is crossed:
 * others may have it. IST_NOT_SUPPORTED: of a kind that does not cross, or not shareable.
 * IST_NO_MEMORY, IST_NO_RESOURCES.
 */
enum ist_status parcel_make(struct object *object, struct parcel *out) MUST_CHECK;

/*
 * The object of a parcel, held as `as` (an owner): the one that this process knows already, or
 * a new one. Takes the fds, whatever it answers. id, kind and bytes of `taken` are not believed
 * either: they are what somebody wrote beside the fds.
 * IST_BAD_PARCEL: broken or hostile, the reason says what. IST_BAD_HANDLE: the object has
 * ended. IST_VERSION, IST_WRONG_DEVICE, IST_NO_MEMORY, IST_NO_RESOURCES.
 */
enum ist_status parcel_open(struct session *session, struct parcel *taken, enum holder as,
                            struct object **out) MUST_CHECK;

#endif
