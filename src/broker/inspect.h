/* SPDX-License-Identifier: MIT */
/*
 * What the broker looks at in the fds of a parcel: their seals, their sizes, and whether some
 * process still has the object. It maps none of them.
 */
#ifndef ISTHMUS_BROKER_INSPECT_H
#define ISTHMUS_BROKER_INSPECT_H

#include "core/parcel.h"

/* What a parcel's fds cost and are; filled by inspect_parcel(). */
struct inspect_facts {
    uint64_t bytes; /* of all memfds */
    unsigned fds;
};

/* NULL, or what is wrong with the fds of a parcel, in words. */
const char *inspect_parcel(const struct parcel *parcel, struct inspect_facts *out);

/* The pipe's other end, as a new fd; -1 with errno. `fd` stays open. */
int inspect_reader(int fd);
int inspect_writer(int fd);

/* No process has a write end any more. */
bool inspect_over(int reader);

/* Both fds are of one file. */
bool inspect_same_file(int a, int b);

#endif
