/* SPDX-License-Identifier: MIT */
/*
 * The walk over all import paths: each is gone once, with bytes that are checked on the other
 * side. `isthmus demo` prints the rows, `isthmus doctor` only counts them.
 */
#ifndef ISTHMUS_TOOLS_DEMO_WALK_H
#define ISTHMUS_TOOLS_DEMO_WALK_H

#include "demo/rig.h"

enum walk_kind { WALK_MEMORY, WALK_FENCE, WALK_MUTEX, WALK_KINDS };

/* One path that was gone to its end. */
struct walk_row {
    const char *what;   /* "memory", "fence", "keyed mutex" */
    const char *way;    /* "NT handle", "name", "KMT handle" */
    const char *object; /* what the bytes were in */
    uint64_t bytes;     /* compared, both directions together */
    double us;          /* from the creation of the object to its end */
};

/* Whoever wants to hear of each row. */
struct walk_listener {
    void (*row)(void *user, const struct walk_row *row);
    void *user;
};

/* Both are false at the first call that fails or byte that differs, and have said why. */
bool walk(struct rig *rig, enum walk_kind kind, const struct walk_listener *listener);

/*
 * D3D11 in this process and CUDA in another one, by each of the eight ways. This process must
 * not have used the library before.
 */
bool walk_between_processes(const struct walk_listener *listener);

#endif
