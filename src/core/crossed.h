/* SPDX-License-Identifier: MIT */
/*
 * All crossed objects of this process at once: what the client of the broker asks for, and what
 * a fork does to them.
 */
#ifndef ISTHMUS_CORE_CROSSED_H
#define ISTHMUS_CORE_CROSSED_H

struct session;

/* Once, at the session's start. */
void crossed_start(struct session *session);

#endif
