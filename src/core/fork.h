/* SPDX-License-Identifier: MIT */
/*
 * What fork means for the library, on top of the fork gate (base/gate.h). A child that uses the
 * library gets working copies of what it inherited, with references of its own: crossed objects
 * are shared with the parent, others are copies. Work that the parent had queued is the
 * parent's and does not run in the child. A child that never uses the library keeps nobody's
 * death hidden: its ends of the life pipes are turned at once.
 */
#ifndef ISTHMUS_CORE_FORK_H
#define ISTHMUS_CORE_FORK_H

#include "base/gate.h"

/*
 * Around what internal threads do with the library's state, and around every lock (gate_lock()
 * does both). Never around a user's host function or a sleep.
 */
static inline void fork_gate_enter(void)
{
    gate_enter();
}

static inline void fork_gate_leave(void)
{
    gate_leave();
}

/* Before the first use in a child; elsewhere the test of a flag. */
static inline void fork_child_adopt(void)
{
    gate_adopt();
}

/* In the child, right after the fork: only what cannot wait, no lock, no allocation. */
void fork_on_child(void (*fn)(void));

/* In the child, inside the gate, before its first use of the library: everything else. */
void fork_on_adopt(void (*fn)(void));

#endif
